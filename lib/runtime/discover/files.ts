// Reading files that may be missing or closed to us.
//
//   facts  access(2), and with it existsSync(), looks at the real user and forgets capabilities: a user with CAP_DAC_READ_SEARCH would
//          not see tracefs. Here stat(2) and open(2) decide

import { closeSync, openSync, readFileSync, readSync, statSync, type Stats } from 'node:fs';
import { TbpfError } from '../../model/diagnostics/errors.js';
import { withForeignFile } from '../native/foreign-file.js';
import { errnoOf } from './errno.js';

const absent = ['ENOENT', 'ENOTDIR', 'ENODEV', 'ESRCH'];
const closed = ['EACCES', 'EPERM'];

/** undefined when there is no such file; throws for everything else. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (absent.includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** @param what  what the user named it for
 *  @throws TbpfError  a file that the user named is not there, closed to us, or none */
export function checkReadable(path: string, what: string): void {
  try {
    const file = openSync(path, 'r');
    try {
      readSync(file, Buffer.alloc(1), 0, 1, 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = errnoOf(error) ?? 'ERR_FILE';
    const why = code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`;
    throw new TbpfError(`The ${what} '${path}' ${why}`, { code, operation: 'read', cause: error });
  }
}

/** undefined also when the file is closed to us. */
export function readIfOpen(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ([...absent, ...closed].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** The first bytes of a file, fewer where it has no more; undefined when it is not there, closed to us, or no regular file. */
export function readStart(path: string, bytes: number): Buffer | undefined {
  try {
    return withForeignFile(path, (file) => file.read(0, bytes));
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

/** undefined when there is no such file, or the way to it is closed to us or leads nowhere: people other than the user make such ways, so
 *  every refusal of the system counts. */
export function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

export function exists(path: string): boolean {
  return statIfThere(path) !== undefined;
}

/** Whether bytes can be read: some files of tracefs refuse only then, or when opened. */
export function isReadable(path: string): boolean {
  try {
    const file = openSync(path, 'r');
    try {
      readSync(file, Buffer.alloc(1), 0, 1, null);
      return true;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ([...absent, ...closed, 'EOPNOTSUPP', 'EINVAL'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
