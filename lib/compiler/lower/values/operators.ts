// Operators (language.md 2.2 - 2.4).

import { bug } from '../../../model/diagnostics/errors.js';
import { type Block, type Comparison, type Value, s64, u64 } from '../../../model/ir/ir.js';
import type { Binary, Expression, Unary } from '../../../model/syntax/nodes.js';
import { bytesBeforeNul } from '../../../model/syntax/text.js';
import type { Span } from '../../../model/source/source.js';
import { placeElements, sizeInC, sizeOf } from '../../../model/types/size.js';
import { asInteger } from '../../../model/types/promote.js';
import { type IntType, type Type, isSigned } from '../../../model/types/types.js';
import { type AccessWidth, accessWidth } from '../../../language/access-width.js';
import { either } from '../../../language/branches.js';
import { countedLoop } from '../../../language/counted-loop.js';
import type { Place } from '../../../language/record.js';
import { lowerCompare } from '../../../language/functions/string-loops.js';
import { isScalar, widthOf } from './convert.js';
import { clearBehindTexts } from '../text/key-text.js';
import { addressOfPlace, partOf } from '../../../language/place.js';
import type { Lowerer } from '../context.js';

export function lowerUnary(l: Lowerer, e: Unary): Value {
  const { b } = l;
  switch (e.op) {
    case '!': return truth(l, e);
    case '-': return withinWidth(l, e, b.emit('neg', s64, [l.value(e.operand)]));
    case '~': return withinWidth(l, e, b.binary('xor', l.value(e.operand), b.const(-1), s64));
    case '&': return addressOfOperand(l, e);
    case '*': bug('lower', 'dereference is not an operator here');
  }
}

/** An unsigned operand keeps its width: `-(uint8)1` is 255, `~(uint16)1` is 65534. */
function withinWidth(l: Lowerer, e: Unary, value: Value): Value {
  const type = l.typeOf(e.operand);
  return type.kind === 'int' && !type.signed && type.bits < 64 ? l.b.extend(value, widthOf(type), false) : value;
}

function addressOfOperand(l: Lowerer, e: Unary): Value {
  if (e.operand.kind === 'map') return l.plainAddress(l.b.map(l.mapSpec(e.operand.name).name));
  const place = l.place(e.operand);
  return l.plainAddress(addressOfPlace(l.b, place));
}

/** 1 or 0 of a condition. */
function truth(l: Lowerer, e: Expression): Value {
  const yes = l.b.newBlock('true');
  const no = l.b.newBlock('false');
  l.region.scoped(() => l.condition(e, yes, no));
  return either(l.b, yes, 1, no, 0);
}

export function comparisonOf(op: Binary['op'], signed: boolean): Comparison {
  switch (op) {
    case '==': return 'eq';
    case '!=': return 'ne';
    case '<': return signed ? 'slt' : 'ult';
    case '<=': return signed ? 'sle' : 'ule';
    case '>': return signed ? 'sgt' : 'ugt';
    case '>=': return signed ? 'sge' : 'uge';
    default: bug('lower', `${op} is no comparison`);
  }
}

/** The type both sides are taken as, and whether the order is signed: either side is (literals adopt the other's sign). */
export function comparedTypes(left: Type, right: Type): [as: Type | undefined, signed: boolean] {
  const a = asInteger(left);
  const b = asInteger(right);
  // pointers are unsigned, and so is a literal beside a pointer or an enum
  const counts = (type: Type, integer: IntType | undefined): boolean => integer !== undefined && integer.flexible !== true && isSigned(type);
  if (!a || !b || left.kind === 'enum' || right.kind === 'enum') return [undefined, counts(left, a) || counts(right, b)];
  const aSigned = a.flexible && !b.flexible ? b.signed : a.signed;
  const bSigned = b.flexible && !a.flexible ? a.signed : b.signed;
  return [undefined, aSigned || bSigned];
}

export function lowerBinary(l: Lowerer, e: Binary, type: Type): Value {
  if (type.kind === 'bool' && (e.op === '&&' || e.op === '||' || isComparison(e))) return truth(l, e);
  const { b } = l;
  const left = l.typeOf(e.left);
  const right = l.typeOf(e.right);
  if (type.kind === 'pointer') return pointerStep(l, e, left, right);
  const x = l.value(e.left);
  const y = l.value(e.right);
  b.span = e.span;
  const result = compute(l, e.op, x, y, e.span);
  // two bools give a bool: true + true is true
  return type.kind === 'bool' && !['&', '|', '^'].includes(e.op) ? b.compare('ne', result, 0) : result;
}

export function isComparison(e: Binary): boolean {
  return ['==', '!=', '<', '<=', '>', '>='].includes(e.op);
}

/** `x op y` in 64 bits. */
export function compute(l: Lowerer, op: string, x: Value, y: Value, span: Span): Value {
  const { b } = l;
  switch (op) {
    case '+': return b.binary('add', x, y, u64);
    case '-': return b.binary('sub', x, y, s64);
    case '*': return b.binary('mul', x, y, u64);
    case '&': return b.binary('and', x, y, u64);
    case '|': return b.binary('or', x, y, u64);
    case '^': return b.binary('xor', x, y, u64);
    case '<<': return b.binary('shl', x, y, u64);
    case '>>': return b.binary('lshr', x, y, u64);
    case '/': case '%': return divide(l, op, x, y, span);
    default: bug('lower', `unknown operator ${op}`);
  }
}

/** Division is unsigned; by zero it gives 1 and a message (language.md 2.2). */
function divide(l: Lowerer, op: '/' | '%', x: Value, y: Value, span: Span): Value {
  const { b } = l;
  const quotient = (): Value => b.binary(op === '/' ? 'udiv' : 'umod', x, y, u64);
  if (y.isConst && y.constant !== 0n) return quotient();
  return l.select('ne', y, 0, quotient, () => {
    l.runtimeError({ kind: 'text', text: 'Divide or modulo by 0 detected. This can lead to unexpected results. 1 is being used as the result.' }, span);
    return b.const(1);
  });
}

function pointerStep(l: Lowerer, e: Binary, left: Type, right: Type): Value {
  const { b } = l;
  const type = (left.kind === 'pointer' ? left : right) as Extract<Type, { kind: 'pointer' }>;
  const [x, y] = [l.value(e.left), l.value(e.right)];
  const [base, distance] = left.kind === 'pointer' ? [x, y] : [y, x];
  const size = Math.max(1, sizeInC(type.to));
  const bytes = size === 1 ? distance : b.binary('mul', distance, b.const(size), s64);
  b.span = e.span;
  return b.binary(e.op === '-' ? 'sub' : 'add', base, bytes, u64);
}

// ---- comparing what lies in memory -------------------------------------------------------------------------------

/** == and != of strings, buffers, arrays, tuples, records. */
export function comparePlaces(l: Lowerer, e: Binary, yes: Block, no: Block): void {
  const { b } = l;
  const [same, different] = e.op === '==' ? [yes, no] : [no, yes];
  const left = l.typeOf(e.left);
  const right = l.typeOf(e.right);
  if (left.kind === 'string' && right.kind === 'string') {
    const most = Math.min(stringLimit(e.left, left), stringLimit(e.right, right));
    b.branch('eq', lowerCompare(l, e.left, e.right, most), b.const(0), same, different);
    return;
  }
  const { remains } = l.f.state;
  const hasRemains = remains.of(e.left) > 0 || remains.of(e.right) > 0;
  const [x, y] = [e.left, e.right].map((side) => (hasRemains ? cleared(l, side) : l.place(side))) as [Place, Place];
  equalPlaces(l, x, y, same, different);
}

/** A copy in which nothing stands behind texts. */
export function cleared(l: Lowerer, e: Expression): Place {
  const copy = l.temporary(l.typeOf(e), 'cleared');
  l.into(e, copy);
  clearBehindTexts(l, e, copy);
  return copy;
}

/** Bytes that need comparing: a literal's text with its NUL, else the capacity. */
function stringLimit(e: Expression, type: Extract<Type, { kind: 'string' }>): number {
  return e.kind === 'string' ? bytesBeforeNul(e.value).length + 1 : type.capacity;
}

function equalPlaces(l: Lowerer, left: Place, right: Place, same: Block, different: Block): void {
  const { b } = l;
  const a = left.type;
  const c = right.type;
  if (a.kind === 'tuple' && c.kind === 'tuple') {
    const from = placeElements(a.elements).offsets;
    const to = placeElements(c.elements).offsets;
    a.elements.forEach((type, i) => {
      const next = b.newBlock('same');
      equalPlaces(l, partOf(left, from[i]!, type), partOf(right, to[i]!, c.elements[i]!), next, different);
      b.enter(next);
    });
    b.jump(same);
    return;
  }
  if (a.kind === 'record' && c.kind === 'record') {
    const from = placeElements(a.fields.map((f) => f.type)).offsets;
    const to = placeElements(c.fields.map((f) => f.type)).offsets;
    a.fields.forEach((field, i) => {
      const j = c.fields.findIndex((f) => f.name === field.name);
      const next = b.newBlock('same');
      equalPlaces(l, partOf(left, from[i]!, field.type), partOf(right, to[j]!, c.fields[j]!.type), next, different);
      b.enter(next);
    });
    b.jump(same);
    return;
  }
  if (isScalar(a) && isScalar(c)) {
    const x = b.load(left.base, left.offset, widthOf(a), isSigned(a));
    const y = b.load(right.base, right.offset, widthOf(c), isSigned(c));
    b.branch('eq', x, y, same, different);
    return;
  }
  equalBytes(l, left, right, Math.min(sizeOf(a), sizeOf(c)), same, different);
}

/** Word by word; what is longer than this is compared by a loop. */
const UNROLLED_BYTES = 256;

function equalBytes(l: Lowerer, left: Place, right: Place, size: number, same: Block, different: Block): void {
  const { b } = l;
  let from = 0;
  if (size > UNROLLED_BYTES) {
    from = size & ~7;
    const next = b.newBlock('tail');
    b.branch('eq', compareWords(l, left, right, from / 8), b.const(0), next, different);
    b.enter(next);
  }
  for (let at = from; at < size;) {
    const width = Math.min(accessWidth(left, at, size - at), accessWidth(right, at, size - at)) as AccessWidth;
    const next = b.newBlock('same');
    b.branch('eq', b.load(left.base, left.offset + at, width), b.load(right.base, right.offset + at, width), next, different);
    b.enter(next);
    at += width;
  }
  b.jump(same);
}

/** 0 when `count` words of 8 bytes are the same. */
function compareWords(l: Lowerer, left: Place, right: Place, count: number): Value {
  const { b } = l;
  const same = b.newBlock('same');
  const different = b.newBlock('different');
  countedLoop(b, count, same, (i, next) => {
    const at = b.shl(i, 3);
    b.branch('eq', b.load(b.add(left.base, at), left.offset, 8), b.load(b.add(right.base, at), right.offset, 8), next, different);
  });
  return either(b, same, 0, different, 1);
}
