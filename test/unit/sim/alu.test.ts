import t from 'tap';
import type { Insn } from '../../../lib/model/bpf/insn.js';
import type { AluOp } from '../../../lib/model/bpf/opcodes.js';
import { composeAlu, composeEndian } from '../../../lib/model/bpf/opcodes.js';
import { R0, R2 } from '../../../lib/model/bpf/registers.js';
import { faults, machineOf, retval } from './support.js';

const M = 0xffffffffffffffffn;

/** op, width, a, b, result; off 1 makes division signed */
const rows: [op: AluOp, width: 64 | 32, a: bigint, b: bigint, want: bigint, off?: number][] = [
  ['add', 64, M, 1n, 0n],
  ['add', 64, 1n << 63n, 5n, (1n << 63n) + 5n],
  ['add', 32, 0xffffffffn, 1n, 0n],
  ['add', 32, 0x1_0000_0001n, 0x7fffffffn, 0x80000000n],
  ['sub', 64, 0n, 1n, M],
  ['sub', 32, 0n, 1n, 0xffffffffn],
  ['mul', 64, 1n << 40n, 1n << 30n, 0n],
  ['mul', 64, M, M, 1n],
  ['mul', 32, 0xffffffffn, 0xffffffffn, 1n],
  ['div', 64, M, 2n, 0x7fffffffffffffffn],
  ['div', 64, 7n, 0n, 0n],
  ['div', 32, 0xffffffffn, 2n, 0x7fffffffn],
  ['div', 32, 0x5_0000_0007n, 0n, 0n],
  ['div', 64, -7n, 2n, -3n, 1],
  ['div', 64, 1n << 63n, -1n, 1n << 63n, 1],
  ['div', 32, -7n, 2n, 0xfffffffdn, 1],
  ['div', 32, 0x80000000n, -1n, 0x80000000n, 1],
  ['div', 64, -7n, 0n, 0n, 1],
  ['mod', 64, 7n, 0n, 7n],
  ['mod', 32, 0x5_0000_0007n, 0n, 7n],
  ['mod', 64, M, 10n, 5n],
  ['mod', 64, -7n, 3n, -1n, 1],
  ['mod', 64, 1n << 63n, -1n, 0n, 1],
  ['mod', 32, -7n, 3n, 0xffffffffn, 1],
  ['mod', 32, 0x80000000n, -1n, 0n, 1],
  ['or', 64, 0xf0n << 56n, 0x0fn, (0xf0n << 56n) | 0x0fn],
  ['and', 64, M, 0xff00000000n, 0xff00000000n],
  ['and', 32, M, 0xff00000000n, 0n],
  ['xor', 64, M, 1n, M - 1n],
  ['xor', 32, M, 1n, 0xfffffffen],
  ['lsh', 64, 1n, 63n, 1n << 63n],
  ['lsh', 64, 1n, 64n, 1n],
  ['lsh', 32, 1n, 31n, 0x80000000n],
  ['lsh', 32, 1n, 33n, 2n],
  ['rsh', 64, 1n << 63n, 63n, 1n],
  ['rsh', 64, 5n, 65n, 2n],
  ['rsh', 32, M, 4n, 0x0fffffffn],
  ['arsh', 64, -8n, 1n, -4n],
  ['arsh', 32, 0x80000000n, 4n, 0xf8000000n],
  ['arsh', 32, 0x1_0000_0000n, 1n, 0n],
  ['mov', 64, 0n, M, M],
  ['mov', 32, M, 0x5_ffff_fff0n, 0xfffffff0n],
  ['mov', 64, 0n, 0x80n, -0x80n, 8],
  ['mov', 64, 0n, 0x18000n, -0x8000n, 16],
  ['mov', 64, 0n, 0x180000000n, -0x80000000n, 32],
  ['mov', 32, 0n, 0x80n, 0xffffff80n, 8],
  ['mov', 32, 0n, 0x8000n, 0xffff8000n, 16],
];

for (const [op, width, a, b, want, off = 0] of rows) {
  const title = `${op}${width}${off ? ` off ${off}` : ''} 0x${BigInt.asUintN(64, a).toString(16)}, 0x${BigInt.asUintN(64, b).toString(16)}`;
  t.test(`${title}, register`, async (t) => {
    const insn: Insn = { opcode: composeAlu(width, op, 'reg'), dst: 0, src: 1, off, imm: 0 };
    const insns: Insn[] = [
      { opcode: 0x18, dst: 0, src: 0, off: 0, imm: a }, { opcode: 0x18, dst: 1, src: 0, off: 0, imm: b }, insn, { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
    ];
    t.equal(retval(insns), BigInt.asUintN(64, want));
  });
  const fitsImm = BigInt.asIntN(32, b) === BigInt.asIntN(64, b) && b !== 0n && !(op.endsWith('sh') && b >= BigInt(width)) && !(op === 'mov' && off !== 0);
  if (!fitsImm) continue;
  t.test(`${title}, immediate`, async (t) => {
    const insns: Insn[] = [
      { opcode: 0x18, dst: 0, src: 0, off: 0, imm: a },
      { opcode: composeAlu(width, op, 'imm'), dst: 0, src: 0, off, imm: Number(BigInt.asIntN(32, b)) },
      { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
    ];
    t.equal(retval(insns), BigInt.asUintN(64, want));
  });
}

t.test('negation', async (t) => {
  t.equal(retval((asm) => asm.mov64(R0, 5).neg64(R0).exit()), M - 4n);
  t.equal(retval((asm) => asm.mov64(R0, 5).neg32(R0).exit()), 0xfffffffbn);
});

const swaps: [to: 'le' | 'be' | 'swap', bits: number, want: bigint][] = [
  ['le', 16, 0xef01n], ['le', 32, 0xabcdef01n], ['le', 64, 0x12345678abcdef01n],
  ['be', 16, 0x01efn], ['be', 32, 0x01efcdabn], ['be', 64, 0x01efcdab78563412n],
  ['swap', 16, 0x01efn], ['swap', 32, 0x01efcdabn], ['swap', 64, 0x01efcdab78563412n],
];
for (const [to, bits, want] of swaps) {
  t.test(`endian ${to}${bits}`, async (t) => {
    const insns: Insn[] = [
      { opcode: 0x18, dst: 0, src: 0, off: 0, imm: 0x12345678abcdef01n },
      { opcode: composeEndian(to), dst: 0, src: 0, off: 0, imm: bits },
      { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
    ];
    t.equal(retval(insns), want);
  });
}

t.test('operands must be set', async (t) => {
  faults(t, () => retval((asm) => asm.mov64(R0, R2).exit()), /r2 is read but was never written/);
  faults(t, () => retval((asm) => asm.add64(R0, 1).exit()), /r0 is read but was never written/);
  faults(t, () => retval((asm) => asm.mov64(R0, 0).add64(R0, R2).exit()), /r2 is read/);
});

const refused: [title: string, insn: Partial<Insn> & { opcode: number }, reason: RegExp][] = [
  ['division by the immediate 0', { opcode: composeAlu(64, 'div', 'imm') }, /div by zero/],
  ['modulo by the immediate 0', { opcode: composeAlu(32, 'mod', 'imm') }, /div by zero/],
  ['64-bit shift by 64', { opcode: composeAlu(64, 'lsh', 'imm'), imm: 64 }, /invalid shift 64/],
  ['32-bit shift by 32', { opcode: composeAlu(32, 'arsh', 'imm'), imm: 32 }, /invalid shift 32/],
  ['writing r10', { opcode: composeAlu(64, 'add', 'imm'), dst: 10, imm: 8 }, /frame pointer is read only/],
  ['off of an addition', { opcode: composeAlu(64, 'add', 'imm'), off: 1, imm: 1 }, /off 1 has no meaning for add/],
  ['32-bit move extended from 32', { opcode: composeAlu(32, 'mov', 'reg'), off: 32 }, /off 32 has no meaning/],
  ['src of an immediate form', { opcode: composeAlu(64, 'add', 'imm'), src: 1, imm: 1 }, /reserved fields/],
  ['imm of a register form', { opcode: composeAlu(64, 'add', 'reg'), src: 1, imm: 1 }, /reserved fields/],
  ['swap of 8 bits', { opcode: composeEndian('be'), imm: 8 }, /reserved fields/],
  ['register 11', { opcode: composeAlu(64, 'mov', 'imm'), dst: 11 }, /r11 is no register/],
  ['unknown opcode', { opcode: 0xff }, /unknown opcode 0xff/],
];
for (const [title, insn, reason] of refused) {
  t.test(`refused before running: ${title}`, async (t) => {
    faults(t, () => machineOf([{ dst: 0, src: 0, off: 0, imm: 0, ...insn }, { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 }]), reason);
  });
}
