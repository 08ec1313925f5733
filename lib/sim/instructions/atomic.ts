// Atomic read-modify-write of 4 or 8 bytes. Fetched 32-bit values are zero-extended.

import type { Insn } from '../../model/bpf/insn.js';
import type { Opcode } from '../../model/bpf/opcodes.js';
import { decodeAtomicOp, memorySizeBytes } from '../../model/bpf/opcodes.js';
import type { Step } from '../frame.js';
import type { Region } from '../memory.js';
import { access } from './access.js';

const combiners = {
  add: (old: bigint, operand: bigint) => old + operand,
  or: (old: bigint, operand: bigint) => old | operand,
  and: (old: bigint, operand: bigint) => old & operand,
  xor: (old: bigint, operand: bigint) => old ^ operand,
  xchg: (_: bigint, operand: bigint) => operand,
};

/** Undefined when the imm means no operation. */
export function compileAtomic(insn: Insn, opcode: Opcode & { kind: 'atomic' }, next: number): Step | undefined {
  const { dst, src, off } = insn;
  const operation = decodeAtomicOp(Number(insn.imm));
  if (operation === undefined) return undefined;
  const size = memorySizeBytes[opcode.size];
  const load = (region: Region, at: number): bigint => (size === 8 ? region.view.getBigUint64(at, true) : BigInt(region.view.getUint32(at, true)));
  const store = (region: Region, at: number, value: bigint): void => {
    if (size === 8) region.view.setBigUint64(at, BigInt.asUintN(64, value), true);
    else region.view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
  };

  if (operation.op === 'cmpxchg') {
    return (f) => {
      const operand = f.read(src);
      const expected = BigInt.asUintN(size * 8, f.read(0));
      const region = access(f, f.read(dst), off, size, 'atomic');
      const at = f.memory.offset;
      const old = load(region, at);
      if (old === expected) store(region, at, operand);
      f.r[0] = old;
      return next;
    };
  }
  const combine = combiners[operation.op];
  const { fetch } = operation;
  return (f) => {
    const operand = f.read(src);
    const region = access(f, f.read(dst), off, size, 'atomic');
    const at = f.memory.offset;
    const old = load(region, at);
    store(region, at, combine(old, operand));
    if (fetch) f.r[src] = old;
    return next;
  };
}
