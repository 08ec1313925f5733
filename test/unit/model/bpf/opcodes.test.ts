import t from 'tap';
import type { AluOp, AtomicOp, Condition, MemorySize, Opcode } from '../../../../lib/model/bpf/opcodes.js';
import {
  CALL_OPCODE, EXIT_OPCODE, GOTO, composeAlu, composeAtomic, composeAtomicOp, composeEndian, composeJump, composeLoad, composeNeg, composeStore,
  decodeAtomicOp, decodeOpcode,
} from '../../../../lib/model/bpf/opcodes.js';

const aluOps: AluOp[] = ['add', 'sub', 'mul', 'div', 'or', 'and', 'lsh', 'rsh', 'mod', 'xor', 'mov', 'arsh'];
const conditions: Condition[] = ['==', '!=', '>', '>=', '<', '<=', '&', 's>', 's>=', 's<', 's<='];
const sizes: MemorySize[] = ['u8', 'u16', 'u32', 'u64'];
const sources = ['reg', 'imm'] as const;
const widths = [64, 32] as const;

const composed: [number, Opcode][] = [
  ...widths.flatMap((width) => sources.flatMap((source) => aluOps.map((op): [number, Opcode] =>
    [composeAlu(width, op, source), { kind: 'alu', width, op, source }]))),
  ...widths.flatMap((width) => sources.flatMap((source) => conditions.map((condition): [number, Opcode] =>
    [composeJump(width, condition, source), { kind: 'jump', width, condition, source }]))),
  ...widths.map((width): [number, Opcode] => [composeNeg(width), { kind: 'neg', width }]),
  ...(['le', 'be', 'swap'] as const).map((to): [number, Opcode] => [composeEndian(to), { kind: 'endian', to }]),
  ...sizes.map((size): [number, Opcode] => [composeLoad(size), { kind: 'load', size, signed: false }]),
  ...sources.flatMap((source) => sizes.map((size): [number, Opcode] => [composeStore(size, source), { kind: 'store', size, source }])),
  ...(['u32', 'u64'] as const).map((size): [number, Opcode] => [composeAtomic(size), { kind: 'atomic', size }]),
  [GOTO, { kind: 'goto', wide: false }],
  [CALL_OPCODE, { kind: 'call', source: 'imm' }],
  [EXIT_OPCODE, { kind: 'exit' }],
  [0x18, { kind: 'lddw' }],
];

t.test('decode answers what was composed', async (t) => {
  for (const [opcode, want] of composed) t.same(decodeOpcode(opcode), want, `0x${opcode.toString(16)}`);
  t.equal(new Set(composed.map(([opcode]) => opcode)).size, composed.length, 'no opcode is composed twice');
});

t.test('every other byte is of cpu v4 or unknown', async (t) => {
  const known = new Set(composed.map(([opcode]) => opcode));
  const rest = Array.from({ length: 256 }, (_, opcode) => opcode).filter((opcode) => !known.has(opcode) && decodeOpcode(opcode).kind !== 'unknown');
  t.same(rest.map((opcode) => opcode.toString(16)), ['6', '81', '89', '8d', '91']);
});

const atomics: [imm: number, op: AtomicOp, fetch: boolean][] = [
  [0x00, 'add', false], [0x01, 'add', true], [0x40, 'or', false], [0x51, 'and', true], [0xa0, 'xor', false], [0xe1, 'xchg', true], [0xf1, 'cmpxchg', true],
];
t.test('atomic operations', async (t) => {
  for (const [imm, op, fetch] of atomics) {
    t.equal(composeAtomicOp(op, fetch), imm, `${op} ${fetch}`);
    t.same(decodeAtomicOp(imm), { op, fetch });
  }
  t.equal(decodeAtomicOp(0x20), undefined);
});
