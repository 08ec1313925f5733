// Where the bytes of debug information come from.
//
//   idea   sections of large programs have hundreds of megabytes, of which one function's types are a few kilobytes: they are read in pieces

export interface ByteSource {
  readonly size: number;
  /** fewer bytes at the end */
  read(at: number, bytes: number): Uint8Array;
  /** where the bytes stand, from a place on; -1: nowhere */
  indexOf(bytes: Uint8Array, from: number): number;
}

export interface DwarfSections {
  /** the file's name, for messages */
  readonly path: string;
  /** by its name without `.debug_`: `info`, `str`; undefined: the file has none, or an empty one */
  section(name: string): ByteSource | undefined;
  /** the file that dwz moved what several files have in common to (.gnu_debugaltlink)
   * @throws TbpfError  it is not there; the message says where it was looked for */
  supplement(): DwarfSections | undefined;
}

/** The bytes of a section in memory. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (at, count) => bytes.subarray(at, at + count),
    indexOf(wanted, from) {
      for (let at = bytes.indexOf(wanted[0]!, from); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
        if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
      }
      return -1;
    },
  };
}
