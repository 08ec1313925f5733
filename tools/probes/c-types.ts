// Types in C's words as types of the script.
//
//   in     words of a signature, a cast or argdist's list of types
//   out    the language's spelling; names that C does not define are kept, since the kernel's types tell what they are
//   facts  widths are those of 64-bit Linux

import { ProbeProblem } from './problem.js';
import type { CType } from './tree.js';

export interface ScriptType {
  /** as the script writes it */
  readonly text: string;
  readonly pointer: boolean;
  /** `char *` and its kin: a string */
  readonly string: boolean;
  /** marked `__user` */
  readonly user: boolean;
}

const named: Readonly<Record<string, string>> = {
  bool: 'bool', _Bool: 'bool', void: 'void',
  size_t: 'uint64', ssize_t: 'int64', uintptr_t: 'uint64', intptr_t: 'int64', ptrdiff_t: 'int64', off_t: 'int64', loff_t: 'int64', time_t: 'int64',
  pid_t: 'int32', uid_t: 'uint32', gid_t: 'uint32', mode_t: 'uint32',
  ...Object.fromEntries([8, 16, 32, 64].flatMap((bits) => [
    [`u${bits}`, `uint${bits}`], [`s${bits}`, `int${bits}`], [`__u${bits}`, `uint${bits}`], [`__s${bits}`, `int${bits}`], [`uint${bits}_t`, `uint${bits}`], [`int${bits}_t`, `int${bits}`],
  ])),
};

/** @throws ProbeProblem */
export function scriptType(type: CType): ScriptType {
  const texts = type.words.map(({ text }) => text);
  const user = texts.includes('__user');
  const words = texts.filter((word) => !['const', 'volatile', 'restrict', '__user', '__kernel', '__rcu'].includes(word));
  const stars = words.filter((word) => word === '*').length;
  const plain = words.filter((word) => word !== '*');
  const base = baseType(plain);
  if (base === undefined) throw new ProbeProblem(`'${texts.join(' ')}' is no type of C`, type);
  if (base === 'void' && stars === 0) throw new ProbeProblem('a value cannot be void', type);
  return { text: `${base}${' '.repeat(Number(stars > 0))}${'*'.repeat(stars)}`, pointer: stars > 0, string: stars === 1 && plain.includes('char') && !plain.includes('unsigned'), user };
}

function baseType(words: readonly string[]): string | undefined {
  const [first, second] = words;
  if (first === undefined) return undefined;
  if (['struct', 'union', 'enum'].includes(first)) return words.length === 2 && second !== undefined ? `${first} ${second}` : undefined;
  if (words.length === 1 && named[first] !== undefined) return named[first];
  if (words.every((word) => integerWords.has(word))) return integerType(words);
  return words.length === 1 && !integerWords.has(first) ? first : undefined;
}

const integerWords = new Set(['char', 'short', 'int', 'long', 'signed', 'unsigned']);

function integerType(words: readonly string[]): string | undefined {
  const count = (word: string): number => words.filter((each) => each === word).length;
  if (count('signed') + count('unsigned') > 1 || count('long') > 2 || count('short') + count('char') > 1 || (count('char') > 0 && (count('int') > 0 || count('long') > 0))) return undefined;
  const bits = count('char') > 0 ? 8 : count('short') > 0 ? 16 : count('long') > 0 ? 64 : 32;
  return `${count('unsigned') > 0 ? 'uint' : 'int'}${bits}`;
}
