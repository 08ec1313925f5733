// Lengths of x86-64 instructions, one row each.

import t from 'tap';
import { beginsInstruction, instructionBytes } from '../../../../lib/model/target/x86-instructions.js';

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.split(' '), (byte) => parseInt(byte, 16));

/** Each is followed by nothing, so that the last of its bytes must belong to it. undefined: nothing can be said. */
const rows: [hex: string, what: string, known?: false][] = [
  ['55', 'push rbp'],
  ['48 89 e5', 'mov rbp, rsp'],
  ['48 89 7d f8', 'mov [rbp-8], rdi'],
  ['48 8b 44 24 08', 'mov rax, [rsp+8]'],
  ['48 8b 04 25 28 00 00 00', 'mov rax, [0x28]: SIB without base'],
  ['64 48 8b 04 25 28 00 00 00', 'the same of fs'],
  ['8b 05 11 22 33 44', 'mov eax, [rip+…]'],
  ['8b 84 24 11 22 33 44', 'mov eax, [rsp+disp32]'],
  ['b8 01 00 00 00', 'mov eax, imm32'],
  ['66 b8 01 00', 'mov ax, imm16'],
  ['48 b8 01 02 03 04 05 06 07 08', 'movabs rax, imm64'],
  ['66 48 b8 01 02 03 04 05 06 07 08', '66 means nothing before REX.W'],
  ['48 c7 c0 01 00 00 00', 'mov rax, imm32'],
  ['66 c7 45 fe 01 00', 'mov word [rbp-2], imm16'],
  ['f6 c1 01', 'test cl, imm8'],
  ['f6 d1', 'not cl'],
  ['f7 c1 01 00 00 00', 'test ecx, imm32'],
  ['66 f7 c1 01 00', 'test cx, imm16'],
  ['f7 d9', 'neg ecx'],
  ['48 a1 01 02 03 04 05 06 07 08', 'mov rax, [imm64]'],
  ['67 a1 01 02 03 04', 'mov eax, [imm32]'],
  ['c8 10 00 01', 'enter 16, 1'],
  ['c2 08 00', 'ret 8'],
  ['e8 00 00 00 00', 'call'],
  ['66 66 48 e8 00 00 00 00', 'call, as thread-local storage pads it'],
  ['66 e8 00 00', 'a call whose length processors disagree about', false],
  ['0f 84 00 00 00 00', 'je'],
  ['74 00', 'je, short'],
  ['f3 c3', 'rep ret'],
  ['f3 0f 1e fa', 'endbr64'],
  ['66 2e 0f 1f 84 00 00 00 00 00', 'a long nop'],
  ['0f 0b', 'ud2'],
  ['9b', 'fwait'],
  ['8f 45 00', 'pop [rbp]'],
  ['8f e8 78 c2 c1', 'XOP', false],
  ['66 0f 3a 0f c1 08', 'palignr'],
  ['66 0f 38 00 c1', 'pshufb'],
  ['c5 f8 77', 'vzeroupper'],
  ['c5 f9 70 c1 1b', 'vpshufd'],
  ['c5 fd 6f 45 00', 'vmovdqa'],
  ['c4 e3 7d 18 c1 01', 'vinsertf128'],
  ['c4 e2 7d 18 05 11 22 33 44', 'vbroadcastss'],
  ['62 f1 fe 48 6f 47 01', 'vmovdqu64 zmm'],
  ['62 f3 7d 48 1b c1 01', 'vextractf32x8'],
  ['62 f5 7c 48 58 c1', 'vaddph'],
  ['06', 'what only 32-bit code has', false],
  ['48', 'a prefix before nothing', false],
  ['66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90', 'more than 15 bytes', false],
];

for (const [hex, what, known = true] of rows) {
  t.test(`${what}: ${hex}`, async (t) => {
    const code = bytesOf(hex);
    t.equal(instructionBytes(code, 0), known ? code.length : undefined);
    for (let shorter = 0; shorter < code.length; shorter++) t.equal(instructionBytes(code.subarray(0, shorter), 0), undefined, `not of ${shorter} bytes`);
  });
}

t.test('where one begins', async (t) => {
  const code = bytesOf('55 48 89 e5 06 90');
  t.strictSame([0, 1, 2, 3, 4, 5, 6].map((offset) => beginsInstruction(code, offset)), [true, true, false, false, true, undefined, undefined]);
});
