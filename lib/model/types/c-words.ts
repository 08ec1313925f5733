// C's names of arithmetic types: `unsigned long int`, its words in any order.
//
//   facts  x86_64 and arm64 Linux: long is 8 bytes, char is taken as signed (language.md 2.3: `s[i]` is int8)

import { type IntType, type Type, bool, int16, int32, int64, int8, uint16, uint32, uint64, uint8 } from './types.js';

const words = new Set(['char', 'short', 'int', 'long', 'signed', 'unsigned', '_Bool', 'bool', '__signed__']);

/** The type that these words name; what is no word of an arithmetic type counts as int. */
export function arithmeticOf(names: readonly string[]): IntType | typeof bool {
  const has = (word: string): boolean => names.includes(word);
  const unsigned = has('unsigned');
  if (has('_Bool') || has('bool')) return bool;
  if (has('char')) return unsigned ? uint8 : int8;
  if (has('short')) return unsigned ? uint16 : int16;
  if (has('long')) return unsigned ? uint64 : int64;
  return unsigned ? uint32 : int32;
}

/** undefined where one of the words is not of an arithmetic type. */
export function arithmeticNamed(names: readonly string[]): Type | undefined {
  return names.length > 0 && names.every((name) => words.has(name)) ? arithmeticOf(names) : undefined;
}

/** `char` that says nothing of its sign: an array of it is text. `signed char` and `unsigned char` are numbers. */
export function isPlainChar(names: readonly string[]): boolean {
  return names.includes('char') && !names.some((name) => name === 'signed' || name === 'unsigned' || name === '__signed__');
}
