// Constant folding of literals.
//
//   in     a tree after macros and parameters
//   out    the tree with operations on literals computed; what is wrong with one goes to `complain`, for the caller to word
//   idea   exact arithmetic, then a check that the result has 64 bits. What depends on types (casts, sizeof) is left to check and
//          optimize, and so is division by zero, which has a meaning at run time.
//   facts  language.md 1.16 and 2.2 (`>>` is logical, `~` of a literal stays positive)

import type { Span } from '../source/source.js';
import type { Binary, Call, Expression, Index, IntegerLiteral, Node, StringLiteral, Unary } from './nodes.js';
import { type Choice, comptimesOf, isChoice, truthOf } from './comptime.js';
import { rewriteChildren } from './rewrite.js';
import { bytesOfText, textOfBytes } from './text.js';

export type FoldProblem = 'overflow' | 'negative underflow' | 'string arithmetic' | 'always empty';

/** All but `always empty` have no value. */
export type Complain = (problem: FoldProblem, span: Span) => void;

const MAX = 0xffffffffffffffffn;
const MIN = -0x8000000000000000n;

export function fold<N extends Node>(tree: N, complain: Complain): N {
  const visit = (node: Node): Node => {
    // Nothing looks at branches that comptime expressions decide on; whoever decides folds the one that is taken.
    if (isChoice(node) && comptimesOf(node.condition).length > 0) return withCondition(node, visit(node.condition) as Expression);
    return folded(rewriteChildren(node, visit), complain);
  };
  return visit(tree) as N;
}

const withCondition = (node: Choice, condition: Expression): Node => (condition === node.condition ? node : { ...node, condition });

/** The node itself, whose children are folded. */
function folded(node: Node, complain: Complain): Node {
  switch (node.kind) {
    case 'unary': return unary(node, complain);
    case 'binary': return binary(node, complain);
    case 'index': return index(node);
    case 'call': return node.name === 'str' ? str(node) : node;
    default: return node;
  }
}

const integer = (value: bigint, at: Expression): IntegerLiteral => ({ kind: 'integer', value, span: at.span });
const bool = (value: boolean, at: Expression): Expression => ({ kind: 'bool', value, span: at.span });

function unary(node: Unary, complain: Complain): Expression {
  const { operand } = node;
  if (node.op === '!') {
    const truth = truthOf(operand);
    return truth === undefined ? node : bool(!truth, node);
  }
  if (operand.kind !== 'integer') return node;
  if (node.op === '~') return integer(operand.value < 0n ? ~operand.value : BigInt.asUintN(64, ~operand.value), node);
  if (node.op !== '-') return node;
  if (-operand.value >= MIN) return integer(-operand.value, node);
  complain('negative underflow', node.span);
  return integer(0n, node);
}

function binary(node: Binary, complain: Complain): Expression {
  const { left, right, op } = node;
  if (left.kind === 'string' || right.kind === 'string') return strings(node, complain);
  if (op === '&&' || op === '||') {
    const [a, b] = [truthOf(left), truthOf(right)];
    return a === undefined || b === undefined ? node : bool(op === '&&' ? a && b : a || b, node);
  }
  if (left.kind === 'bool' && right.kind === 'bool' && (op === '==' || op === '!=')) return bool((left.value === right.value) === (op === '=='), node);
  if (left.kind !== 'integer' || right.kind !== 'integer') return node;
  const [a, b] = [left.value, right.value];
  switch (op) {
    case '==': return bool(a === b, node);
    case '!=': return bool(a !== b, node);
    case '<': return bool(a < b, node);
    case '<=': return bool(a <= b, node);
    case '>': return bool(a > b, node);
    case '>=': return bool(a >= b, node);
    default:
  }
  const value = arithmetic(op, a, b);
  if (value === undefined) return node;
  if (value >= MIN && value <= MAX) return integer(value, node);
  complain('overflow', node.span);
  return integer(0n, node);
}

/** undefined: left to the program. */
function arithmetic(op: Binary['op'], a: bigint, b: bigint): bigint | undefined {
  switch (op) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return b === 0n ? undefined : a / b;
    case '%': return b === 0n ? undefined : a % b;
    case '&': return signedLike(a & b, a, b);
    case '|': return signedLike(a | b, a, b);
    case '^': return signedLike(a ^ b, a, b);
    case '<<': return b < 0n || b > 63n ? undefined : shiftedLeft(a, b);
    case '>>': return b < 0n || b > 63n ? undefined : BigInt.asUintN(64, a) >> b;
    default: return undefined;
  }
}

/** Of a negative and a large number the bits count. */
const signedLike = (value: bigint, a: bigint, b: bigint): bigint => (a < 0n || b < 0n ? BigInt.asIntN(64, value) : value);
const shiftedLeft = (a: bigint, b: bigint): bigint => (a < 0n ? BigInt.asIntN(64, a << b) : BigInt.asUintN(64, a << b));

// ---- strings ---------------------------------------------------------------------------------------------------

function strings(node: Binary, complain: Complain): Expression {
  const { left, right, op } = node;
  if (left.kind === 'string' && right.kind === 'string') {
    if (op === '==' || op === '!=') return bool((beforeNul(left) === beforeNul(right)) === (op === '=='), node);
    complain('string arithmetic', node.span);
    return { ...left, span: node.span };
  }
  const [text, other] = left.kind === 'string' ? [left, right] : [right as StringLiteral, left];
  if (other.kind !== 'integer') return node;
  // a comparison of a string with a number is a matter of types
  if (['==', '!=', '<', '<=', '>', '>=', '&&', '||'].includes(op)) return node;
  if (op !== '+' || other.value < 0n) {
    complain('string arithmetic', node.span);
    return { ...text, span: node.span };
  }
  const bytes = bytesOfText(text.value);
  if (other.value > BigInt(bytes.length)) complain('always empty', node.span);
  return { kind: 'string', value: textOfBytes([...bytes.slice(Number(other.value > BigInt(bytes.length) ? BigInt(bytes.length) : other.value))]), span: node.span };
}

const beforeNul = ({ value }: StringLiteral): string => value.split('\0', 1)[0]!;

/** `"ab"[1]`: a byte; at the end the terminating zero, beyond it nothing is known. */
function index(node: Index): Expression {
  if (node.object.kind !== 'string' || node.index.kind !== 'integer') return node;
  const bytes = bytesOfText(node.object.value);
  const at = node.index.value;
  if (at < 0n || at > BigInt(bytes.length)) return node;
  return integer(BigInt.asIntN(8, BigInt(bytes[Number(at)] ?? 0)), node);
}

/** `str("text")` is the text; a length counts the terminating zero. */
function str(node: Call): Expression {
  const [text, length] = node.args;
  if (text?.kind !== 'string') return node;
  if (!length) return { ...text, span: node.span };
  if (length.kind !== 'integer' || length.value < 1n) return node;
  const bytes = bytesOfText(text.value);
  const kept = Number(length.value > BigInt(bytes.length) ? BigInt(bytes.length) : length.value - 1n);
  return { kind: 'string', value: textOfBytes([...bytes.slice(0, kept)]), span: node.span };
}
