// Text on standard output for the parts of the command that print and end.

import { writeAll } from '../runtime/output/sink.js';
import { writeSync } from 'node:fs';
import { bytesOfText } from '../model/syntax/text.js';

const STDOUT = 1;

/** Waits until everything is written. @returns false when nobody reads any more */
export function print(text: string): boolean {
  const bytes = bytesOfText(text);
  let readers = true;
  writeAll(bytes, (from) => {
    try {
      return writeSync(STDOUT, bytes, from);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN' || code === 'EINTR') return 0;
      if (code !== 'EPIPE') throw error;
      readers = false;
      return undefined;
    }
  });
  return readers;
}
