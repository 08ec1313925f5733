// Flags of open(2) by name.
//
//   facts  O_LARGEFILE is 0 for 64-bit programs, as C and Python have it: the kernel adds its own behind the call

import { constants } from 'node:fs';
import { openFlags } from '../shared/constants.js';
import { ToolFailure } from '../shared/failure.js';

const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC } = constants;
const { O_ACCMODE, O_TMPFILE } = openFlags;

const known: Readonly<Record<string, number>> = { ...openFlags, O_LARGEFILE: 0 };

/** What creat() is short for. */
export const CREAT_FLAGS = O_CREAT | O_WRONLY | O_TRUNC;
/** One of them: the file may be changed. */
export const WRITING_FLAGS = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

/** @throws ToolFailure  in bcc's words */
export function flagNumber(name: string): number {
  const number = Object.hasOwn(known, name) ? known[name] : undefined;
  if (number === undefined) throw new ToolFailure(`Bad flag: ${name}`);
  return number;
}

/** The condition of -f: one of the flags is set; a flag that is 0 (O_RDONLY) is set where nothing else says how the file is accessed. */
export function flagsCondition(flags: string, names: readonly string[]): string {
  const numbers = names.map(flagNumber);
  const bits = numbers.reduce((all, number) => all | number, 0);
  const tests = [...(bits === 0 ? [] : [`(${flags} & ${bits}) != 0`]), ...(numbers.includes(0) ? [`(${flags} & ${O_ACCMODE}) == 0`] : [])];
  return `(${tests.join(' || ')})`;
}

/** Whether the mode of the call means anything. */
export function hasMode(flags: number, mode: number): boolean {
  return (flags & O_CREAT) !== 0 || (flags & O_TMPFILE) === O_TMPFILE || mode !== 0;
}
