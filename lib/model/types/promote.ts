// What type holds the values of two (language.md 2.2, table "Promotion").

import { joinSpaces, jointClock, jointSpace, pointerTo } from './space.js';
import { type IntType, type Type, int64, isSigned, sameType, uint64 } from './types.js';

function integer(bits: IntType['bits'], signed: boolean, flexible = false): IntType {
  return flexible ? { kind: 'int', bits, signed, flexible } : { kind: 'int', bits, signed };
}

export function promoteIntegers(a: IntType, b: IntType): IntType {
  const bits = a.bits > b.bits ? a.bits : b.bits;
  if (a.flexible && b.flexible) return integer(bits, a.signed || b.signed, true);
  if (a.flexible) return integer(bits, b.signed);
  if (b.flexible) return integer(bits, a.signed);
  if (a.signed === b.signed) return integer(bits, a.signed);
  const [signed, unsigned] = a.signed ? [a, b] : [b, a];
  if (signed.bits > unsigned.bits) return integer(signed.bits, true);
  return integer(unsigned.bits === 64 ? 64 : ((unsigned.bits * 2) as 16 | 32 | 64), true);
}

/** Integers as arithmetic sees them: bool and enum included. */
export function asInteger(type: Type): IntType | undefined {
  if (type.kind === 'int') return type;
  if (type.kind === 'bool') return integer(8, false);
  if (type.kind === 'enum') return isSigned(type) ? int64 : uint64;
  return undefined;
}

/** The type that values of both fit in, for variables, map keys and values, branches; undefined: there is none. */
export function promote(a: Type, b: Type): Type | undefined {
  if (a.kind === 'none') return b;
  if (b.kind === 'none') return a;
  if (a.kind === 'int' && b.kind === 'int') {
    const space = jointSpace(a, b);
    const clock = jointClock(a, b);
    return { ...promoteIntegers(a, b), ...(space && { space }), ...(clock && { clock }) };
  }
  if (sameType(a, b)) return joinSpaces(a, b);
  if (a.kind === 'string' && b.kind === 'string') return a.capacity > b.capacity ? a : b;
  if (a.kind === 'buffer' && b.kind === 'buffer') return a.capacity > b.capacity ? a : b;
  if (a.kind === 'tuple' && b.kind === 'tuple' && a.elements.length === b.elements.length) {
    const elements = a.elements.map((e, i) => promote(e, b.elements[i]!));
    return elements.every((e) => e !== undefined) ? { kind: 'tuple', elements: elements as Type[] } : undefined;
  }
  if (a.kind === 'record' && b.kind === 'record' && a.fields.length === b.fields.length) {
    const fields: { name: string; type: Type }[] = [];
    for (const field of a.fields) {
      const other = b.fields.find((f) => f.name === field.name);
      const type = other && promote(field.type, other.type);
      if (!type) return undefined;
      fields.push({ name: field.name, type });
    }
    return { kind: 'record', fields };
  }
  if (a.kind === 'pointer' && b.kind === 'pointer') {
    const untyped = [a, b].find((p) => p.to.kind === 'void' || p.to.kind === 'none');
    return untyped && (a.space === b.space ? untyped : pointerTo(untyped.to, 'none'));
  }
  const left = asInteger(a);
  const right = asInteger(b);
  if (left && right) return a.kind === 'enum' || b.kind === 'enum' ? (left.signed || right.signed ? int64 : uint64) : promoteIntegers(left, right);
  return undefined;
}

/** The smallest signed type that holds a literal; literals >= 0 are flexible (language.md 2.2). */
export function literalType(value: bigint): IntType {
  if (value > 0x7fffffffffffffffn) return uint64;
  const flexible = value >= 0n;
  for (const bits of [8, 16, 32] as const) {
    const limit = 1n << BigInt(bits - 1);
    if (value >= -limit && value < limit) return integer(bits, true, flexible);
  }
  return integer(64, true, flexible);
}

/** True when `value` can be written as a value of the type without change. */
export function fitsInteger(value: bigint, type: IntType): boolean {
  return type.signed ? BigInt.asIntN(type.bits, value) === value : BigInt.asUintN(type.bits, value) === value;
}
