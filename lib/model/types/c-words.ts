// C's names of integers: `unsigned long int`, its words in any order, and the names that headers give to them.
//
//   facts  x86_64 and arm64 Linux: long is 8 bytes, char is taken as signed (language.md 2.3: `s[i]` is int8)

import { type IntType, type Type, bool, int16, int32, int64, int8, uint16, uint32, uint64, uint8 } from './types.js';

/** The language's own integers. */
export const languageIntegers: ReadonlyMap<string, IntType> = new Map(Object.entries({ int8, int16, int32, int64, uint8, uint16, uint32, uint64 }));

export const integerWords: ReadonlySet<string> = new Set(['char', 'short', 'int', 'long', 'signed', 'unsigned', '_Bool', 'bool', '__signed__']);

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
  return names.length > 0 && names.every((name) => integerWords.has(name)) ? arithmeticOf(names) : undefined;
}

/** Names that C headers and the kernel give to plain integers, for definitions and records of a kernel without types, too. */
const integerByName: ReadonlyMap<string, Type> = new Map(Object.entries({
  u8: uint8, u16: uint16, u32: uint32, u64: uint64, s8: int8, s16: int16, s32: int32, s64: int64,
  __u8: uint8, __u16: uint16, __u32: uint32, __u64: uint64, __s8: int8, __s16: int16, __s32: int32, __s64: int64,
  uint8_t: uint8, uint16_t: uint16, uint32_t: uint32, uint64_t: uint64, int8_t: int8, int16_t: int16, int32_t: int32, int64_t: int64,
  __le16: uint16, __be16: uint16, __le32: uint32, __be32: uint32, __le64: uint64, __be64: uint64, __sum16: uint16, __wsum: uint32,
  __aligned_u64: uint64, __aligned_s64: int64, __aligned_be64: uint64, __aligned_le64: uint64,
  size_t: uint64, ssize_t: int64, uintptr_t: uint64, intptr_t: int64, ptrdiff_t: int64, off_t: int64, loff_t: int64, pid_t: int32, uid_t: uint32, gid_t: uint32,
  dev_t: uint32, ino_t: uint64, mode_t: uint32, umode_t: uint16, time_t: int64, sector_t: uint64, uint: uint32, ulong: uint64, ushort: uint16, gfp_t: uint32,
  sa_family_t: uint16, socklen_t: uint32, dma_addr_t: uint64, phys_addr_t: uint64, clockid_t: int32, key_t: int32,
}));

/** The integer that one name stands for: a word of C, or what headers call it. */
export function integerNamed(name: string): Type | undefined {
  return integerByName.get(name) ?? arithmeticNamed([name]);
}

/** For messages that look for the name somebody meant. */
export function integerNames(): Iterable<string> {
  return integerByName.keys();
}

/** `char` that says nothing of its sign: an array of it is text. `signed char` and `unsigned char` are numbers. */
export function isPlainChar(names: readonly string[]): boolean {
  return names.includes('char') && !names.some((name) => name === 'signed' || name === 'unsigned' || name === '__signed__');
}
