// Loads and stores of 1, 2, 4 and 8 bytes, little endian.

import type { Insn } from '../../model/bpf/insn.js';
import type { MemorySize, Opcode } from '../../model/bpf/opcodes.js';
import { memorySizeBytes } from '../../model/bpf/opcodes.js';
import type { Step } from '../frame.js';
import { access } from './access.js';

type Reader = (view: DataView, at: number) => bigint;
type Writer = (view: DataView, at: number, value: bigint) => void;

const zeroExtended: Record<MemorySize, Reader> = {
  u8: (view, at) => BigInt(view.getUint8(at)),
  u16: (view, at) => BigInt(view.getUint16(at, true)),
  u32: (view, at) => BigInt(view.getUint32(at, true)),
  u64: (view, at) => view.getBigUint64(at, true),
};
const signExtended: Record<MemorySize, Reader> = {
  u8: (view, at) => BigInt.asUintN(64, BigInt(view.getInt8(at))),
  u16: (view, at) => BigInt.asUintN(64, BigInt(view.getInt16(at, true))),
  u32: (view, at) => BigInt.asUintN(64, BigInt(view.getInt32(at, true))),
  u64: (view, at) => view.getBigUint64(at, true),
};
const writers: Record<MemorySize, Writer> = {
  u8: (view, at, value) => view.setUint8(at, Number(value & 0xffn)),
  u16: (view, at, value) => view.setUint16(at, Number(value & 0xffffn), true),
  u32: (view, at, value) => view.setUint32(at, Number(value & 0xffffffffn), true),
  u64: (view, at, value) => view.setBigUint64(at, value, true),
};

export function compileLoad(insn: Insn, opcode: Opcode & { kind: 'load' }, next: number): Step {
  const { dst, src, off } = insn;
  const size = memorySizeBytes[opcode.size];
  const read = (opcode.signed ? signExtended : zeroExtended)[opcode.size];
  return (f) => {
    const region = access(f, f.read(src), off, size, 'load');
    f.r[dst] = read(region.view, f.memory.offset);
    return next;
  };
}

export function compileStore(insn: Insn, opcode: Opcode & { kind: 'store' }, next: number): Step {
  const { dst, src, off } = insn;
  const size = memorySizeBytes[opcode.size];
  const write = writers[opcode.size];
  const imm = BigInt.asUintN(64, BigInt(insn.imm));
  const takesRegister = opcode.source === 'reg';
  return (f) => {
    const value = takesRegister ? f.read(src) : imm;
    const region = access(f, f.read(dst), off, size, 'store');
    write(region.view, f.memory.offset, value);
    return next;
  };
}
