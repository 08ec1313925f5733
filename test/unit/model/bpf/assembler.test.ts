import t from 'tap';
import { Assembler } from '../../../../lib/model/bpf/assembler.js';
import { formatInsn } from '../../../../lib/model/bpf/disassembler.js';
import type { Insn } from '../../../../lib/model/bpf/insn.js';
import { decodeInsns, encodeInsns, slotCount } from '../../../../lib/model/bpf/insn.js';
import { R0, R1, R10, R2, R3, R6 } from '../../../../lib/model/bpf/registers.js';
import { helper } from '../../../../lib/model/bpf/uapi.js';
import { Source } from '../../../../lib/model/source/source.js';

/** text of the instruction as llvm-objdump prints it, its bytes, how to write it */
const cases: [text: string, bytes: string, write: (asm: Assembler) => unknown][] = [
  ['r1 = 7', 'b701000007000000', (a) => a.mov64(R1, 7)],
  ['r6 = r1', 'bf16000000000000', (a) => a.mov64(R6, R1)],
  ['w1 = 7', 'b401000007000000', (a) => a.mov32(R1, 7)],
  ['w6 = w1', 'bc16000000000000', (a) => a.mov32(R6, R1)],
  ['r1 += -8', '07010000f8ffffff', (a) => a.add64(R1, -8)],
  ['r1 -= r2', '1f21000000000000', (a) => a.sub64(R1, R2)],
  ['r1 *= 10', '270100000a000000', (a) => a.mul64(R1, 10)],
  ['r1 /= r2', '3f21000000000000', (a) => a.div64(R1, R2)],
  ['r1 %= 3', '9701000003000000', (a) => a.mod64(R1, 3)],
  ['r1 |= r2', '4f21000000000000', (a) => a.or64(R1, R2)],
  ['r1 &= 255', '57010000ff000000', (a) => a.and64(R1, 255)],
  ['r1 ^= r2', 'af21000000000000', (a) => a.xor64(R1, R2)],
  ['r1 <<= 32', '6701000020000000', (a) => a.lsh64(R1, 32)],
  ['r1 >>= 32', '7701000020000000', (a) => a.rsh64(R1, 32)],
  ['r1 s>>= r2', 'cf21000000000000', (a) => a.arsh64(R1, R2)],
  ['w1 += 1', '0401000001000000', (a) => a.add32(R1, 1)],
  ['w1 s>>= 4', 'c401000004000000', (a) => a.alu32('arsh', R1, 4)],
  ['w1 *= w2', '2c21000000000000', (a) => a.alu32('mul', R1, R2)],
  ['r1 = -r1', '8701000000000000', (a) => a.neg64(R1)],
  ['w1 = -w1', '8401000000000000', (a) => a.neg32(R1)],
  ['r1 = be16 r1', 'dc01000010000000', (a) => a.endian(R1, 'be', 16)],
  ['r1 = be64 r1', 'dc01000040000000', (a) => a.endian(R1, 'be', 64)],
  ['r1 = le32 r1', 'd401000020000000', (a) => a.endian(R1, 'le', 32)],
  ['r0 = *(u8 *)(r1 + 0)', '7110000000000000', (a) => a.load(R0, R1, 0, 'u8')],
  ['r0 = *(u16 *)(r1 + 2)', '6910020000000000', (a) => a.load(R0, R1, 2, 'u16')],
  ['r0 = *(u32 *)(r1 + 4)', '6110040000000000', (a) => a.load(R0, R1, 4, 'u32')],
  ['r0 = *(u64 *)(r1 + 8)', '7910080000000000', (a) => a.load(R0, R1, 8, 'u64')],
  ['r3 = *(u64 *)(r10 - 512)', '79a300fe00000000', (a) => a.load(R3, R10, -512, 'u64')],
  ['*(u64 *)(r10 - 8) = r1', '7b1af8ff00000000', (a) => a.store(R10, -8, R1, 'u64')],
  ['*(u8 *)(r10 - 1) = r1', '731affff00000000', (a) => a.store(R10, -1, R1, 'u8')],
  ['*(u64 *)(r10 - 8) = 0', '7a0af8ff00000000', (a) => a.store(R10, -8, 0, 'u64')],
  ['*(u32 *)(r10 - 4) = -1', '620afcffffffffff', (a) => a.store(R10, -4, -1, 'u32')],
  ['*(u16 *)(r10 - 2) = 5', '6a0afeff05000000', (a) => a.store(R10, -2, 5, 'u16')],
  ['lock *(u64 *)(r0 + 0) += r1', 'db10000000000000', (a) => a.atomicAdd(R0, 0, R1, 'u64')],
  ['lock *(u32 *)(r0 + 4) += r1', 'c310040000000000', (a) => a.atomicAdd(R0, 4, R1, 'u32')],
  ['lock *(u64 *)(r0 + 0) |= r1', 'db10000040000000', (a) => a.atomic('or', R0, 0, R1, 'u64')],
  ['r1 = atomic_fetch_add((u64 *)(r0 + 0), r1)', 'db10000001000000', (a) => a.fetchAdd(R0, 0, R1, 'u64')],
  ['w1 = atomic_fetch_add((u32 *)(r0 + 0), w1)', 'c310000001000000', (a) => a.fetchAdd(R0, 0, R1, 'u32')],
  ['r1 = atomic_fetch_xor((u64 *)(r0 + 0), r1)', 'db100000a1000000', (a) => a.atomic('xor', R0, 0, R1, 'u64', true)],
  ['r1 = xchg_64(r2 + 8, r1)', 'db120800e1000000', (a) => a.xchg(R2, 8, R1, 'u64')],
  ['r0 = cmpxchg_64(r2 + 8, r0, r1)', 'db120800f1000000', (a) => a.cmpxchg(R2, 8, R1, 'u64')],
  ['w0 = cmpxchg32_32(r2 - 4, w0, w1)', 'c312fcfff1000000', (a) => a.cmpxchg(R2, -4, R1, 'u32')],
  ['call 14  # get_current_pid_tgid', '850000000e000000', (a) => a.call(helper.get_current_pid_tgid)],
  ['call 181  # loop', '85000000b5000000', (a) => a.call(helper.loop)],
  ['call -1  # add_bucket', '85100000ffffffff', (a) => a.callFunction('add_bucket')],
  ['call 0  # kfunc bpf_task_acquire', '8520000000000000', (a) => a.callKfunc('bpf_task_acquire')],
  ['r1 = 81985529216486895 ll', '18010000efcdab890000000067452301', (a) => a.loadImm64(R1, 0x0123456789abcdefn)],
  ['r1 = -1 ll', '18010000ffffffff00000000ffffffff', (a) => a.loadImm64(R1, -1n)],
  ['r1 = 0 ll  # map at_reads', '18010000000000000000000000000000', (a) => a.loadMap(R1, 'at_reads')],
  ['r1 = 0 ll  # .rodata[16]', '18010000000000000000000000000000', (a) => a.loadMapValue(R1, '.rodata', 16)],
  ['r2 = 0 ll  # on_element', '18420000000000000000000000000000', (a) => a.loadFunction(R2, 'on_element')],
  ['exit', '9500000000000000', (a) => a.exit()],
  ['r1 = 5  # the answer', 'b701000005000000', (a) => a.comment('the answer').mov64(R1, 5)],
];

t.test('one instruction: text, bytes, and back', async (t) => {
  for (const [text, bytes, write] of cases) {
    const asm = new Assembler();
    write(asm);
    const insns = asm.finish();
    t.equal(insns.map((insn) => formatInsn(insn)).join('\n'), text, text);
    const encoded = encodeInsns(insns);
    t.equal(Buffer.from(encoded).toString('hex'), bytes, `${text}: bytes`);
    const plain = insns.map(({ opcode, dst, src, off, imm }) => ({ opcode, dst, src, off, imm }));
    t.same(decodeInsns(encoded), plain, `${text}: decoded`);
  }
});

const constants: [value: number | bigint, text: string][] = [
  [0, 'r1 = 0'],
  [-1, 'r1 = -1'],
  [0x7fffffff, 'r1 = 2147483647'],
  [0x80000000, 'w1 = -2147483648'],
  [0xffffffff, 'w1 = -1'],
  [0x100000000, 'r1 = 4294967296 ll'],
  [-0x80000000, 'r1 = -2147483648'],
  [-0x80000001, 'r1 = -2147483649 ll'],
  [0xffffffffffffffffn, 'r1 = -1'],
  [0x8000000000000000n, 'r1 = -9223372036854775808 ll'],
];
t.test('loadConst takes the shortest form', async (t) => {
  for (const [value, text] of constants) t.equal(new Assembler().loadConst(R1, value).finish().map((i) => formatInsn(i)).join(), text, String(value));
});

const jumps: [text: string, write: (asm: Assembler, to: ReturnType<Assembler['label']>) => unknown][] = [
  ['goto +1', (a, to) => a.jump(to)],
  ['if r1 == 0 goto +1', (a, to) => a.jumpIf(R1, '==', 0, to)],
  ['if r1 != r2 goto +1', (a, to) => a.jumpIf(R1, '!=', R2, to)],
  ['if r1 > 5 goto +1', (a, to) => a.jumpIf(R1, '>', 5, to)],
  ['if r1 >= r2 goto +1', (a, to) => a.jumpIf(R1, '>=', R2, to)],
  ['if r1 < 5 goto +1', (a, to) => a.jumpIf(R1, '<', 5, to)],
  ['if r1 <= 5 goto +1', (a, to) => a.jumpIf(R1, '<=', 5, to)],
  ['if r1 s> -1 goto +1', (a, to) => a.jumpIf(R1, 's>', -1, to)],
  ['if r1 s>= r2 goto +1', (a, to) => a.jumpIf(R1, 's>=', R2, to)],
  ['if r1 s< 0 goto +1', (a, to) => a.jumpIf(R1, 's<', 0, to)],
  ['if r1 s<= r2 goto +1', (a, to) => a.jumpIf(R1, 's<=', R2, to)],
  ['if r1 & 8 goto +1', (a, to) => a.jumpIf(R1, '&', 8, to)],
  ['if w1 == w2 goto +1', (a, to) => a.jumpIf32(R1, '==', R2, to)],
  ['if w1 s< 3 goto +1', (a, to) => a.jumpIf32(R1, 's<', 3, to)],
];
t.test('jumps', async (t) => {
  for (const [text, write] of jumps) {
    const asm = new Assembler();
    const to = asm.label('to');
    write(asm, to);
    const [insn] = asm.mov64(R0, 0).place(to).exit().finish();
    t.equal(formatInsn(insn!), text);
  }
});

t.test('distances count the two slots of lddw, forwards and backwards', async (t) => {
  const asm = new Assembler();
  const again = asm.label('again');
  const done = asm.label('done');
  asm.place(again).jumpIf(R1, '==', 0, done).loadMap(R2, 'm').add64(R1, -1).jump(again).place(done).exit();
  t.equal(asm.slotCount, 6);
  const insns = asm.finish();
  t.same(insns.map((insn) => insn.off), [4, 0, 0, -5, 0]);
  t.same(insns.map(slotCount), [1, 2, 1, 1, 1]);
  t.same(insns.map((insn) => insn.label), ['again', undefined, undefined, undefined, 'done']);
});

t.test('spans and comments', async (t) => {
  const source = new Source('stdin', 'BEGIN { exit() }');
  const span = source.span(8, 14);
  const insns: Insn[] = new Assembler().mov64(R0, 0).at(span).mov64(R1, 1).comment('c').mov64(R2, 2).at(undefined).exit().finish();
  t.same(insns.map((insn) => insn.span === span), [false, true, true, false]);
  t.same(insns.map((insn) => insn.comment), [undefined, undefined, 'c', undefined]);
});

const mistakes: [title: string, message: RegExp, write: (asm: Assembler) => unknown][] = [
  ['label used, never placed', /label 'x' is used but never placed/, (a) => a.jump(a.label('x')).exit().finish()],
  ['label behind the last instruction', /label 'x' stands behind/, (a) => { const x = a.label('x'); a.jump(x).place(x).finish(); }],
  ['label placed twice', /'x' is placed twice/, (a) => { const x = a.label('x'); a.place(x).exit().place(x); }],
  ['label of another assembler', /belongs to another/, (a) => a.place(new Assembler().label('x'))],
  ['jump to a label of another assembler', /belongs to another/, (a) => a.jump(new Assembler().label('x'))],
  ['immediate too large', /immediate 2147483648 does not fit/, (a) => a.add64(R1, 2147483648)],
  ['immediate not whole', /immediate 0.5 does not fit/, (a) => a.add64(R1, 0.5)],
  ['offset too large', /offset 32768 does not fit/, (a) => a.load(R1, R2, 32768, 'u8')],
  ['jump too far', /a jump of 32768 instructions/, (a) => {
    const end = a.label('end');
    a.jump(end);
    for (let i = 0; i < 32768; i++) a.mov64(R0, 0);
    a.place(end).exit().finish();
  }],
  ['jump too far once the kernel has replaced calls', /a jump of 36000 instructions/, (a) => {
    const end = a.label('end');
    a.jump(end);
    for (let i = 0; i < 4000; i++) a.call(helper.map_lookup_elem);
    a.place(end).exit().finish();
  }],
];
t.test('mistakes throw', async (t) => {
  for (const [title, message, write] of mistakes) t.throws(() => write(new Assembler()), { message }, title);
});

t.test('the longest jump is encoded', async (t) => {
  const asm = new Assembler();
  const end = asm.label('end');
  asm.jump(end);
  for (let i = 0; i < 32767; i++) asm.mov64(R0, 0);
  t.equal(asm.place(end).exit().finish()[0]!.off, 32767);
});
