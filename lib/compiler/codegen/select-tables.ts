// What selection knows of operations: their instructions, and which operands those can take.

import type { AluOp, Condition } from '../../model/bpf/opcodes.js';
import type { Comparison, Value } from '../../model/ir/ir.js';
import type { Op } from '../../model/ir/ops.js';
import type { Operand } from './machine.js';

export const aluOps: Partial<Record<Op, AluOp>> = {
  add: 'add', sub: 'sub', mul: 'mul', udiv: 'div', umod: 'mod', and: 'and', or: 'or', xor: 'xor', shl: 'lsh', lshr: 'rsh', ashr: 'arsh',
};

export const conditions: Record<Comparison, Condition> = {
  eq: '==', ne: '!=', ult: '<', ule: '<=', ugt: '>', uge: '>=', slt: 's<', sle: 's<=', sgt: 's>', sge: 's>=',
};

/** The comparison that holds for (b, a) when the given one holds for (a, b). */
export const mirrored: Record<Comparison, Comparison> = {
  eq: 'eq', ne: 'ne', ult: 'ugt', ule: 'uge', ugt: 'ult', uge: 'ule', slt: 'sgt', sle: 'sge', sgt: 'slt', sge: 'sle',
};

export const fitsS32 = (n: bigint): boolean => n >= -0x80000000n && n <= 0x7fffffffn;
export const fitsOffset = (n: number): boolean => n >= -0x8000 && n <= 0x7fff;

/** Whether the argument is an address that the instruction can take as register + constant. */
export function foldsAddress(user: Value, index: number): boolean {
  switch (user.op) {
    case 'load':
    case 'zero':
    case 'atomic_add':
    case 'atomic_xchg':
    case 'atomic_cmpxchg':
      return index === 0 && user.args[0]!.op !== 'map_value';
    case 'store':
      return index === 0 && user.args[0]!.op !== 'map_value';
    case 'copy':
      return user.args[index]!.op !== 'map_value';
    case 'add':
      return user.type.kind === 'ptr' && user.args[1]!.isConst && user.args[0]!.op !== 'map_value';
    case 'call':
    case 'call_function':
    case 'call_kfunc':
      return true;
    default:
      return false;
  }
}

export function mapValue(value: Value, offset: number): Operand {
  const { name, offset: start = 0 } = value.attributes;
  return { kind: 'reference', reference: { kind: 'map_value', name: name!, offset: start + offset } };
}

/** Upper half known to be zero by the instruction that made the value. */
export function isZeroExtended32(value: Value): boolean {
  const { width = 8, signed } = value.attributes;
  if (value.op === 'load' || value.op === 'extend' || value.op === 'bswap') return width <= 4 && !signed;
  if (value.op === 'lshr') return value.args[1]!.isConst && (value.args[1]!.constant & 63n) >= 32n;
  if (value.op === 'and') return value.args[1]!.isConst && value.args[1]!.constant >= 0n && value.args[1]!.constant <= 0xffffffffn;
  return false;
}
