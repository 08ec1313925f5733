// The dynamic linker's cache: which file a library's name means.
//
//   in     /etc/ld.so.cache: header `glibc-ld.so.cache1.1`, entries of 24 bytes, strings
//   facts  glibc sysdeps/generic/dl-cache.h; an older cache may stand in front of the new one. Entry flags: low byte 3 is an
//          ELF library of libc6, high byte the architecture (3 x86_64, 10 arm64)

import type { Arch } from '../../../model/target/target.js';
import { readForeignFile } from '../../native/foreign-file.js';

const MAGIC = 'glibc-ld.so.cache1.1';
const HEADER_BYTES = 48;
const MOST_PATH_BYTES = 4096;
/** of a file with some ten thousand libraries */
const MOST_CACHE_BYTES = 8 << 20;
const ENTRY_BYTES = 24;
const archFlags: Readonly<Record<Arch, number>> = { x86_64: 0x303, arm64: 0xa03 };

export interface CachedLibrary {
  /** `libc.so.6` */
  readonly name: string;
  readonly path: string;
}

/** Libraries of one architecture in the cache's order, the preferred one first. [] when it is no cache of the known shape. */
export function parseLibraryCache(file: Buffer, arch: Arch): CachedLibrary[] {
  const start = file.indexOf(MAGIC, 0, 'latin1');
  if (start < 0 || start + HEADER_BYTES > file.length) return [];
  const count = file.readUInt32LE(start + MAGIC.length);
  if (start + HEADER_BYTES + count * ENTRY_BYTES > file.length) return [];
  const text = (offset: number): string => {
    const bytes = file.subarray(start + offset, start + offset + MOST_PATH_BYTES);
    return bytes.toString('latin1', 0, Math.max(0, bytes.indexOf(0)));
  };
  const libraries: CachedLibrary[] = [];
  for (let index = 0; index < count; index++) {
    const at = start + HEADER_BYTES + index * ENTRY_BYTES;
    if (file.readUInt32LE(at) !== archFlags[arch]) continue;
    libraries.push({ name: text(file.readUInt32LE(at + 4)), path: text(file.readUInt32LE(at + 8)) });
  }
  return libraries;
}

/** `libc`, `libc.so` and `libc.so.6` all mean libc.so.6; of several versions the highest. */
export function isLibraryNamed(file: string, name: string): boolean {
  const wanted = name.includes('.so') ? name : `${name}.so`;
  return file === wanted || file.startsWith(`${wanted}.`);
}

/** [] where there is none that can be read: below the root of a process (-p) anything may stand in its place. */
export function readLibraryCache(arch: Arch, root = ''): CachedLibrary[] {
  try {
    return parseLibraryCache(readForeignFile(`${root}/etc/ld.so.cache`, MOST_CACHE_BYTES), arch);
  } catch {
    return [];
  }
}
