// Expressions, types and strings as script text, on one line where they have no statements inside.
//
//   in     nodes; parentheses are added where precedence needs them
//   out    text that parses to the same tree
//   facts  precedence and the cast, condition and block rules: language.md 1.3, 1.4

import { textOf } from '../source/source.js';
import { precedence } from './build.js';
import type { BlockExpression, CallArgument, Expression, Sizeof, TypeNode } from './nodes.js';
import { isType } from './visit.js';

/** Binding strength of what is not infix. */
const TERNARY = 1;
const PREFIX = 12;
const POSTFIX = 13;
const PRIMARY = 14;

/** Spells the blocks inside expressions; given by format.ts, which knows about statements and indentation. */
export interface BlockSpeller {
  spellBlock(node: BlockExpression): string;
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '"': '\\"', '\\': '\\\\' };

/** A string literal with its quotes. Bytes that are not UTF-8 come back as `\xNN`. */
export function spellString(value: string): string {
  const text = value.replace(/["\\\x7f]|[\x00-\x1f]|[\udc80-\udcff]/gu, (character) => {
    const code = character.charCodeAt(0);
    return escapes[character] ?? `\\x${(code & 0xff).toString(16).padStart(2, '0')}`;
  });
  return `"${text}"`;
}

function strengthOf(node: Expression): number {
  switch (node.kind) {
    case 'ternary': return TERNARY;
    case 'binary': return precedence[node.op];
    case 'unary': case 'cast': case 'comptime': return PREFIX;
    case 'inc-dec': return node.prefix ? PREFIX : POSTFIX;
    case 'member': case 'tuple-index': case 'index': return POSTFIX;
    case 'integer': return node.value < 0n ? PREFIX : PRIMARY;
    default: return PRIMARY;
  }
}

/** An expression; in parentheses when it binds weaker than `minimum`. */
export function spellExpression(node: Expression, blocks: BlockSpeller, minimum = 0): string {
  const text = spell(node, blocks);
  return strengthOf(node) < minimum ? `(${text})` : text;
}

/** An operand. Block expressions are put in parentheses: `/ {` would end a predicate, `{` at the start of a statement would be a block. */
function operand(node: Expression, blocks: BlockSpeller, minimum: number): string {
  const text = spellExpression(node, blocks, minimum);
  return text.startsWith('{') || text.startsWith('if ') ? `(${text})` : text;
}

function spell(node: Expression, blocks: BlockSpeller): string {
  const at = (child: Expression, minimum: number): string => operand(child, blocks, minimum);
  const free = (child: Expression): string => spellExpression(child, blocks);
  switch (node.kind) {
    case 'integer': {
      const written = textOf(node.span);
      return /^[0-9][0-9A-Za-z_]*$/.test(written) ? written : `${node.value}${node.suffix ?? ''}`;
    }
    case 'bool': return String(node.value);
    case 'string': return spellString(node.value);
    case 'identifier': return node.name;
    case 'positional': return `$${node.index}`;
    case 'positional-count': return '$#';
    case 'variable': return `$${node.name}`;
    case 'map': return node.name;
    case 'map-access': {
      const keys = node.key.kind === 'tuple' && node.key.implicit ? node.key.elements : [node.key];
      return `${node.map.name}[${keys.map(free).join(', ')}]`;
    }
    case 'unary': {
      const text = at(node.operand, PREFIX);
      return node.op + (text.startsWith(node.op) ? ' ' : '') + text;
    }
    case 'inc-dec': return node.prefix ? node.op + at(node.target, PREFIX) : at(node.target, POSTFIX) + node.op;
    case 'binary': {
      const strength = precedence[node.op];
      return `${at(node.left, strength)} ${node.op} ${at(node.right, strength + 1)}`;
    }
    case 'ternary': {
      const middle = node.whenTrue ? ` ? ${at(node.whenTrue, 0)} : ` : ' ?: ';
      return at(node.condition, TERNARY + 1) + middle + at(node.whenFalse, TERNARY);
    }
    case 'cast': {
      const text = at(node.operand, PREFIX);
      return `(${spellType(node.type, blocks)})${/^[0-9$@"(A-Za-z_]/.test(text) ? text : `(${text})`}`;
    }
    case 'comptime': return `comptime ${at(node.operand, PREFIX)}`;
    case 'member': return `${at(node.object, POSTFIX)}.${node.field}`;
    case 'tuple-index': return `${at(node.object, POSTFIX)}.${node.index}`;
    case 'index': {
      // `@m[i]` is an element of a map; indexing what the map as a whole holds needs parentheses
      const object = at(node.object, POSTFIX);
      return `${node.object.kind === 'map' ? `(${object})` : object}[${free(node.index)}]`;
    }
    case 'call': return `${node.name}(${node.args.map((argument) => spellArgument(argument, blocks)).join(', ')})`;
    case 'tuple': return `(${node.elements.map(free).join(', ')}${node.elements.length === 1 ? ',' : ''})`;
    case 'record': return `(${node.fields.map((field) => `${field.name}=${free(field.value)}`).join(', ')})`;
    case 'block-expression': return blocks.spellBlock(node);
    case 'if-expression': {
      const { whenFalse } = node;
      const chained = whenFalse.statements.length === 0 && whenFalse.value?.kind === 'if-expression' ? free(whenFalse.value) : blocks.spellBlock(whenFalse);
      return `if ${spellCondition(node.condition, blocks)} ${blocks.spellBlock(node.whenTrue)} else ${chained}`;
    }
    case 'sizeof': case 'typeinfo': return `${node.kind}(${spellTypeArgument(node.argument, blocks)})`;
    case 'offsetof':
      return `offsetof(${spellTypeArgument(node.argument, blocks)}, ${node.path.map((name) => name.name).join('.')})`;
  }
}

/** What stands after `if`, `while` and `unroll`. */
export function spellCondition(node: Expression, blocks: BlockSpeller): string {
  return node.kind === 'comptime' ? spellExpression(node, blocks) : `(${spellExpression(node, blocks)})`;
}

function spellArgument(node: CallArgument, blocks: BlockSpeller): string {
  if (!isType(node)) return spellExpression(node, blocks);
  return node.kind === 'typeof-type' ? spellType(node, blocks) : `typeof(${spellType(node, blocks)})`;
}

/** An argument that would read as a type gets parentheses of its own. */
function spellTypeArgument(node: Sizeof['argument'], blocks: BlockSpeller): string {
  if (isType(node)) return spellType(node, blocks);
  const text = spellExpression(node, blocks);
  return /^[A-Za-z_]\w*\s*(?:\[[^\]]*\]\s*)*$/.test(text) ? `(${text})` : text;
}

const noBlocks: BlockSpeller = { spellBlock: () => '{ … }' };

/** A type as written in scripts: `struct task_struct *`, `uint8[16]`. */
export function spellType(node: TypeNode, blocks: BlockSpeller = noBlocks): string {
  switch (node.kind) {
    case 'named-type': return node.tag ? `${node.tag} ${node.name}` : node.name;
    case 'sized-type': return `${node.name}[${spellExpression(node.size, blocks)}]`;
    case 'pointer-type': {
      const to = spellType(node.to, blocks);
      return to.endsWith('*') ? `${to}*` : `${to} *`;
    }
    case 'array-type': return `${spellType(node.of, blocks)}[${node.count ? spellExpression(node.count, blocks) : ''}]`;
    case 'typeof-type': return `typeof(${spellTypeArgument(node.argument, blocks)})`;
  }
}
