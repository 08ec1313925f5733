// Translates tests to JavaScript, packages included: a test then reads a few files, not five hundred.
//
//   in     test files and programs of the rig in TypeScript, relative to the repository
//   out    for each the path of a module. What several need lies in chunks, which a process that runs several of them loads once
//   facts  no source maps: tap looks up a place for each assertion, and reading the map takes an emulated CPU seconds
//   idea   `import.meta.url` keeps meaning the source file, so that fixtures and the addon are found where they are

import { build, type Plugin } from 'esbuild';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ownPlace } from './own-place.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles into `outdir`, which is emptied first; the results keep the order of `sources`.
 * @param plugins  more of esbuild's */
export async function bundleTests(sources: readonly string[], outdir: string, plugins: readonly Plugin[] = []): Promise<string[]> {
  await rm(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: sources.map((source) => ({ in: join(root, source), out: source.replace(/\.ts$/, '') })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['*.node', 'esbuild', 'typescript', 'playwright-core'],
    banner: { js: `import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(${JSON.stringify(pathToFileURL(join(root, 'package.json')).href)});` },
    plugins: [ownPlace, ...plugins],
    logLevel: 'warning',
  });
  return sources.map((source) => join(outdir, source.replace(/\.ts$/, '.mjs')));
}

/** For files that share a process: each gets a `t` of its own. */
export const tapOfFile: Plugin = {
  name: 'tap-of-file',
  setup({ onResolve }) {
    const path = join(root, 'scripts/vm/test-of-file.ts');
    onResolve({ filter: /^tap$/ }, ({ importer }) => (importer === path ? undefined : { path }));
  },
};
