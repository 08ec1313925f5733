// Translates tests to JavaScript, each with all it imports in one file: a guest then reads one file per test, not five hundred.
//
//   in     test files in TypeScript, relative to the repository
//   out    for each the path of a module that runs by itself and writes TAP to its standard output
//   facts  no source maps: tap looks up a place for each assertion, and reading the map takes an emulated CPU seconds
//   idea   `import.meta.url` keeps meaning the source file, so that fixtures and the addon are found where they are

import { build } from 'esbuild';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ownPlace } from './own-place.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles into `outdir`, which is emptied first; the results keep the order of `tests`. */
export async function bundleTests(tests: readonly string[], outdir: string): Promise<string[]> {
  await rm(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: tests.map((test) => ({ in: join(root, test), out: test.replace(/\.ts$/, '') })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['*.node', 'esbuild', 'typescript'],
    banner: { js: `import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(${JSON.stringify(pathToFileURL(join(root, 'package.json')).href)});` },
    plugins: [ownPlace],
    logLevel: 'warning',
  });
  return tests.map((test) => join(outdir, test.replace(/\.ts$/, '.mjs')));
}
