// struct pt_regs per architecture: where reg() and argN find a register (language.md 4.5).
//
//   facts  arch/x86/include/asm/ptrace.h, arch/arm64/include/uapi/asm/ptrace.h; bytes from the start of the context

import type { Arch } from '../model/target/target.js';

const x86 = ['r15', 'r14', 'r13', 'r12', 'bp', 'bx', 'r11', 'r10', 'r9', 'r8', 'ax', 'cx', 'dx', 'si', 'di', 'orig_rax', 'ip', 'cs', 'flags', 'sp', 'ss'];
const arm64 = Array.from({ length: 31 }, (_, i) => `r${i}`).concat('sp', 'pc', 'pstate');

/** Byte offset of a register in struct pt_regs; undefined when the architecture has none of that name. */
export function registerOffset(arch: Arch, name: string): number | undefined {
  const names = arch === 'x86_64' ? x86 : arm64;
  if (arch === 'arm64' && name === 'orig_x0') return 272;
  const plain = arch === 'x86_64' && name === 'pc' ? 'ip' : name.replace(/^regs\[(\d+)\]$/, 'r$1');
  const index = names.indexOf(plain);
  return index < 0 ? undefined : index * 8;
}

export const argumentRegisters: Readonly<Record<Arch, readonly string[]>> = {
  x86_64: ['di', 'si', 'dx', 'cx', 'r8', 'r9'],
  arm64: ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7'],
};
/** on either architecture */
export const STACK_POINTER = 'sp';
/** at the entry of a function: bytes from the stack pointer to the first argument there. x86 has pushed the return address */
export const firstStackArgument: Readonly<Record<Arch, number>> = { x86_64: 8, arm64: 0 };
export const returnRegister: Readonly<Record<Arch, string>> = { x86_64: 'ax', arm64: 'r0' };
export const instructionPointer: Readonly<Record<Arch, string>> = { x86_64: 'ip', arm64: 'pc' };
/** where struct pt_regs has the number of the system call: orig_ax, syscallno. Of orig_ax only the lower half counts, whatever a program put above */
export const syscallNumberField: Readonly<Record<Arch, { readonly offset: number; readonly width: 4 | 8 }>> = {
  x86_64: { offset: 120, width: 4 },
  arm64: { offset: 280, width: 4 },
};
/** what system calls take their arguments in; differs from functions in the fourth on x86_64 */
export const syscallRegisters: Readonly<Record<Arch, readonly string[]>> = {
  x86_64: ['di', 'si', 'dx', 'r10', 'r8', 'r9'],
  arm64: ['orig_x0', 'r1', 'r2', 'r3', 'r4', 'r5'],
};
