// ALU64, ALU32 and byte swaps.
//
//   facts  division by zero gives 0, modulo by zero leaves dst; 32-bit results clear the upper half; shift counts are masked
//          (Documentation/bpf/standardization/instruction-set.rst, kernel/bpf/core.c)

import type { Insn } from '../../model/bpf/insn.js';
import type { AluOp, Opcode } from '../../model/bpf/opcodes.js';
import type { Step } from '../frame.js';

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const low32 = (value: bigint): number => Number(BigInt.asIntN(32, value));

type Wide = (a: bigint, b: bigint) => bigint;
type Narrow = (a: number, b: number) => number;

/** Operands and result unsigned 64 bit. */
const wide: Record<AluOp, Wide> = {
  add: (a, b) => u64(a + b),
  sub: (a, b) => u64(a - b),
  mul: (a, b) => u64(a * b),
  div: (a, b) => (b === 0n ? 0n : a / b),
  mod: (a, b) => (b === 0n ? a : a % b),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  xor: (a, b) => a ^ b,
  lsh: (a, b) => u64(a << (b & 63n)),
  rsh: (a, b) => a >> (b & 63n),
  arsh: (a, b) => u64(s64(a) >> (b & 63n)),
  mov: (_, b) => b,
};
const signedDivision64: Partial<Record<AluOp, Wide>> = {
  div: (a, b) => (b === 0n ? 0n : u64(s64(a) / s64(b))),
  mod: (a, b) => (b === 0n ? a : u64(s64(a) % s64(b))),
};

/** Operands signed 32 bit, of the result the low 32 bits count. */
const narrow: Record<AluOp, Narrow> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => Math.imul(a, b),
  div: (a, b) => (b === 0 ? 0 : Math.floor((a >>> 0) / (b >>> 0))),
  mod: (a, b) => (b === 0 ? a : (a >>> 0) % (b >>> 0)),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  xor: (a, b) => a ^ b,
  lsh: (a, b) => a << b,
  rsh: (a, b) => a >>> b,
  arsh: (a, b) => a >> b,
  mov: (_, b) => b,
};
const signedDivision32: Partial<Record<AluOp, Narrow>> = {
  div: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
  mod: (a, b) => (b === 0 ? a : a % b),
};

/** `off` is 1 for signed division, and the source width (8, 16, 32) of a sign-extending move. */
export function compileAlu(insn: Insn, opcode: Opcode & { kind: 'alu' }, next: number): Step {
  if (opcode.op === 'mov') return compileMove(insn, opcode, next);
  return opcode.width === 64 ? compileWide(insn, opcode, next) : compileNarrow(insn, opcode, next);
}

function compileWide(insn: Insn, opcode: Opcode & { kind: 'alu' }, next: number): Step {
  const { dst, src } = insn;
  const apply = (insn.off === 1 ? signedDivision64[opcode.op] : undefined) ?? wide[opcode.op];
  if (opcode.source === 'reg') return (f) => { f.r[dst] = apply(f.read(dst), f.read(src)); return next; };
  const imm = u64(BigInt(insn.imm));
  return (f) => { f.r[dst] = apply(f.read(dst), imm); return next; };
}

function compileNarrow(insn: Insn, opcode: Opcode & { kind: 'alu' }, next: number): Step {
  const { dst, src } = insn;
  const apply = (insn.off === 1 ? signedDivision32[opcode.op] : undefined) ?? narrow[opcode.op];
  if (opcode.source === 'reg') return (f) => { f.r[dst] = BigInt(apply(low32(f.read(dst)), low32(f.read(src))) >>> 0); return next; };
  const imm = Number(insn.imm);
  return (f) => { f.r[dst] = BigInt(apply(low32(f.read(dst)), imm) >>> 0); return next; };
}

function compileMove(insn: Insn, opcode: Opcode & { kind: 'alu' }, next: number): Step {
  const { dst, src, off } = insn;
  const { width } = opcode;
  if (opcode.source === 'imm') {
    const imm = BigInt.asUintN(width, BigInt(insn.imm));
    return (f) => { f.r[dst] = imm; return next; };
  }
  if (off !== 0) return (f) => { f.r[dst] = BigInt.asUintN(width, BigInt.asIntN(off, f.read(src))); return next; };
  if (width === 64) return (f) => { f.r[dst] = f.read(src); return next; };
  return (f) => { f.r[dst] = BigInt.asUintN(32, f.read(src)); return next; };
}

export function compileNegate(insn: Insn, opcode: Opcode & { kind: 'neg' }, next: number): Step {
  const { dst } = insn;
  const { width } = opcode;
  return (f) => { f.r[dst] = BigInt.asUintN(width, -f.read(dst)); return next; };
}

/** To little endian (only a truncation here), to big endian, or an unconditional swap; imm is the width, the rest is cleared. */
export function compileEndian(insn: Insn, opcode: Opcode & { kind: 'endian' }, next: number): Step {
  const { dst } = insn;
  const bits = Number(insn.imm);
  if (opcode.to === 'le') return (f) => { f.r[dst] = BigInt.asUintN(bits, f.read(dst)); return next; };
  const view = new DataView(new ArrayBuffer(8));
  return (f) => {
    view.setBigUint64(0, f.read(dst), true);
    f.r[dst] = bits === 16 ? BigInt(view.getUint16(0)) : bits === 32 ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
    return next;
  };
}
