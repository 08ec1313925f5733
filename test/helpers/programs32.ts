// A program of 32 bits that opens files and fails to run others, put together by gcc from assembler: no library of 32 bits is needed.
//
//   facts  not every kernel runs such programs; the numbers of its system calls are those of 32-bit x86

import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** open, creat, openat, openat2; execve and execveat of what is not there. Nothing else is called but exit. */
const source = `
.globl _start
_start:
  mov $5, %eax; mov $opened, %ebx; xor %ecx, %ecx; xor %edx, %edx; int $0x80
  mov $8, %eax; mov $created, %ebx; mov $0600, %ecx; int $0x80
  mov $295, %eax; mov $-100, %ebx; mov $there, %ecx; mov $0100000, %edx; xor %esi, %esi; int $0x80
  mov $437, %eax; mov $-100, %ebx; mov $how_opened, %ecx; mov $how, %edx; mov $24, %esi; int $0x80
  mov $11, %eax; mov $none, %ebx; mov $argv, %ecx; mov $envp, %edx; int $0x80
  mov $358, %eax; mov $-100, %ebx; mov $none, %ecx; mov $argv, %edx; mov $envp, %esi; xor %edi, %edi; int $0x80
  mov $1, %eax; xor %ebx, %ebx; int $0x80
.data
opened: .asciz "/tbpf/open32"
created: .asciz "tbpf-none/creat32"
there: .asciz "/etc/passwd"
how_opened: .asciz "tbpf-how32/x"
.align 8
how: .quad 0101, 0644, 0
none: .asciz "/tbpf/exec32"
one: .asciz "first argument"
two: .asciz "second"
variable: .asciz "TBPF_TEST=of 32 bits"
.align 4
argv: .long none, one, two, 0
envp: .long variable, 0
`;

/** @returns path of the program; undefined: this kernel runs no programs of 32 bits */
export function program32(folder: string): string | undefined {
  const path = join(folder, 'program32');
  writeFileSync(`${path}.s`, source);
  execFileSync('gcc', ['-m32', '-nostdlib', '-static', '-o', path, `${path}.s`]);
  return spawnSync(path).status === 0 ? path : undefined;
}
