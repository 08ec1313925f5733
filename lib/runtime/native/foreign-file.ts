// Files that somebody else named: a traced process, or whoever can write to /tmp. tbpf runs as root, and reads what ordinary users put there.
//
//   idea   only regular files, and nothing that is none is opened at all: a pipe has no end, and opening a device may start something. The
//          path is looked up once, without opening it (O_PATH); what is found there is judged, and just that opened (open(2))
//   facts  sizes are claims: a file has holes, and files of /proc say 0. The addon opens ELF files in the same way (addon/elf.cc)

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { TbpfError } from '../../model/diagnostics/errors.js';

const O_PATH = 0o10000000;
const CHUNK_BYTES = 1 << 16;

export interface ForeignFile {
  readonly stats: Stats;
  /** Bytes from a place on, at most so many; fewer at the end of the file. */
  read(at: number, bytes: number): Buffer;
}

/** Calls back with the file open.
 * @param owners  users whose file it may be, default: anybody's
 * @throws NodeJS.ErrnoException  it is not there, or closed to us
 * @throws TbpfError  it is no regular file, or somebody else's */
export function withForeignFile<T>(path: string, use: (file: ForeignFile) => T, owners?: readonly number[]): T {
  const place = openSync(path, O_PATH);
  let fd: number;
  try {
    const stats = fstatSync(place);
    if (!stats.isFile()) throw new TbpfError(`${path} is no regular file`, { code: 'ERR_NO_FILE', operation: 'open' });
    if (owners !== undefined && !owners.includes(stats.uid)) throw new TbpfError(`${path} belongs to user ${stats.uid}`, { code: 'EPERM', operation: 'open' });
    fd = openSync(`/proc/self/fd/${place}`, constants.O_RDONLY | constants.O_NONBLOCK);
  } finally {
    closeSync(place);
  }
  try {
    return use({ stats: fstatSync(fd), read: (at, bytes) => readBytes(fd, at, bytes) });
  } finally {
    closeSync(fd);
  }
}

/** All of a file.
 * @throws NodeJS.ErrnoException, TbpfError  as withForeignFile, and EFBIG: it has more bytes */
export function readForeignFile(path: string, mostBytes: number): Buffer {
  return withForeignFile(path, (file) => {
    if (file.stats.size > mostBytes) throw tooLarge(path, mostBytes);
    const bytes = file.read(0, mostBytes + 1);
    if (bytes.length > mostBytes) throw tooLarge(path, mostBytes);
    return bytes;
  });
}

function tooLarge(path: string, mostBytes: number): TbpfError {
  return new TbpfError(`${path} has more than ${mostBytes} bytes`, { code: 'EFBIG', operation: 'read' });
}

/** Allocates memory for the bytes that the file has, not for the bytes that were asked for. */
function readBytes(fd: number, at: number, bytes: number): Buffer {
  const chunks: Buffer[] = [];
  for (let have = 0; have < bytes; ) {
    const chunk = Buffer.allocUnsafe(Math.min(Math.max(CHUNK_BYTES, have), bytes - have));
    const read = readSync(fd, chunk, 0, chunk.length, at + have);
    if (read === 0) break;
    chunks.push(chunk.subarray(0, read));
    have += read;
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
