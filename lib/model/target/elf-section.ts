// One section of a 64-bit little-endian ELF file, by its name. For everything else there is the addon.

const MAGIC = 0x464c457f;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
/** a file may be somebody else's, and say anything */
const MOST_NAME_BYTES = 1 << 20;

export function isElf(file: Buffer): boolean {
  return file.length >= 64 && file.readUInt32LE(0) === MAGIC;
}

/** Bytes of the section, a view into `file`; undefined when there is none or the file is of another class. */
export function elfSection(file: Buffer, name: string): Buffer | undefined {
  if (!isElf(file) || file[4] !== CLASS_64 || file[5] !== LITTLE_ENDIAN) return undefined;
  const table = Number(file.readBigUInt64LE(0x28));
  const entryBytes = file.readUInt16LE(0x3a);
  const count = file.readUInt16LE(0x3c);
  const namesIndex = file.readUInt16LE(0x3e);
  if (entryBytes < 64 || namesIndex >= count || table + count * entryBytes > file.length) return undefined;
  const contentOf = (index: number): Buffer => {
    const at = table + index * entryBytes;
    const offset = Number(file.readBigUInt64LE(at + 0x18));
    return file.subarray(offset, offset + Number(file.readBigUInt64LE(at + 0x20)));
  };
  const names = contentOf(namesIndex);
  for (let index = 0; index < count; index++) {
    const start = file.readUInt32LE(table + index * entryBytes);
    if (names.toString('latin1', start, names.indexOf(0, start)) === name) return contentOf(index);
  }
  return undefined;
}

/** Whether a file has the section, reading no more than headers and names. @param read  bytes of the file; fewer at its end */
export function hasElfSection(read: (at: number, bytes: number) => Buffer, name: string): boolean {
  const header = read(0, 64);
  if (!isElf(header) || header[4] !== CLASS_64 || header[5] !== LITTLE_ENDIAN) return false;
  const entryBytes = header.readUInt16LE(0x3a);
  const count = header.readUInt16LE(0x3c);
  const namesIndex = header.readUInt16LE(0x3e);
  const table = read(Number(header.readBigUInt64LE(0x28)), entryBytes * count);
  if (entryBytes < 64 || namesIndex >= count || table.length < entryBytes * count) return false;
  const names = namesIndex * entryBytes;
  const bytes = Number(table.readBigUInt64LE(names + 0x20));
  if (bytes > MOST_NAME_BYTES) return false;
  return `\0${read(Number(table.readBigUInt64LE(names + 0x18)), bytes).toString('latin1')}`.includes(`\0${name}\0`);
}
