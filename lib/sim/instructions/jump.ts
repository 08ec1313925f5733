// Conditional and unconditional jumps.

import type { Insn } from '../../model/bpf/insn.js';
import type { Condition, Opcode } from '../../model/bpf/opcodes.js';
import type { Step } from '../frame.js';

const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const low32 = (value: bigint): number => Number(BigInt.asIntN(32, value));

/** Operands unsigned 64 bit. */
const wide: Record<Condition, (a: bigint, b: bigint) => boolean> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '&': (a, b) => (a & b) !== 0n,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  's>': (a, b) => s64(a) > s64(b),
  's>=': (a, b) => s64(a) >= s64(b),
  's<': (a, b) => s64(a) < s64(b),
  's<=': (a, b) => s64(a) <= s64(b),
};

/** Operands signed 32 bit. */
const narrow: Record<Condition, (a: number, b: number) => boolean> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '&': (a, b) => (a & b) !== 0,
  '>': (a, b) => a >>> 0 > b >>> 0,
  '>=': (a, b) => a >>> 0 >= b >>> 0,
  '<': (a, b) => a >>> 0 < b >>> 0,
  '<=': (a, b) => a >>> 0 <= b >>> 0,
  's>': (a, b) => a > b,
  's>=': (a, b) => a >= b,
  's<': (a, b) => a < b,
  's<=': (a, b) => a <= b,
};

/** `target` is the index jumped to, `next` the one that follows. */
export function compileJump(insn: Insn, opcode: Opcode & { kind: 'jump' }, next: number, target: number): Step {
  const { dst, src } = insn;
  if (opcode.width === 64) {
    const holds = wide[opcode.condition];
    if (opcode.source === 'reg') return (f) => (holds(f.read(dst), f.read(src)) ? target : next);
    const imm = BigInt.asUintN(64, BigInt(insn.imm));
    return (f) => (holds(f.read(dst), imm) ? target : next);
  }
  const holds = narrow[opcode.condition];
  if (opcode.source === 'reg') return (f) => (holds(low32(f.read(dst)), low32(f.read(src))) ? target : next);
  const imm = Number(insn.imm);
  return (f) => (holds(low32(f.read(dst)), imm) ? target : next);
}
