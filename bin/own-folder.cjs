// Files that a start leaves for the next one, in the user's own cache folder: $XDG_CACHE_HOME/tbpf or ~/.cache/tbpf.
//
//   why    what lies there is run, with the rights of the user. So every folder above it must belong to the user or to root and be writable by nobody
//          else, and each file must be the user's own; otherwise there is no cache, as when the folder cannot be made or is full: a start is
//          slower, and nothing else
'use strict';
const { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync, writeFileSync } = require('node:fs');
const { homedir } = require('node:os');
const { dirname, isAbsolute, join } = require('node:path');

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** @throws where it cannot be made, or somebody else could write there */
function trustedFolder() {
  const { XDG_CACHE_HOME: given } = process.env;
  const caches = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.cache');
  mkdirSync(join(caches, 'tbpf'), { recursive: true, mode: 0o700 });
  const folder = realpathSync(join(caches, 'tbpf'));
  for (let above = folder; ; above = dirname(above)) {
    const { uid, mode } = lstatSync(above);
    // in a folder with the sticky bit (/tmp) nobody replaces what belongs to somebody else
    const open = (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0;
    if (open || (uid !== 0 && uid !== process.geteuid())) throw new Error(`others can write to ${above}`);
    if (above === dirname(above)) return folder;
  }
}

/** undefined: there is none, or not one of the user's own */
function readOwn(path) {
  let fd;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const about = fstatSync(fd);
    return about.isFile() && about.uid === process.geteuid() && (about.mode & WRITABLE_BY_OTHERS) === 0 ? readFileSync(fd) : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Whole or not at all.
 * @throws on a full disk, or where another start does the same at the same time */
function writeOwn(path, data) {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, data, { flag: 'wx', mode: 0o600 });
  renameSync(unfinished, path);
}

module.exports = { readOwn, trustedFolder, writeOwn };
