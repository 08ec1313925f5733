// `comptime`: expressions whose value is known while compiling, and the branches that such values decide on.
//
//   idea   a condition is decided while compiling when `comptime` expressions, joined by ! && || with others, settle it.
//          The branch that is not taken then goes, and nothing looks at it; while it is undecided nothing looks at either branch
//   facts  language.md 1.4

import type { Block, BoolLiteral, Comptime, Expression, If, IfExpression, IntegerLiteral, Node, StringLiteral, Ternary } from './nodes.js';
import { rewriteChildren } from './rewrite.js';
import { walk } from './visit.js';

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

/** Of a condition that is settled: what the program still does before it knows. Undefined: nothing that anybody would notice. */
function doneBefore(condition: Expression, valueOf: ComptimeValue): Expression | undefined {
  if (condition.kind === 'unary') return doneBefore(condition.operand, valueOf);
  if (condition.kind !== 'binary') return undefined;
  const decisive = condition.op === '||';
  const left = comptimeTruth(condition.left, valueOf);
  const ofLeft = left === undefined ? condition.left : doneBefore(condition.left, valueOf);
  const ofRight = left === decisive ? undefined : doneBefore(condition.right, valueOf);
  const inOrder = ofRight && ofLeft ? { ...condition, left: left === undefined ? ofLeft : withValue(ofLeft, !decisive), right: withValue(ofRight, decisive) } : ofRight ?? ofLeft;
  return inOrder && doesSomething(inOrder) ? inOrder : undefined;
}

const withValue = (done: Expression, value: boolean): Expression => ({ kind: 'block-expression', statements: [{ kind: 'discard', expression: done, span: done.span }], value: { kind: 'bool', value, span: done.span }, span: done.span });

function doesSomething(expression: Expression): boolean {
  let found = false;
  walk(expression, ({ kind }) => {
    found ||= kind === 'assign' || kind === 'inc-dec' || kind === 'call';
  });
  return found;
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
        const done = truth && !node.whenTrue ? undefined : doneBefore(node.condition, valueOf);
        const taken = truth ? (node.whenTrue ?? node.condition) : node.whenFalse;
        const visited = taken ? withoutNeedlessBlock(visit(taken)) : { kind: 'block', statements: [], span: node.span } as const;
        return done ? after(visit(done) as Expression, visited) : visited;
      }
    }
    const value = node.kind === 'comptime' ? valueOf(node) : undefined;
    return value ? { ...value, span: node.span } : rewriteChildren(node, visit);
  };
  return visit(tree) as N;
}

/** A branch behind what its condition did. */
function after(done: Expression, branch: Node): Node {
  const first = { kind: 'discard', expression: done, span: done.span } as const;
  if (branch.kind === 'block' || branch.kind === 'if') return { kind: 'block', statements: [first, branch], span: branch.span };
  return { kind: 'block-expression', statements: [first], value: branch as Expression, span: branch.span };
}

/** `{ e }` is `e`, unless the block keeps a variable or map from being taken for one that may be changed. */
export function withoutNeedlessBlock(node: Node): Node {
  if (node.kind !== 'block-expression' || node.statements.length > 0 || !node.value) return node;
  const { value } = node;
  return value.kind === 'variable' || value.kind === 'map' || value.kind === 'map-access' ? node : value;
}
