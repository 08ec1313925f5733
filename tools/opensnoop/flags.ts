// Flags of open(2) by name.
//
//   facts  numbers differ between architectures; Node knows those of the running one but for these, which x86-64 and arm64 have in common
//          (include/uapi/asm-generic/fcntl.h). O_LARGEFILE is 0 for 64-bit programs of x86-64, as C and Python have it

import { constants } from 'node:fs';
import { ToolFailure } from '../shared/failure.js';

const { O_DIRECTORY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_NONBLOCK, O_SYNC } = constants;

const O_TMPFILE = 0o20000000 | O_DIRECTORY;

const known: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(constants).filter(([name]) => name.startsWith('O_'))),
  O_ACCMODE: 3, O_ASYNC: 0o20000, O_CLOEXEC: 0o2000000, O_LARGEFILE: 0, O_NDELAY: O_NONBLOCK, O_PATH: 0o10000000, O_RSYNC: O_SYNC, O_TMPFILE,
};

/** What creat() is short for. */
export const CREAT_FLAGS = O_CREAT | O_WRONLY | O_TRUNC;
/** One of them: the file may be changed. */
export const WRITING_FLAGS = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
const ACCESS = 3;

/** @throws ToolFailure  in bcc's words */
export function flagNumber(name: string): number {
  const number = name.startsWith('O_') ? known[name] : undefined;
  if (number === undefined) throw new ToolFailure(`Bad flag: ${name}`);
  return number;
}

/** The condition of -f: one of the flags is set; a flag that is 0 (O_RDONLY) is set where nothing else says how the file is accessed. */
export function flagsCondition(flags: string, names: readonly string[]): string {
  const numbers = names.map(flagNumber);
  const bits = numbers.reduce((all, number) => all | number, 0);
  const tests = [...(bits === 0 ? [] : [`(${flags} & ${bits}) != 0`]), ...(numbers.includes(0) ? [`(${flags} & ${ACCESS}) == 0`] : [])];
  return `(${tests.join(' || ')})`;
}

/** Whether the mode of the call means anything. */
export function hasMode(flags: number, mode: number): boolean {
  return (flags & O_CREAT) !== 0 || (flags & O_TMPFILE) === O_TMPFILE || mode !== 0;
}
