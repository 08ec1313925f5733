// Types of unary and binary operators (language.md 2.2 - 2.4).

import { bug } from '../../model/diagnostics/errors.js';
import type { Binary, IncDec, Unary } from '../../model/syntax/nodes.js';
import { type IntType, type Type, bool, int64, none, sameType, spellType, uint64, int8, string, type PointerType } from '../../model/types/types.js';
import { pointerTo } from '../../model/types/space.js';
import { asInteger, promote } from '../../model/types/promote.js';
import { checkCondition, infer, inferKept, inferRaw, undefinedMap } from './expressions.js';
import type { Inference } from './inference.js';
import * as say from './diagnostics.js';

/** An address that is moved or aligned still is one. */
const keepsAddress = new Set(['+', '-', '&', '|']);

const commutative = new Set(['+', '*', '&', '|', '^']);

const comparisons = new Set(['==', '!=', '<', '<=', '>', '>=']);

export function inferUnary(c: Inference, e: Unary): Type {
  if (e.op === '&') {
    if (e.operand.kind === 'variable') return pointerTo(infer(c, e.operand), 'kernel');
    if (e.operand.kind === 'map' && !c.settling && !c.maps.get(e.operand.name)?.written) c.report(undefinedMap(c, e.operand.name, e.operand.span));
    if (e.operand.kind === 'map') return pointerTo({ kind: 'struct', tag: 'struct', name: 'bpf_map', size: 0 }, 'kernel');
    return bug('check', `& of ${e.operand.kind}, which the parser refuses`);
  }
  if (e.op === '!') {
    checkCondition(c, e.operand);
    return bool;
  }
  const type = infer(c, e.operand);
  if (type.kind === 'none') return none;
  if (e.op === '*') {
    if (type.kind === 'pointer') return type.to;
    // an integer is an address of a uint64; args is its own target
    if (type.kind === 'int') return type.space ? { ...uint64, space: type.space } : uint64;
    if (type.kind === 'enum') return uint64;
    if (type.kind === 'context') return type;
    c.report(say.notAPointer.at(e.span, { type: spellType(type), struct: type.kind === 'struct' }));
    return none;
  }
  const integer = type.kind === 'int' || type.kind === 'enum' ? asInteger(type) : undefined;
  if (!integer) {
    c.report(say.unaryType.at(e.span, { op: e.op, type: spellType(type) }));
    return none;
  }
  return integer.signed ? int64 : uint64;
}

export function inferIncDec(c: Inference, e: IncDec): Type {
  if (e.target.kind === 'variable') {
    const info = c.variables.get(e.target);
    const type = infer(c, e.target);
    if (!info || type.kind === 'pointer' || (info.declaredType && asInteger(type))) return type;
    if (type.kind !== 'int' && type.kind !== 'none') {
      c.report(say.unaryType.at(e.span, { op: e.op, type: spellType(type) }));
      return none;
    }
    c.assignVariable(info, (type.kind === 'int' && type.signed) || e.op === '--' ? int64 : uint64, e.span);
    return info.type;
  }
  const ref = e.target.kind === 'map' ? e.target : e.target.map;
  const info = c.map(ref);
  const before = info.value;
  const signed = (before?.kind === 'int' && before.signed) || e.op === '--';
  info.written = true;
  if (before === undefined || before.kind === 'none' || (before.kind === 'int' && (before.bits < 64 || before.flexible || before.signed !== signed))) c.assignMap(ref, signed ? int64 : uint64, e.span);
  const type = inferRaw(c, e.target);
  if (type.kind !== 'int' && type.kind !== 'none' && type.kind !== 'pointer') c.report(say.unaryType.at(e.span, { op: e.op, type: spellType(type) }));
  return type;
}

export function inferBinary(c: Inference, e: Binary): Type {
  if (e.op === '&&' || e.op === '||') {
    checkCondition(c, e.left);
    checkCondition(c, e.right);
    return bool;
  }
  const of = comparisons.has(e.op) ? inferKept : infer;
  if (comparisons.has(e.op) && e.left.kind === 'identifier' && e.right.kind === 'string') c.comparedWithText.add(e.left);
  const left = of(c, e.left);
  if (comparisons.has(e.op) && e.right.kind === 'identifier' && left.kind === 'string') c.comparedWithText.add(e.right);
  const right = of(c, e.right);
  if (left.kind === 'none' || right.kind === 'none') return comparisons.has(e.op) ? bool : withUnknown(c, e, left.kind === 'none' ? right : left);
  return comparisons.has(e.op) ? compared(c, e, left, right) : computed(c, e, left, right);
}

/** `@n = @n + 1` suggests that @n is a number. The guess holds when no other statement gives @n a type. */
function withUnknown(c: Inference, e: Binary, known: Type): Type {
  const integer = asInteger(known);
  if (!integer) return none;
  if (!c.guesses) {
    c.couldGuess = true;
    return none;
  }
  return integer.signed || e.op === '-' ? int64 : uint64;
}

function compared(c: Inference, e: Binary, left: Type, right: Type): Type {
  const a = asInteger(left);
  const b = asInteger(right);
  const equality = e.op === '==' || e.op === '!=';
  if (a && b) return bool;
  const address = (t: Type): boolean => t.kind === 'pointer' || t.kind === 'ksym' || asInteger(t) !== undefined;
  if (address(left) && address(right)) {
    if (left.kind === 'pointer' && right.kind === 'pointer' && !sameType(left, right)) {
      c.report(say.distinctPointers.at(e.span, { left: spellType(left), right: spellType(right) }).note(e.left.span, `left (${spellType(left)})`).note(e.right.span, `right (${spellType(right)})`));
    }
    return bool;
  }
  if (left.kind === 'array' && right.kind === 'array') {
    if (!equality) c.report(say.operatorOnArrays.at(e.span, { op: e.op }));
    else if (left.count !== right.count) c.report(say.arraySizesDiffer.at(e.span, {}));
    else if (left.of.kind !== 'int' || right.of.kind !== 'int' || left.of.bits !== right.of.bits) c.report(say.arrayElementsDiffer.at(e.span, {}));
    return bool;
  }
  const alike = (left.kind === 'string' && right.kind === 'string') || (left.kind === 'buffer' && right.kind === 'buffer')
    || (left.kind === right.kind && ['tuple', 'record', 'usym', 'mac', 'inet', 'username'].includes(left.kind) && promote(left, right) !== undefined);
  if (!alike) {
    c.report(say.comparisonMismatch.at(e.span, { op: e.op, left: spellType(left), right: spellType(right), address: addressOfText(e, left, right) }).note(e.left.span, `left (${spellType(left)})`).note(e.right.span, `right (${spellType(right)})`));
  } else if (!equality) c.report(say.operatorTypes.at(e.span, { op: e.op, left: spellType(left), right: spellType(right), joined: e.op === '+' && left.kind === 'string' && right.kind === 'string' }));
  return bool;
}

/** The side of a comparison with a text that may be the address of one. */
function addressOfText({ left, right }: Binary, leftType: Type, rightType: Type): string | undefined {
  const isAddress = (type: Type): boolean => (type.kind === 'pointer' && type.to.kind === 'int' && type.to.bits === 8) || (type.kind === 'int' && type.bits === 64);
  const side = rightType.kind === 'string' && isAddress(leftType) ? left : leftType.kind === 'string' && isAddress(rightType) ? right : undefined;
  return side && side.span.source.text.slice(side.span.start, side.span.end);
}

function computed(c: Inference, e: Binary, left: Type, right: Type): Type {
  const pointer = pointerArithmetic(e, left, right);
  if (pointer) return pointer;
  const a = asInteger(left);
  const b = asInteger(right);
  if (!a || !b) {
    const offset = c.literal(e.right);
    if (left.kind === 'string' && e.op === '+' && typeof offset === 'bigint' && offset >= 0n) return string(left.capacity);
    c.report(say.operatorTypes.at(e.span, { op: e.op, left: spellType(left), right: spellType(right), joined: e.op === '+' && left.kind === 'string' && right.kind === 'string' }));
    return none;
  }
  if (left.kind === 'bool' && right.kind === 'bool') return bool;
  const leftSigned = a.flexible && !b.flexible ? b.signed : a.signed;
  const rightSigned = b.flexible && !a.flexible ? a.signed : b.signed;
  const bothFlexible = a.flexible === true && b.flexible === true;
  const signed = leftSigned || rightSigned || e.op === '-';
  if ((e.op === '/' || e.op === '%') && signed && !bothFlexible) c.report(say.signedDivision.at(e.opSpan, { op: e.op }));
  const type = { kind: 'int', bits: 64, signed, ...(bothFlexible && e.op !== '-' ? { flexible: true } : {}) } as const;
  const space = keepsAddress.has(e.op) ? jointSpace(c, e, a, b) : undefined;
  const clock = clockOf(e, a, b);
  return { ...type, ...(space && { space }), ...(clock && { clock }) };
}

/** A time that is moved or rounded by a number is a time: `$t / 1000 * 1000`. Two times have a distance, and a remainder is none. */
function clockOf(e: Binary, a: IntType, b: IntType): IntType['clock'] {
  if (e.op === '%' || (a.clock !== undefined && b.clock !== undefined)) return undefined;
  return a.clock ?? (commutative.has(e.op) ? b.clock : undefined);
}

/** Address space of a number computed from addresses: that of the operand that has one. */
function jointSpace(c: Inference, e: Binary, a: IntType, b: IntType): IntType['space'] {
  const [left, right] = [a.space ?? 'none', b.space ?? 'none'];
  if (left === 'none' || right === 'none' || left === right) return a.space ?? b.space;
  c.report(say.addressSpaces.at(e.span, {}));
  return 'none';
}

function pointerArithmetic(e: Binary, left: Type, right: Type): PointerType | undefined {
  if (left.kind === 'pointer' && asInteger(right) && (e.op === '+' || e.op === '-')) return { kind: 'pointer', to: left.to, space: left.space };
  if (right.kind === 'pointer' && asInteger(left) && e.op === '+') return { kind: 'pointer', to: right.to, space: right.space };
  return undefined;
}

/** Element type of indexing a string. */
export const stringElement: Type = int8;
