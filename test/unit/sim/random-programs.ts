// Programs of random arithmetic, jumps, loads, stores and atomics that every kernel accepts; the same seed gives the same programs.
//
//   out    raw tracepoint programs whose return value depends on every register and on the stack

import type { Insn } from '../../../lib/model/bpf/insn.js';
import { LDDW } from '../../../lib/model/bpf/insn.js';
import type { AluOp, AtomicOp, Condition, MemorySize, Width } from '../../../lib/model/bpf/opcodes.js';
import {
  EXIT_OPCODE, composeAlu, composeAtomic, composeAtomicOp, composeEndian, composeJump, composeLoad, composeNeg, composeStore,
} from '../../../lib/model/bpf/opcodes.js';

const ALU_OPS: readonly AluOp[] = ['add', 'sub', 'mul', 'div', 'or', 'and', 'lsh', 'rsh', 'mod', 'xor', 'mov', 'arsh'];
const CONDITIONS: readonly Condition[] = ['==', '>', '>=', '&', '!=', 's>', 's>=', '<', '<=', 's<', 's<='];
const ATOMIC_OPS: readonly AtomicOp[] = ['add', 'or', 'and', 'xor', 'xchg', 'cmpxchg'];
const SIZES: readonly MemorySize[] = ['u8', 'u16', 'u32', 'u64'];
/** values at which arithmetic goes wrong */
const EDGES: readonly bigint[] = [
  0n, 1n, 2n, -1n, -2n, 7n, 10n, 31n, 32n, 63n, 64n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, 1n << 63n, (1n << 63n) - 1n, 0x123456789abcdef0n,
];
const STATEMENTS = 30;
/** mode bits of a sign-extending load, in place of those of a plain one */
const MEM_TO_MEMSX = 0xe0;

function insn(opcode: number, dst = 0, src = 0, off = 0, imm: number | bigint = 0): Insn {
  return { opcode, dst, src, off, imm };
}

class Generator {
  constructor(private state: number) {}

  program(): Insn[] {
    const insns: Insn[] = [];
    for (let register = 0; register < 10; register++) insns.push(insn(LDDW, register, 0, 0, this.value()));
    insns.push(insn(composeStore('u64', 'reg'), 10, 1, -8), insn(composeStore('u64', 'imm'), 10, 0, -16, this.imm()));
    for (let i = 0; i < STATEMENTS; i++) insns.push(...this.statement());
    insns.push(insn(composeLoad('u64'), 1, 10, -8));
    for (let register = 1; register < 10; register++) insns.push(insn(composeAlu(64, 'mul', 'imm'), 0, 0, 0, 31), insn(composeAlu(64, 'xor', 'reg'), 0, register));
    insns.push(insn(composeAlu(64, 'mov', 'reg'), 1, 0), insn(composeAlu(64, 'rsh', 'imm'), 1, 0, 0, 32), insn(composeAlu(64, 'xor', 'reg'), 0, 1), insn(EXIT_OPCODE));
    return insns;
  }

  private statement(): Insn[] {
    const width: Width = this.flip() ? 64 : 32;
    const dst = this.below(10);
    const src = this.below(10);
    switch (this.below(9)) {
      case 0: case 1: case 2: return [this.aluRegister(width, dst, src)];
      case 3: case 4: return [this.aluImmediate(width, dst)];
      case 5: return [this.flip() ? insn(composeNeg(width), dst) : insn(composeEndian(this.pick(['le', 'be', 'swap'])), dst, 0, 0, this.pick([16, 32, 64]))];
      case 6: {
        const condition = this.pick(CONDITIONS);
        const jump = this.flip() ? insn(composeJump(width, condition, 'reg'), dst, src, 1) : insn(composeJump(width, condition, 'imm'), dst, 0, 1, this.imm());
        return [jump, insn(composeAlu(64, 'xor', 'imm'), this.below(10), 0, 0, 0x55)];
      }
      case 7: return [insn(composeAtomic(this.flip() ? 'u32' : 'u64'), 10, src, -8, composeAtomicOp(this.pick(ATOMIC_OPS), this.flip()))];
      default: {
        const size = this.pick(SIZES);
        if (this.flip()) return [insn(composeStore(size, 'reg'), 10, src, -16)];
        const isSigned = size !== 'u64' && this.flip();
        return [insn(composeLoad(size) ^ (isSigned ? MEM_TO_MEMSX : 0), dst, 10, this.flip() ? -8 : -16)];
      }
    }
  }

  private aluRegister(width: Width, dst: number, src: number): Insn {
    const op = this.pick(ALU_OPS);
    const off = op === 'div' || op === 'mod' ? this.below(2) : op === 'mov' ? this.pick(width === 64 ? [0, 8, 16, 32] : [0, 8, 16]) : 0;
    return insn(composeAlu(width, op, 'reg'), dst, src, off);
  }

  private aluImmediate(width: Width, dst: number): Insn {
    const op = this.pick(ALU_OPS);
    const isDivision = op === 'div' || op === 'mod';
    const isShift = op === 'lsh' || op === 'rsh' || op === 'arsh';
    return insn(composeAlu(width, op, 'imm'), dst, 0, isDivision ? this.below(2) : 0, isShift ? this.below(width) : isDivision ? this.imm() || 3 : this.imm());
  }

  private value(): bigint {
    return this.below(3) ? this.pick(EDGES) : (BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32));
  }

  private imm(): number {
    return Number(BigInt.asIntN(32, this.value()));
  }

  private flip(): boolean {
    return this.below(2) === 1;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** xorshift32 */
  private below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }
}

export function randomPrograms(seed: number, count: number): Insn[][] {
  const generator = new Generator(seed);
  return Array.from({ length: count }, () => generator.program());
}
