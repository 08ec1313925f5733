// Reading files that may not be there, or not for us.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
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

/** undefined also when the file is closed to us. */
export function readIfOpen(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ([...absent, ...closed].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
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
