// The opcode byte: from its parts, and back to a description of what the instruction does.
//
//   layout  bits 0-2 class; ALU and JMP: bit 3 source (0 imm, 1 register), bits 4-7 operation;
//           LD/LDX/ST/STX: bits 3-4 size, bits 5-7 mode
//   facts   Documentation/bpf/standardization/instruction-set.rst

import { LDDW } from './insn.js';

export const insnClass = { ld: 0, ldx: 1, st: 2, stx: 3, alu32: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;

const sizes = { u32: 0x00, u16: 0x08, u8: 0x10, u64: 0x18 } as const;
/** Width of a memory access. */
export type MemorySize = keyof typeof sizes;
export const memorySizeBytes: Readonly<Record<MemorySize, number>> = { u8: 1, u16: 2, u32: 4, u64: 8 };

const mode = { mem: 0x60, memSigned: 0x80, atomic: 0xc0 } as const;
const SOURCE_REGISTER = 0x08;

const aluOps = {
  add: 0x00, sub: 0x10, mul: 0x20, div: 0x30, or: 0x40, and: 0x50, lsh: 0x60, rsh: 0x70, mod: 0x90, xor: 0xa0, mov: 0xb0, arsh: 0xc0,
} as const;
/** Two-operand arithmetic. div and mod are unsigned; a zero divisor gives 0 (div) or the dividend (mod). */
export type AluOp = keyof typeof aluOps;
const NEG = 0x80;
const END = 0xd0;

const conditions = {
  '==': 0x10, '>': 0x20, '>=': 0x30, '&': 0x40, '!=': 0x50, 's>': 0x60, 's>=': 0x70, '<': 0xa0, '<=': 0xb0, 's<': 0xc0, 's<=': 0xd0,
} as const;
/** Comparison of a conditional jump as it is written: unsigned, `s` signed, `&` true when the bits have one in common. */
export type Condition = keyof typeof conditions;
const CALL = 0x80;
const EXIT = 0x90;

const atomicOps = { add: 0x00, or: 0x40, and: 0x50, xor: 0xa0, xchg: 0xe0, cmpxchg: 0xf0 } as const;
/** Read-modify-write; lives in the imm of an atomic instruction. cmpxchg compares with r0 and always fetches, like xchg. */
export type AtomicOp = keyof typeof atomicOps;
export const ATOMIC_FETCH = 0x01;

export type Width = 64 | 32;
export type OperandSource = 'reg' | 'imm';

/** What an opcode byte says; one shape per form of instruction. */
export type Opcode =
  | { readonly kind: 'alu'; readonly width: Width; readonly op: AluOp; readonly source: OperandSource }
  | { readonly kind: 'neg'; readonly width: Width }
  /** to little/big endian or unconditional swap; imm is the number of bits: 16, 32 or 64 */
  | { readonly kind: 'endian'; readonly to: 'le' | 'be' | 'swap' }
  | { readonly kind: 'jump'; readonly width: Width; readonly condition: Condition; readonly source: OperandSource }
  /** `wide`: the distance is the imm, not the off (cpu v4) */
  | { readonly kind: 'goto'; readonly wide: boolean }
  | { readonly kind: 'call'; readonly source: OperandSource }
  | { readonly kind: 'exit' }
  | { readonly kind: 'load'; readonly size: MemorySize; readonly signed: boolean }
  | { readonly kind: 'store'; readonly size: MemorySize; readonly source: OperandSource }
  | { readonly kind: 'atomic'; readonly size: MemorySize }
  | { readonly kind: 'lddw' }
  | { readonly kind: 'unknown' };

function keyOf<K extends string>(table: Readonly<Record<K, number>>, value: number): K | undefined {
  return (Object.keys(table) as K[]).find((key) => table[key] === value);
}

export const composeAlu = (width: Width, op: AluOp, source: OperandSource): number =>
  (width === 64 ? insnClass.alu64 : insnClass.alu32) | aluOps[op] | (source === 'reg' ? SOURCE_REGISTER : 0);

export const composeNeg = (width: Width): number => (width === 64 ? insnClass.alu64 : insnClass.alu32) | NEG;

export const composeEndian = (to: 'le' | 'be' | 'swap'): number =>
  to === 'swap' ? insnClass.alu64 | END : insnClass.alu32 | END | (to === 'be' ? SOURCE_REGISTER : 0);

export const composeJump = (width: Width, condition: Condition, source: OperandSource): number =>
  (width === 64 ? insnClass.jmp : insnClass.jmp32) | conditions[condition] | (source === 'reg' ? SOURCE_REGISTER : 0);

export const composeLoad = (size: MemorySize): number => insnClass.ldx | mode.mem | sizes[size];

export const composeStore = (size: MemorySize, source: OperandSource): number =>
  (source === 'reg' ? insnClass.stx : insnClass.st) | mode.mem | sizes[size];

export const composeAtomic = (size: 'u32' | 'u64'): number => insnClass.stx | mode.atomic | sizes[size];

/** The imm of an atomic instruction. */
export const composeAtomicOp = (op: AtomicOp, fetch: boolean): number =>
  atomicOps[op] | (fetch || op === 'xchg' || op === 'cmpxchg' ? ATOMIC_FETCH : 0);

/** The operation in the imm of an atomic instruction; undefined for imms that mean nothing. */
export function decodeAtomicOp(imm: number): { readonly op: AtomicOp; readonly fetch: boolean } | undefined {
  const op = keyOf(atomicOps, imm & ~ATOMIC_FETCH);
  return op && { op, fetch: (imm & ATOMIC_FETCH) !== 0 };
}

export const GOTO = insnClass.jmp;
export const CALL_OPCODE = insnClass.jmp | CALL;
export const EXIT_OPCODE = insnClass.jmp | EXIT;

function decode(opcode: number): Opcode {
  const unknown: Opcode = { kind: 'unknown' };
  const source: OperandSource = opcode & SOURCE_REGISTER ? 'reg' : 'imm';
  const operation = opcode & 0xf0;
  const size = keyOf(sizes, opcode & 0x18)!;
  const access = opcode & 0xe0;
  if (opcode === LDDW) return { kind: 'lddw' };
  switch (opcode & 7) {
    case insnClass.alu32:
    case insnClass.alu64: {
      const width: Width = (opcode & 7) === insnClass.alu64 ? 64 : 32;
      if (operation === NEG) return source === 'imm' ? { kind: 'neg', width } : unknown;
      if (operation === END && width === 32) return { kind: 'endian', to: source === 'reg' ? 'be' : 'le' };
      if (operation === END) return source === 'imm' ? { kind: 'endian', to: 'swap' } : unknown;
      const op = keyOf(aluOps, operation);
      return op ? { kind: 'alu', width, op, source } : unknown;
    }
    case insnClass.jmp:
    case insnClass.jmp32: {
      const width: Width = (opcode & 7) === insnClass.jmp ? 64 : 32;
      if (operation === 0) return source === 'imm' ? { kind: 'goto', wide: width === 32 } : unknown;
      const condition = keyOf(conditions, operation);
      if (condition) return { kind: 'jump', width, condition, source };
      if (width === 32) return unknown;
      if (operation === CALL) return { kind: 'call', source };
      return opcode === EXIT_OPCODE ? { kind: 'exit' } : unknown;
    }
    case insnClass.ldx:
      if (access === mode.memSigned) return size === 'u64' ? unknown : { kind: 'load', size, signed: true };
      return access === mode.mem ? { kind: 'load', size, signed: false } : unknown;
    case insnClass.stx:
      if (access === mode.atomic) return size === 'u32' || size === 'u64' ? { kind: 'atomic', size } : unknown;
      return access === mode.mem ? { kind: 'store', size, source: 'reg' } : unknown;
    case insnClass.st:
      return access === mode.mem ? { kind: 'store', size, source: 'imm' } : unknown;
    default:
      return unknown;
  }
}

/** made by the first question: a compiler that prints no instructions has none */
let table: readonly Opcode[] | undefined;

/** Answers by table, cheap enough for an interpreter's set-up. The source bits of signed division and sign-extending moves
 *  (cpu v4) are in `off`, not here. */
export function decodeOpcode(opcode: number): Opcode {
  table ??= Array.from({ length: 256 }, (_, each) => decode(each));
  return table[opcode & 0xff]!;
}
