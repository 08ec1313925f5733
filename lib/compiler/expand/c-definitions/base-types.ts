// C types as values: size and alignment of the arithmetic ones, arrays of any.
//
//   facts  x86_64 and arm64 Linux: long is 8 bytes, char is taken as signed (language.md 2.3: `s[i]` is int8); floats have no representation

import type { Span } from '../../../model/source/source.js';
import { arithmeticOf, integerWords, isPlainChar } from '../../../model/types/c-words.js';
import { sizeOf } from '../../../model/types/size.js';
import { type Type, int8, voidType } from '../../../model/types/types.js';

/** A type as it lies in memory. */
export interface CType {
  readonly type: Type;
  readonly size: number;
  readonly align: number;
  /** plain `char`: an array of it is a string */
  readonly isChar?: boolean;
  /** pointers to it carry `__user` */
  readonly user?: boolean;
  /** a struct or union without a definition: only pointers to it may be made */
  readonly incomplete?: boolean;
}

/** A member of a struct or union, as declared. */
export interface Member {
  /** '' for an anonymous aggregate */
  readonly name: string;
  readonly type: CType;
  /** bit field */
  readonly bits?: number;
  readonly align?: number;
  /** its name, of an anonymous aggregate the whole */
  readonly span: Span;
}

/** Words that may make up an arithmetic type. */
export const arithmetic = new Set([...integerWords, 'void', 'float', 'double', '__int128', '_Float128']);

const sized = (type: Type, size: number): CType => ({ type, size, align: size });
/** floats and integers of 128 bits: BPF programs cannot compute with them */
const unusable = (size: number): CType => sized({ kind: 'none', bytes: size }, size);
const char: CType = { type: int8, size: 1, align: 1, isChar: true };

/** `char x[N]` is a string with room for a NUL of its own; inside another array its size is what it takes there. */
export function arrayOf(of: CType, count: number): CType {
  const size = of.size * count;
  if (of.isChar) return { type: count === 0 ? { kind: 'array', of: int8, count: 0 } : { kind: 'string', capacity: count + 1, stored: count }, size, align: 1 };
  if (of.type.kind === 'none') return { type: { kind: 'none', bytes: size }, size, align: of.align };
  const inner: Type = of.type.kind === 'string' ? { kind: 'string', capacity: of.size } : of.type;
  return { type: { kind: 'array', of: inner, count }, size, align: of.align };
}

/** Words like `unsigned long int` in any order. */
export function arithmeticType(words: readonly string[]): CType {
  const has = (word: string): boolean => words.includes(word);
  if (has('void')) return { type: voidType, size: 0, align: 1 };
  if (has('float')) return unusable(4);
  if (has('_Float128') || (has('double') && has('long'))) return unusable(16);
  if (has('double')) return unusable(8);
  if (has('__int128')) return unusable(16);
  if (isPlainChar(words)) return char;
  const type = arithmeticOf(words);
  return sized(type, sizeOf(type));
}
