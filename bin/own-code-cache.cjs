// What V8 compiled of a bundle, kept for the user where no cache of this Node lies beside the bundle: Node was replaced after tbpf was
// installed, or the package was installed without its scripts.
//
//   in     name and path of the bundle
//   out    $XDG_CACHE_HOME/tbpf or ~/.cache/tbpf: NAME.NODE-VERSION.LENGTH-TIME.cache, readable by the user alone
//   why    V8 runs what stands in a cache. So every folder above it must belong to the user or to root and be writable by nobody else, and the file
//          must be the user's own; otherwise there is no cache, as when the folder cannot be made or is full: a start is slower, and nothing else
//   facts  V8 knows the text only by its length; the name has the time at which the file came here, since npm gives all files the same age
'use strict';
const { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readFileSync, readdirSync, realpathSync, renameSync, statSync, unlinkSync, writeFileSync } = require('node:fs');
const { homedir } = require('node:os');
const { dirname, isAbsolute, join } = require('node:path');

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
/** By bundle: how many times its length a cache has at least after a run that traced. One that only printed help is no example for later ones, and
 *  gives less: 0.8 to 0.9 of tbpf.cjs where a trace gives 1.2 to 1.4, 0.3 of tools.cjs where a tool gives 0.8 to 0.9. Other bundles have none. */
const LEAST_PART_OF_BUNDLE = { tbpf: 1.05, tools: 0.6, run: 0.6 };

/** undefined: there is no folder that can be trusted */
function ownCodeCache(name, bundle) {
  const leastPart = LEAST_PART_OF_BUNDLE[name];
  if (leastPart === undefined) return undefined;
  try {
    const folder = trustedFolder();
    const { size, ctimeMs } = statSync(bundle);
    const prefix = `${name}.${process.version}.`;
    const path = join(folder, `${prefix}${size}-${Math.trunc(ctimeMs)}.cache`);
    return { read: () => read(path), write: (data) => data.length >= size * leastPart && write(folder, prefix, path, data) };
  } catch {
    return undefined;
  }
}

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
function read(path) {
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

/** Caches of this Node for other texts of the bundle are removed. */
function write(folder, prefix, path, data) {
  const unfinished = `${path}.${process.pid}`;
  try {
    for (const other of readdirSync(folder)) if (other.startsWith(prefix)) unlinkSync(join(folder, other));
    writeFileSync(unfinished, data, { flag: 'wx', mode: 0o600 });
    renameSync(unfinished, path);
  } catch {
    // a full disk, or another start that did the same at the same time
  }
}

module.exports = { ownCodeCache };
