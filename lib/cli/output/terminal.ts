// Whether a descriptor is a terminal.

import { fstatSync } from 'node:fs';
import { tty } from '../../runtime/native/node-modules.js';

/** As isatty(3). Files, pipes and sockets are no character devices, so that only devices need Node's module. */
export function isTerminal(fd: number): boolean {
  return isDevice(fd) && tty().isatty(fd);
}

function isDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBADF') return false; // it was closed before the command started
    throw error;
  }
}
