// Scalars: which types fit a register, and conversions between them (language.md 2.2).

import type { IrBuilder } from '../../../model/ir/builder.js';
import { type Value, type ValueType, type Width, intType, s64, u64, u8 } from '../../../model/ir/ir.js';
import { type Type, isSigned } from '../../../model/types/types.js';

/** True for types whose values are kept in a register. */
export function isScalar(type: Type): boolean {
  return ['int', 'bool', 'enum', 'pointer', 'ksym', 'username'].includes(type.kind);
}

export function irType(type: Type): ValueType {
  switch (type.kind) {
    case 'int': return intType(type.bits, type.signed);
    case 'bool': return u8;
    case 'enum': return isSigned(type) ? s64 : u64;
    default: return u64;
  }
}

/** Bytes of a scalar in memory. */
export function widthOf(type: Type): Width {
  switch (type.kind) {
    case 'int': return (type.bits / 8) as Width;
    case 'bool': return 1;
    default: return 8;
  }
}

/** `value` of type `from` as the register contents of type `to`. */
export function convertScalar(b: IrBuilder, value: Value, from: Type, to: Type): Value {
  if (to.kind === 'bool' && from.kind !== 'bool') return b.compare('ne', value, 0);
  if (to.kind === 'enum') return from.kind === 'enum' && from.name === to.name ? value : convertScalar(b, value, from, { kind: 'int', bits: (to.bytes * 8) as 8 | 16 | 32 | 64, signed: isSigned(to) });
  if (to.kind !== 'int') return value;
  if (from.kind === 'int' && from.bits <= to.bits && (from.signed === to.signed || (!from.signed && from.bits < to.bits))) return value;
  if (from.kind === 'bool') return value;
  if (value.isConst) return b.const(to.signed ? BigInt.asIntN(to.bits, value.constant) : BigInt.asUintN(to.bits, value.constant), irType(to));
  // a signed value widened to an unsigned type keeps its extension within the width
  return to.bits === 64 ? value : b.extend(value, widthOf(to), to.signed);
}
