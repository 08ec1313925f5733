// Output that does not wait for its reader: what `Sink` is given for `unblocked`.

import { writeSync } from 'node:fs';
import { TbpfError } from '../model/diagnostics/errors.js';
import { loadNative } from '../runtime/native/index.js';

/** Writes what a socket, pipe or terminal takes now. Without the addon it waits until something is taken.
 * @returns the bytes written, 0 when none are taken */
export function sendNow(fd: number, bytes: Uint8Array): number {
  try {
    return loadNative().sendNow(fd, bytes);
  } catch (error) {
    if (error instanceof TbpfError && error.code === 'ERR_ADDON') return writeSync(fd, bytes);
    throw error;
  }
}
