// What V8 compiled of a bundle, kept for the user where no cache of this Node lies beside the bundle: Node was replaced after tbpf was
// installed, or the package was installed without its scripts.
//
//   in     name and path of the bundle
//   out    NAME.NODE-VERSION.LENGTH-TIME.cache in the user's cache folder (own-folder.cjs)
//   facts  V8 knows the text only by its length; the name has the time at which the file came here, since npm gives all files the same age
'use strict';
const { readdirSync, statSync, unlinkSync } = require('node:fs');
const { join } = require('node:path');
const { readOwn, trustedFolder, writeOwn } = require('./own-folder.cjs');

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
    return { read: () => readOwn(path), write: (data) => data.length >= size * leastPart && write(folder, prefix, path, data) };
  } catch {
    return undefined;
  }
}

/** Caches of this Node for other texts of the bundle are removed. */
function write(folder, prefix, path, data) {
  try {
    for (const other of readdirSync(folder)) if (other.startsWith(prefix)) unlinkSync(join(folder, other));
    writeOwn(path, data);
  } catch {
    // a full disk, or another start that did the same at the same time
  }
}

module.exports = { ownCodeCache };
