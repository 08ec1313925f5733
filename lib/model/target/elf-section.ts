// One section of a 64-bit little-endian ELF file, by its name. For everything else there is the addon.

const MAGIC = 0x464c457f;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;

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
