// A file that the command line names, and what is said when it cannot be read.

import { strerror } from '../../language/strerror.js';
import { Failure, status } from '../output/failure.js';

/** @throws Failure  `read` failed */
export function readGiven<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { errno, message } = error as NodeJS.ErrnoException;
    throw new Failure(`ERROR: failed to open file '${name}': ${errno === undefined ? message : strerror(errno)}`, status.wrong);
  }
}
