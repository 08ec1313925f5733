// The four system calls that open files, and where a script finds what they were given.
//
//   out    expressions of the script
//   facts  fexit: the kernel has a function for each system call, and one more for those of 32-bit programs. It gets the registers of the program
//          (arch/x86/include/asm/syscall_wrapper.h), so that one program sees the arguments and the result.
//          tracepoint: open, creat, openat and openat2 are system calls of their own; an architecture may lack some, whose probes are left out. What
//          was asked for is kept from the entry to the return of a call. Of 32-bit programs see CALL_OF_32_BITS

import { AT_FDCWD } from '../shared/constants.js';
import { CREAT_FLAGS } from './flags.js';

/** What opens are seen by. */
export const sources = ['fexit', 'tracepoint'] as const;
export type Source = (typeof sources)[number];

/** Expressions of the script. */
export interface Call {
  /** address in the memory of the program */
  readonly path: string;
  readonly flags: string;
  readonly mode: string;
  /** that a relative name begins in */
  readonly folder: string;
}

export const callNames = ['open', 'creat', 'openat', 'openat2'] as const;
export type CallName = (typeof callNames)[number];
const WORKING_FOLDER = `(int32)${AT_FDCWD}`;

export const ofTracepoint: Readonly<Record<CallName, Call>> = {
  open: { path: '(uint64)args.filename', flags: '(uint64)args.flags', mode: '(uint64)args.mode', folder: WORKING_FOLDER },
  creat: { path: '(uint64)args.pathname', flags: `(uint64)${CREAT_FLAGS}`, mode: '(uint64)args.mode', folder: WORKING_FOLDER },
  openat: { path: '(uint64)args.filename', flags: '(uint64)args.flags', mode: '(uint64)args.mode', folder: 'args.dfd' },
  openat2: { path: '(uint64)args.filename', flags: 'args.how.flags', mode: 'args.how.mode', folder: 'args.dfd' },
};

/** How a kind of program calls. */
interface Abi {
  /** of x86-64, in order */
  readonly registers: readonly [string, string, string, string];
  /** type of an address */
  readonly address: 'uint64' | 'uint32';
  /** functions of the kernel */
  readonly functions: Readonly<Record<CallName, string>>;
}

export const abi64: Abi = {
  registers: ['di', 'si', 'dx', 'r10'], address: 'uint64',
  functions: { open: '__x64_sys_open', creat: '__x64_sys_creat', openat: '__x64_sys_openat', openat2: '__x64_sys_openat2' },
};
export const abi32: Abi = {
  registers: ['bx', 'cx', 'dx', 'si'], address: 'uint32',
  functions: { open: '__ia32_compat_sys_open', creat: '__ia32_sys_creat', openat: '__ia32_compat_sys_openat', openat2: '__ia32_sys_openat2' },
};
/** Numbers of the calls of 32-bit programs (arch/x86/entry/syscalls/syscall_32.tbl). */
export const numbers32: Readonly<Record<CallName, number>> = { open: 5, creat: 8, openat: 295, openat2: 437 };

/** What a call was given, in `$regs`. */
export function ofRegisters({ registers, address }: Abi, name: CallName): Call {
  const [first, second, third, fourth] = registers.map((register) => `$regs.${register}`) as [string, string, string, string];
  const pointer = (value: string): string => (address === 'uint64' ? value : `(uint64)(uint32)${value}`);
  const flags = (value: string): string => `(uint64)(int32)${value}`;
  const mode = (value: string): string => `(uint64)(uint16)${value}`;
  switch (name) {
    case 'open': return { path: pointer(first), flags: flags(second), mode: mode(third), folder: WORKING_FOLDER };
    case 'creat': return { path: pointer(first), flags: `(uint64)${CREAT_FLAGS}`, mode: mode(second), folder: WORKING_FOLDER };
    case 'openat': return { path: pointer(second), flags: flags(third), mode: mode(fourth), folder: `(int32)${first}` };
    // struct open_how
    case 'openat2': return { path: pointer(second), flags: `*(uint64 *)uptr(${pointer(third)})`, mode: `*(uint64 *)uptr(${pointer(third)} + 8)`, folder: `(int32)${first}` };
  }
}

