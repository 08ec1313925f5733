// opensnoop under a load of perl, whose system calls are known.

import { underLoad, type Loaded } from './tool-load.js';

/** System calls of x86-64. A name needs a variable: perl hands a constant to no system call. */
export const number = { open: 2, creat: 85, openat: 257, openat2: 437 } as const;
export const AT_FDCWD = -100;
export const O = { RDONLY: 0, WRONLY: 1, RDWR: 2, CREAT: 0o100, TRUNC: 0o1000, DIRECTORY: 0o200000, CLOEXEC: 0o2000000, PATH: 0o10000000, TMPFILE: 0o20200000 } as const;
export const ENOENT = 2;

/** Statements of perl; names are in perl's qq(). */
export const open = (name: string, flags: number, mode = 0): string => `$n = qq(${name}); syscall(${number.open}, $n, ${flags}, ${mode})`;
export const creat = (name: string, mode: number): string => `$n = qq(${name}); syscall(${number.creat}, $n, ${mode})`;
export const openat = (at: number | string, name: string, flags: number, mode = 0): string => `$n = qq(${name}); syscall(${number.openat}, ${at}, $n, ${flags}, ${mode})`;
export const openat2 = (name: string, flags: number, mode = 0, resolve = 0): string => `$n = qq(${name}); $how = pack(q(QQQ), ${flags}, ${mode}, ${resolve}); syscall(${number.openat2}, ${AT_FDCWD}, $n, $how, 24)`;

/** The last open of a load. */
export const last = '/tbpf/the-last-one';
export const end = /the-last-one\n/;

/** Runs statements of perl in a folder, and one more open. */
export async function opens(folder: string, options: readonly string[], statements: readonly string[]): Promise<Loaded> {
  const program = [...statements, open(last, 0)].join('; ');
  return underLoad({ args: (pid) => ['opensnoop', '-p', String(pid), ...options], load: `cd ${folder}; exec perl -e '${program}'\n`, until: end });
}

/** The lines of the load, in columns: what perl itself opens while it starts is of no concern. */
export function linesOf({ lines }: Loaded): string[] {
  return lines.slice(1, -1).filter((line) => line.includes('tbpf'));
}

export const row = ({ pid }: Loaded, fd: number, err: number, path: string): string => `${String(pid).padEnd(6)} ${'perl'.padEnd(16)} ${String(fd).padStart(4)} ${String(err).padStart(3)} ${path}`;

