// A file that gets new content in one step: readers see the old or the new, never a part.
//
//   idea   the content goes into a file beside it, which is then renamed. What the old file was stays: its place behind symbolic links, mode, owner
//   facts  an editor that has the file open sees that it is another file now, as after git checkout

import { closeSync, fchmodSync, fchownSync, fstatSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync, type Stats } from 'node:fs';
import { Failure, status } from './failure.js';

const PERMISSIONS = 0o7777;
const EXECUTE = 0o111;

/** @param what  of the content, as in `the formatted program`
 *  @param options.executable  those who may read it may run it
 *  @throws Failure  it cannot be written; the old file is as it was */
export function replaceFile(path: string, bytes: Uint8Array, what: string, options: { executable?: boolean } = {}): void {
  let temporary: string | undefined;
  try {
    const old = statSync(path, { throwIfNoEntry: false });
    if (old && !old.isFile()) {
      // a pipe or a device: what is written goes on, there is nothing to keep
      writeFileSync(path, bytes);
      return;
    }
    const real = old ? realpathSync(path) : path;
    const fd = openSync((temporary = `${real}.tbpf-${process.pid}`), 'wx');
    try {
      writeFileSync(fd, bytes);
      if (old) keepOwnerAndMode(fd, old);
      if (options.executable === true) makeExecutable(fd);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, real);
  } catch (error) {
    if (temporary !== undefined && (error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(temporary, { force: true });
    throw new Failure(`ERROR: Failed to write ${what}: "${path}": ${(error as Error).message}`, status.wrong);
  }
}

function keepOwnerAndMode(fd: number, old: Stats): void {
  const { uid, gid } = fstatSync(fd);
  if (uid !== old.uid || gid !== old.gid) fchownSync(fd, old.uid, old.gid);
  fchmodSync(fd, old.mode & PERMISSIONS);
}

/** Who may read the file may run it. */
function makeExecutable(fd: number): void {
  const { mode } = fstatSync(fd);
  fchmodSync(fd, (mode | ((mode >> 2) & EXECUTE)) & PERMISSIONS);
}
