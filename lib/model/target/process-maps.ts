// The memory of a process as /proc/PID/maps writes it.

/** One line of /proc/PID/maps. */
export interface Mapping {
  readonly start: bigint;
  readonly end: bigint;
  readonly executable: boolean;
  /** of the first byte, in the file */
  readonly fileOffset: bigint;
  /** `major:minor` in hex */
  readonly device: string;
  readonly inode: number;
  /** '' for anonymous memory; `[vdso]`, `[heap]` …; a file's path, without the kernel's ` (deleted)` */
  readonly path: string;
  readonly deleted: boolean;
}

const DELETED = ' (deleted)';

/** Mappings in ascending order. Octal escapes of line breaks in paths are undone. */
export function parseMaps(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of text.split('\n')) {
    const parts = /^([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) (\S+) (\d+)\s*(.*)$/s.exec(line);
    if (parts === null) continue;
    const [, start, end, permissions, offset, device, inode, rest] = parts;
    const deleted = rest!.endsWith(DELETED);
    mappings.push({
      start: BigInt(`0x${start}`),
      end: BigInt(`0x${end}`),
      executable: permissions![2] === 'x',
      fileOffset: BigInt(`0x${offset}`),
      device: device!,
      inode: Number(inode),
      path: (deleted ? rest!.slice(0, -DELETED.length) : rest!).replaceAll('\\012', '\n'),
      deleted,
    });
  }
  return mappings;
}
