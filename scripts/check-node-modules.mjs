// Says (exit status 0 or 1) whether node_modules holds exactly what package-lock.json names.
//
//   in     package-lock.json, and the copy that npm keeps of it in node_modules/.package-lock.json
//   idea   npm's copy lists what it put there; optional packages of other platforms are in the lock file only
import { readFileSync } from 'node:fs';

const read = (/** @type {string} */ path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).packages;

/** Whether every package of the lock file is installed in the version that it names, and none is left over. */
function upToDate() {
  const wanted = read('../package-lock.json');
  const installed = read('../node_modules/.package-lock.json');
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link) continue;
    const there = installed[path];
    if (!there && !entry.optional) return false;
    if (there && (there.version !== entry.version || there.integrity !== entry.integrity)) return false;
  }
  return Object.keys(installed).every((path) => path in wanted);
}

let ok = false;
try {
  ok = upToDate();
} catch (error) {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') console.error(String(error));
}
process.exitCode = ok ? 0 : 1;
