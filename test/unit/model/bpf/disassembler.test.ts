import t from 'tap';
import { Assembler } from '../../../../lib/model/bpf/assembler.js';
import { disassemble, formatInsn } from '../../../../lib/model/bpf/disassembler.js';
import { R0, R1, R10, R2, R3 } from '../../../../lib/model/bpf/registers.js';
import { helper } from '../../../../lib/model/bpf/uapi.js';
import { Source } from '../../../../lib/model/source/source.js';

const source = new Source('reads.bt', 'tracepoint:syscalls:sys_enter_read\n{\n  @reads = count();\n}\n');

function countReads() {
  const asm = new Assembler();
  const absent = asm.label('absent');
  return asm.at(source.span(39, 55)).loadMap(R1, 'at_reads')
    .store(R10, -8, 0, 'u64').mov64(R2, R10).add64(R2, -8)
    .call(helper.map_lookup_elem)
    .jumpIf(R0, '==', 0, absent)
    .load(R3, R0, 0, 'u64').add64(R3, 1).store(R0, 0, R3, 'u64')
    .place(absent).at(source.span(58, 59)).mov64(R0, 0).exit().finish();
}

t.test('a program', async (t) => {
  t.equal(disassemble(countReads()).join('\n'), [
    '     0:  r1 = 0 ll  # map at_reads',
    '     2:  *(u64 *)(r10 - 8) = 0',
    '     3:  r2 = r10',
    '     4:  r2 += -8',
    '     5:  call 1  # map_lookup_elem',
    '     6:  if r0 == 0 goto +3 <absent>',
    '     7:  r3 = *(u64 *)(r0 + 0)',
    '     8:  r3 += 1',
    '     9:  *(u64 *)(r0 + 0) = r3',
    '<absent>:',
    '    10:  r0 = 0',
    '    11:  exit',
  ].join('\n'));
});

t.test('script lines stand beside the first instruction made from them', async (t) => {
  const lines = disassemble(countReads(), { sources: true });
  t.equal(lines[0], '     0:  r1 = 0 ll  # map at_reads'.padEnd(56) + '  ; 3: @reads = count();');
  t.equal(lines[1], '     2:  *(u64 *)(r10 - 8) = 0');
  t.equal(lines[10], '    10:  r0 = 0'.padEnd(56) + '  ; 4: }');
});

t.test('targets without a label are named by their slot', async (t) => {
  const insns = [{ opcode: 0x05, dst: 0, src: 0, off: 0, imm: 0 }, { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 }];
  t.same(disassemble(insns), ['     0:  goto +0 <L1>', '<L1>:', '     1:  exit']);
});

/** forms that the assembler does not write (cpu v4), but kernels and other compilers do */
const foreign: [text: string, opcode: number, off: number, imm: number][] = [
  ['r1 = bswap64 r1', 0xd7, 0, 64],
  ['r1 = (s8)r2', 0xbf, 8, 0],
  ['w1 = (s16)w2', 0xbc, 16, 0],
  ['r1 s/= r2', 0x3f, 1, 0],
  ['w1 s%= 7', 0x94, 1, 7],
  ['r1 = *(s32 *)(r2 + 4)', 0x81, 4, 0],
  ['gotol -3', 0x06, 0, -3],
  ['callx r1', 0x8d, 0, 0],
  ['<unknown 0x00>', 0x00, 0, 0],
  ['<unknown 0xdb>', 0xdb, 0, 0x77],
];
t.test('instructions of other compilers', async (t) => {
  for (const [text, opcode, off, imm] of foreign) t.equal(formatInsn({ opcode, dst: 1, src: 2, off, imm }), text);
});
