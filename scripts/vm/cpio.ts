// Writes cpio archives, as the kernel unpacks them for its first file system.
//
//   facts  Documentation/driver-api/early-userspace/buffer-format.rst: "newc", 13 eight-digit hexadecimal fields

/** A file or folder of the archive. Folders come before what is in them. */
export interface Entry {
  /** without a leading slash */
  path: string;
  /** absent for a folder */
  content?: Uint8Array;
  executable?: boolean;
}

/** The bytes of an archive that holds the entries. */
export function cpio(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = [];
  const pad = (size: number) => Buffer.alloc((4 - (size % 4)) % 4);
  const all: Entry[] = [...entries, { path: 'TRAILER!!!', content: new Uint8Array(0) }];
  all.forEach(({ path, content, executable }, index) => {
    const mode = content === undefined ? 0o040755 : executable ? 0o100755 : 0o100644;
    const name = Buffer.from(`${path}\0`);
    const size = content?.length ?? 0;
    // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
    const fields = [index + 1, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length, 0];
    const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
    parts.push(header, name, pad(header.length + name.length));
    if (content !== undefined) parts.push(Buffer.from(content), pad(size));
  });
  return Buffer.concat(parts);
}
