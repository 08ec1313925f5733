// Operands of USDT notes: rows for both architectures, as compilers write them, and as nobody should.

import t from 'tap';
import type { Arch } from '../../../../lib/model/target/target.js';
import type { UsdtSum } from '../../../../lib/model/layout/usdt.js';
import { parseUsdtArguments } from '../../../../lib/language/probes/usdt-arguments.js';
import { registerOffset } from '../../../../lib/language/registers.js';
import { dice } from '../../../helpers/dice.js';

/** `-8 + di + si<<2`; halves of registers in brackets; a sum of 32 bits in front of `|32` */
function spellSum({ displacement, terms, bits }: UsdtSum): string {
  const parts = terms.map(({ register, bits: width, signed, shift }) => `${width === 32 ? `(${signed ? 'int' : 'uint'})` : ''}${register}${shift === 0 ? '' : `<<${shift}`}`);
  return [...parts, ...(displacement !== 0n || parts.length === 0 ? [String(displacement)] : [])].join(' + ') + (bits === 32 ? ' |32' : '');
}

function spell(text: string, arch: Arch): string[] {
  return parseUsdtArguments(text, arch).map((argument) => {
    if ('unreadable' in argument) return `it ${argument.unreadable}`;
    const { sizeBytes, signed, operand, symbol } = argument;
    const where = operand.kind === 'register' ? `${operand.register}${operand.shift === 0 ? '' : `>>${operand.shift}`}:${operand.bits}` : operand.kind === 'memory' ? `*(${spellSum(operand.sum)})` : spellSum(operand.sum);
    return `${signed ? 'i' : 'u'}${sizeBytes} ${where}${symbol === undefined ? '' : ` & ${symbol.name}${symbol.part === 'whole' ? '' : ', its low 12 bits'}`}`;
  });
}

const float = 'it is a floating-point number';
const threadLocal = 'it is thread-local';
const unknown = (operand: string): string => `it lies at ${operand}, which is no operand that is known here`;

const rows: readonly (readonly [arch: Arch, text: string, ...want: string[]])[] = [
  // registers of x86-64, whole and in parts
  ['x86_64', '8@%rax -8@%rdi 8@%rbp 8@%rsp 8@%r8 -8@%r15', 'u8 ax:64', 'i8 di:64', 'u8 bp:64', 'u8 sp:64', 'u8 r8:64', 'i8 r15:64'],
  ['x86_64', '-4@%eax 4@%esi 4@%r9d', 'i4 ax:32', 'u4 si:32', 'u4 r9:32'],
  ['x86_64', '-2@%ax 2@%di 2@%r10w', 'i2 ax:16', 'u2 di:16', 'u2 r10:16'],
  ['x86_64', '1@%al -1@%bh 1@%sil 1@%bpl 1@%r11b -1@%r12l', 'u1 ax:8', 'i1 bx>>8:8', 'u1 si:8', 'u1 bp:8', 'u1 r11:8', 'i1 r12:8'],
  ['x86_64', '-4@%rax 8@%ecx', 'i4 ax:64', 'u8 cx:32'],
  // sizes that C has not, and those that are none
  ['x86_64', '3@%eax -5@%rdx 7@8(%rsp) -6@%rcx', 'u3 ax:32', 'i5 dx:64', 'u7 *(sp + 8)', 'i6 cx:64'],
  ['x86_64', '0@%eax 9@%rax 16@8(%rsp) -99999@%rax', 'it has 0 bytes, and arguments have 1 to 8', 'it has 9 bytes, and arguments have 1 to 8', 'it has 16 bytes, and arguments have 1 to 8', 'it has 99999 bytes, and arguments have 1 to 8'],
  // constants
  ['x86_64', '4@$7 -4@$-5 8@$0x10 -8@$-0x10 8@$18446744073709551615 -1@$+3', 'u4 7', 'i4 -5', 'u8 16', 'i8 -16', 'u8 -1', 'i1 3'],
  // memory
  ['x86_64', '8@(%rdi) -4@-16(%rbp) 4@0x20(%rsp) 8@-8+4(%rbp)', 'u8 *(di)', 'i4 *(bp + -16)', 'u4 *(sp + 32)', 'u8 *(bp + -4)'],
  ['x86_64', '-4@(%rdi,%rsi,4) 8@8(%rax,%rbx) 1@(%rax,%rbx,1) 2@-2(%r8,%r9,8)', 'i4 *(di + si<<2)', 'u8 *(ax + bx + 8)', 'u1 *(ax + bx)', 'u2 *(r8 + r9<<3 + -2)'],
  ['x86_64', '4@16(,%rax,8) 4@(,%rcx,2)', 'u4 *(ax<<3 + 16)', 'u4 *(cx<<1)'],
  ['x86_64', '4@0x601040 8@6295616', 'u4 *(6295616)', 'u8 *(6295616)'],
  // symbols
  ['x86_64', '-4@counter(%rip) 4@table+8(%rip) 4@8+table-4(%rip)', 'i4 *(0) & counter', 'u4 *(8) & table', 'u4 *(4) & table'],
  ['x86_64', '-4@counter 4@table(,%rax,4) 8@table+16(%rax)', 'i4 *(0) & counter', 'u4 *(ax<<2) & table', 'u8 *(ax + 16) & table'],
  ['x86_64', '8@$table 8@$table+4 8@$.LC0 8@_ZN1a1bE.part.0(%rip)', 'u8 0 & table', 'u8 4 & table', 'u8 0 & .LC0', 'u8 *(0) & _ZN1a1bE.part.0'],
  // 32-bit programs
  ['x86_64', '-4@4(%esp) 4@(%eax,%ebx,4) 4@%ebp', 'i4 *((uint)sp + 4 |32)', 'u4 *((uint)ax + (uint)bx<<2 |32)', 'u4 bp:32'],
  // without sizes, as the first SystemTap wrote them
  ['x86_64', '%rdi 8(%rsp) $5', 'u8 di:64', 'u8 *(sp + 8)', 'u8 5'],
  ['x86_64', ''],
  ['x86_64', '  \t '],
  // what cannot be read
  ['x86_64', '8@%xmm0 -8f@%xmm1 4f@-8(%rbp) 4f@%eax 32@%ymm3 8@%mm1 10@%st(0)', float, float, float, float, float, float, float],
  ['x86_64', '4@%fs:16 4@%fs:x@tpoff 8@x@gottpoff(%rip) 8@%gs:(%rax)', threadLocal, threadLocal, threadLocal, threadLocal],
  ['x86_64', '8@16(%rip) 8@(%rip) 8@%cr0 8@%rip2 8@x@GOTPCREL(%rip)', unknown('16(%rip)'), unknown('(%rip)'), unknown('%cr0'), unknown('%rip2'), unknown('x@GOTPCREL(%rip)')],
  ['x86_64', '8@(%rax,%rbx,3) 8@(%rax,%ebx) 8@(%ax) 8@(%rax 8@%rbx)', unknown('(%rax,%rbx,3)'), unknown('(%rax,%ebx)'), unknown('(%ax)'), unknown('(%rax 8@%rbx)')],
  ['x86_64', '8@() 8@(,) 8@(%rax,%rbx,4,5) 8@a+b(%rip) 8@-a(%rip) 8@$ 8@', unknown('()'), unknown('(,)'), unknown('(%rax,%rbx,4,5)'), unknown('a+b(%rip)'), unknown('-a(%rip)'), unknown('$'), unknown('')],
  // arm64
  ['arm64', '8@x0 -8@x30 4@w1 -4@w29 -1@w3 2@x2', 'u8 r0:64', 'i8 r30:64', 'u4 r1:32', 'i4 r29:32', 'i1 r3:32', 'u2 r2:64'],
  ['arm64', '8@sp 8@fp 8@lr 8@wsp 8@xzr -4@wzr', 'u8 sp:64', 'u8 r29:64', 'u8 r30:64', 'u8 sp:32', 'u8 0', 'i4 0'],
  ['arm64', '4@5 -4@-5 8@#16 8@0x10', 'u4 5', 'i4 -5', 'u8 16', 'u8 16'],
  ['arm64', '8@[x0] -4@[sp, 60] 4@[x29,-16] 8@[sp, #8]', 'u8 *(r0)', 'i4 *(sp + 60)', 'u4 *(r29 + -16)', 'u8 *(sp + 8)'],
  ['arm64', '4@[x0, x1] 8@[x0, x1, lsl 3] 4@[x0, w1, sxtw 2] 4@[x0, w1, uxtw #2] 1@[x0,w1,sxtw] 8@[x0, x1, sxtx 3]', 'u4 *(r0 + r1)', 'u8 *(r0 + r1<<3)', 'u4 *(r0 + (int)r1<<2)', 'u4 *(r0 + (uint)r1<<2)', 'u1 *(r0 + (int)r1)', 'u8 *(r0 + r1<<3)'],
  ['arm64', '4@[x0, #:lo12:counter] 4@[x0, :lo12:table+8]', 'u4 *(r0) & counter, its low 12 bits', 'u4 *(r0 + 8) & table, its low 12 bits'],
  ['arm64', '8@d0 4@s1 16@q2 8f@x0 8@v3', float, float, float, float, float],
  ['arm64', '8@[x0, 16]! 8@[x0], 16 8@[w0] 8@x31 8@[x0, counter] 8@[x0, w1] 8@[x0, x1, lsl 9] 8@counter', unknown('[x0, 16]!'), unknown('[x0],'), 'u8 16', unknown('[w0]'), unknown('x31'), unknown('[x0, counter]'), unknown('[x0, w1]'), unknown('[x0, x1, lsl 9]'), unknown('counter')],
];

for (const [arch, text, ...want] of rows) t.test(`${arch}: ${text}`, async (t) => t.strictSame(spell(text, arch), want));

t.test('every register that is named has a place in struct pt_regs', async (t) => {
  for (const [arch, text, ...want] of rows) {
    for (const argument of parseUsdtArguments(text, arch)) {
      if ('unreadable' in argument) continue;
      const { operand } = argument;
      for (const name of operand.kind === 'register' ? [operand.register] : operand.sum.terms.map((term) => term.register)) t.type(registerOffset(arch, name), 'number', `${name} of ${want.join()}`);
    }
  }
});

t.test('at most 255, as bpftrace reads', async (t) => {
  t.equal(parseUsdtArguments('4@%eax '.repeat(400), 'x86_64').length, 255);
});

t.test('whatever a file says is read soon', async (t) => {
  const pieces = ['4@', '-8@', '%rax', '(', ')', '[', ']', ',', '$', '1', '999999999999999999999999', '-', '+', 'sym', '.', '%', 'x0', ' ', '\t', '0x', 'f@', ':', '#', 'lsl 3', '\u0000', 'é', '%fs:'];
  const chance = dice(7);
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: chance.below(12) }, () => chance.one(pieces)).join('');
    for (const arch of ['x86_64', 'arm64'] as const) {
      for (const argument of parseUsdtArguments(text, arch)) if (!('unreadable' in argument) && !(argument.sizeBytes >= 1 && argument.sizeBytes <= 8)) t.fail(`${text}: ${argument.sizeBytes} bytes`);
    }
  }
  const started = process.hrtime.bigint();
  for (const piece of pieces) for (const arch of ['x86_64', 'arm64'] as const) parseUsdtArguments(piece.repeat(10_000), arch);
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  t.ok(ms < 2000, `long texts take ${ms.toFixed()} ms`);
});
