// Arithmetic and comparisons of constants, as the machine does them: unsigned 64 bits unless said otherwise.

import { holds } from '../../model/ir/holds.js';
import type { Attributes, Comparison } from '../../model/ir/ir.js';
import type { Op } from '../../model/ir/ops.js';

const unsigned = (n: bigint): bigint => BigInt.asUintN(64, n);
const signed = (n: bigint): bigint => BigInt.asIntN(64, n);

/** Result modulo 2^64; undefined for operations that are not pure arithmetic. Operands: any representation. */
export function evaluate(op: Op, operands: readonly bigint[], attributes: Attributes): bigint | undefined {
  const a = unsigned(operands[0]!);
  const b = unsigned(operands[1] ?? 0n);
  switch (op) {
    case 'add': return a + b;
    case 'sub': return a - b;
    case 'mul': return a * b;
    case 'udiv': return b === 0n ? 0n : a / b;
    case 'umod': return b === 0n ? a : a % b;
    case 'and': return a & b;
    case 'or': return a | b;
    case 'xor': return a ^ b;
    case 'shl': return a << (b & 63n);
    case 'lshr': return a >> (b & 63n);
    case 'ashr': return signed(a) >> (b & 63n);
    case 'neg': return -a;
    case 'extend': return attributes.signed ? BigInt.asIntN(attributes.width! * 8, a) : BigInt.asUintN(attributes.width! * 8, a);
    case 'bswap': {
      let swapped = 0n;
      for (let i = 0n; i < BigInt(attributes.width!); i++) swapped = (swapped << 8n) | ((a >> (8n * i)) & 0xffn);
      return swapped;
    }
    default: return isComparison(op) ? (holds(op, a, b) ? 1n : 0n) : undefined;
  }
}

export const mirrored: Record<Comparison, Comparison> = {
  eq: 'eq', ne: 'ne', ult: 'ugt', ule: 'uge', ugt: 'ult', uge: 'ule', slt: 'sgt', sle: 'sge', sgt: 'slt', sge: 'sle',
};

export const inverted: Record<Comparison, Comparison> = {
  eq: 'ne', ne: 'eq', ult: 'uge', uge: 'ult', ule: 'ugt', ugt: 'ule', slt: 'sge', sge: 'slt', sle: 'sgt', sgt: 'sle',
};

export function isComparison(op: Op): op is Comparison {
  return op in mirrored;
}
