// A file that the command line names, and what is said when it cannot be read.

import { strerror } from '../../language/strerror.js';
import { Failure, status } from '../output/failure.js';

/** @param hint  what to say where there is no such file
 *  @throws Failure  `read` failed */
export function readGiven<T>(name: string, read: () => T, hint?: string): T {
  try {
    return read();
  } catch (error) {
    const { errno, code, message } = error as NodeJS.ErrnoException;
    const what = `ERROR: failed to open file '${name}': ${errno === undefined ? message : strerror(errno)}`;
    throw new Failure(code === 'ENOENT' && hint !== undefined ? `${what}\n${hint}` : what, status.wrong);
  }
}
