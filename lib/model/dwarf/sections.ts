// Where the bytes of debug information come from.
//
//   idea   sections of large programs have hundreds of megabytes, of which one function's types are a few kilobytes: they are read in pieces

export interface ByteSource {
  readonly size: number;
  /** fewer bytes at the end */
  read(at: number, bytes: number): Uint8Array;
  /** where the bytes stand, from a place on; -1: nowhere. What lies beyond `to` may be left out */
  indexOf(bytes: Uint8Array, from: number, to?: number): number;
}

export interface DwarfSections {
  /** the file's name, for messages */
  readonly path: string;
  /** by its name without `.debug_`: `info`, `str`; undefined: the file has none, or an empty one */
  section(name: string): ByteSource | undefined;
  /** the file that dwz moved what several files have in common to (.gnu_debugaltlink), or the paths where it was looked for; undefined: nothing was moved */
  supplement(): DwarfSections | { readonly lookedFor: readonly string[] } | undefined;
  /** what -gsplit-dwarf moved out of the program: the file of a unit (.dwo), or that of the whole program (.dwp)
   * @returns  the paths where it was looked for, when it is nowhere */
  split(of: 'program' | SplitName): DwarfSections | { readonly lookedFor: readonly string[] };
}

/** folder: that of the compilation, which the name is relative to; '' where it is not known */
export interface SplitName { readonly folder: string; readonly name: string }

/** A part of a section. */
export function partOf(source: ByteSource, start: number, size: number): ByteSource {
  const end = Math.min(start + size, source.size);
  return {
    size: Math.max(end - start, 0),
    read: (at, bytes) => (at >= 0 ? source.read(start + at, Math.max(Math.min(bytes, end - start - at), 0)) : new Uint8Array(0)),
    indexOf(bytes, from) {
      const at = source.indexOf(bytes, start + from, end);
      return at < 0 || at + bytes.length > end ? -1 : at - start;
    },
  };
}

/** The bytes of a section in memory. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (at, count) => bytes.subarray(at, at + count),
    indexOf(wanted, from, to = bytes.length) {
      for (let at = bytes.indexOf(wanted[0]!, from); at >= 0 && at < to; at = bytes.indexOf(wanted[0]!, at + 1)) {
        if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
      }
      return -1;
    },
  };
}
