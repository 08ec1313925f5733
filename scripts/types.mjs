// Writes dist/types: the declarations of the library, for programs that import it and for those that require() it.
//
//   in     lib/, tools/, the entry points
//   out    dist/types/esm and dist/types/cjs: the same files. TypeScript reads whether a declaration is of an ES module or of CommonJS from
//          the package.json above it
//   idea   only the files that an entry point leads to, whichever way through its imports. What lies in lib stands at the top, the tools' in tools/: their
//          declarations import nothing of lib
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryPoints } from './entry-points.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const emitted = join(root, '.cache/types');
const types = join(root, 'dist/types');

execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
rmSync(types, { recursive: true, force: true });
for (const [name, text] of reachable(Object.values(entryPoints))) {
  for (const format of ['esm', 'cjs']) write(join(types, format, name), text);
}
write(join(types, 'cjs/package.json'), '{ "type": "commonjs" }\n');
write(join(types, 'esm/package.json'), '{ "type": "module" }\n');

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** The declarations of these sources and of what they import, by their paths in the folder of declarations. */
function reachable(sources) {
  const found = new Map();
  const open = sources.map((source) => source.replace(/\.ts$/, '.d.ts'));
  const seen = new Set();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const text = readFileSync(join(emitted, name), 'utf8');
    found.set(name.replace(/^lib\//, ''), text);
    for (const [, specifier] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)\.js'/g)) {
      const to = normalize(join(dirname(name), `${specifier}.d.ts`));
      if (to.split('/')[0] !== name.split('/')[0]) throw new Error(`${name} imports ${to}, which would lie elsewhere`);
      open.push(to);
    }
  }
  return found;
}
