// `comptime`: expressions whose value is known while compiling, and the branches that such values decide on.
//
//   idea   a condition is decided while compiling when `comptime` expressions, joined by ! && || with others, settle it.
//          The branch that is not taken then goes, and nothing looks at it; while it is undecided nothing looks at either branch
//   facts  language.md 1.4

import type { Block, BoolLiteral, Comptime, Expression, If, IfExpression, IntegerLiteral, Node, StringLiteral, Ternary } from './nodes.js';
import { rewriteChildren } from './rewrite.js';

export type Literal = IntegerLiteral | BoolLiteral | StringLiteral;

/** Value of a comptime expression; undefined: not known (yet). */
export type ComptimeValue = (node: Comptime) => Literal | undefined;

export type Choice = If | IfExpression | Ternary;

export const isLiteral = (node: Node): node is Literal => node.kind === 'integer' || node.kind === 'bool' || node.kind === 'string';

export const isChoice = (node: Node): node is Choice => node.kind === 'if' || node.kind === 'if-expression' || node.kind === 'ternary';

/** Truth of a literal; undefined for what is none. */
export function truthOf(node: Expression): boolean | undefined {
  if (node.kind === 'bool') return node.value;
  return node.kind === 'integer' ? node.value !== 0n : undefined;
}

/** The comptime expressions that may settle a condition. */
export function comptimesOf(condition: Expression): readonly Comptime[] {
  if (condition.kind === 'comptime') return [condition];
  if (condition.kind === 'unary' && condition.op === '!') return comptimesOf(condition.operand);
  if (condition.kind === 'binary' && (condition.op === '&&' || condition.op === '||')) return [...comptimesOf(condition.left), ...comptimesOf(condition.right)];
  return [];
}

/** Truth of a condition that comptime expressions settle; undefined: they leave it open, or it has none. */
function comptimeTruth(condition: Expression, valueOf: ComptimeValue): boolean | undefined {
  if (condition.kind === 'comptime') {
    const value = valueOf(condition);
    return value && truthOf(value);
  }
  if (condition.kind === 'unary' && condition.op === '!') {
    const truth = comptimeTruth(condition.operand, valueOf);
    return truth === undefined ? undefined : !truth;
  }
  if (condition.kind !== 'binary' || (condition.op !== '&&' && condition.op !== '||')) return undefined;
  const [left, right] = [comptimeTruth(condition.left, valueOf), comptimeTruth(condition.right, valueOf)];
  const decisive = condition.op === '||';
  if (left === decisive || right === decisive) return decisive;
  return left === undefined || right === undefined ? undefined : !decisive;
}

/** What of a choice is to be looked at besides its condition: both branches, the one that is taken, or nothing yet. */
export function branchesOf(node: Choice, valueOf: ComptimeValue): readonly (Block | If | Expression)[] {
  const truth = comptimeTruth(node.condition, valueOf);
  if (truth === undefined && comptimesOf(node.condition).some((each) => valueOf(each) === undefined)) return [];
  return [truth === false ? undefined : node.whenTrue, truth === true ? undefined : node.whenFalse].filter((branch) => branch !== undefined);
}

/** The tree with comptime expressions replaced by their values and only the branches that they take. */
export function resolveComptime<N extends Node>(tree: N, valueOf: ComptimeValue): N {
  const visit = (node: Node): Node => {
    if (isChoice(node)) {
      const truth = comptimeTruth(node.condition, valueOf);
      if (truth !== undefined) {
        const taken = truth ? (node.whenTrue ?? node.condition) : node.whenFalse;
        return taken ? withoutNeedlessBlock(visit(taken)) : { kind: 'block', statements: [], span: node.span };
      }
    }
    const value = node.kind === 'comptime' ? valueOf(node) : undefined;
    return value ? { ...value, span: node.span } : rewriteChildren(node, visit);
  };
  return visit(tree) as N;
}

/** `{ e }` is `e`, unless the block keeps a variable or map from being taken for one that may be changed. */
export function withoutNeedlessBlock(node: Node): Node {
  if (node.kind !== 'block-expression' || node.statements.length > 0 || !node.value) return node;
  const { value } = node;
  return value.kind === 'variable' || value.kind === 'map' || value.kind === 'map-access' ? node : value;
}
