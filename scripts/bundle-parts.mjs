// One file of all that a program imports when it starts, and files beside it of what it loads later.
//
//   in     an entry point
//   out    the first file; for each `await import()` a file in a folder, and files of what several of these share
//   idea   esbuild splits into chunks first, which says who needs what. Those that the entry imports are then joined: within one file a name is
//          a variable, between files a property that is looked up. The others ask the first file for what they share with it, so that there is
//          one of everything: one class of each error, one addon
//   facts  without `await import()` in it esbuild lays the modules of a file flat, one behind the other; with it each becomes a function that
//          V8 has to make, and what nobody uses stays.
//          The first file exports `chunks`, functions by chunk; bin/tbpf puts it into require.cache under its own name
import { build } from 'esbuild';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';

/** @returns the metafile of the split, which names all sources, and whether esbuild warned of something */
export async function bundleInParts({ common, commonjs, asFunction, entry, outfile, laterFolder }) {
  const split = await build({ ...common, entryPoints: { main: entry }, outdir: laterFolder, chunkNames: 'part-[hash]', splitting: true, format: 'esm', write: false });
  const textByChunk = new Map(split.outputFiles.map(({ path, text }) => [basename(path), text]));
  const outputs = new Map(Object.entries(split.metafile.outputs).map(([path, output]) => [basename(path), output]));

  const first = new Set();
  for (const open = ['main.js']; open.length > 0;) {
    const chunk = open.pop();
    if (first.has(chunk)) continue;
    first.add(chunk);
    for (const { path, kind, external } of outputs.get(chunk).imports) if (kind === 'import-statement' && !external) open.push(basename(path));
  }
  const shared = [...first].filter((chunk) => chunk !== 'main.js');
  const later = [...outputs.keys()].filter((chunk) => !first.has(chunk));
  const folder = posix.relative(dirname(outfile), laterFolder);
  const fileOf = (chunk) => chunk.replace(/\.js$/, '.cjs');

  const start = `import './main.js';\n${shared.map((chunk, i) => `import * as chunk${i} from './${chunk}';`).join('\n')}\nexport const chunks = { ${shared.map((chunk, i) => `'${chunk}': () => chunk${i}`).join(', ')} };\n`;
  const joined = await build({
    ...common, ...commonjs, ...asFunction, outfile, stdin: { contents: start, resolveDir: common.absWorkingDir },
    supported: { 'dynamic-import': false },
    plugins: [chunksOf(textByChunk, (chunk, kind) => (kind === 'dynamic-import' ? { path: `./${folder}/${fileOf(chunk)}`, external: true } : undefined))],
  });
  await mkdir(join(common.absWorkingDir, laterFolder), { recursive: true });
  const back = posix.relative(laterFolder, outfile);
  const others = await Promise.all(later.map((chunk) => build({
    ...common, ...commonjs, ...placedAt(back), outfile: `${laterFolder}/${fileOf(chunk)}`, stdin: { contents: textByChunk.get(chunk), resolveDir: common.absWorkingDir },
    supported: { 'dynamic-import': false },
    plugins: [chunksOf(textByChunk, (imported) => (first.has(imported) ? { path: imported, namespace: 'first' } : { path: `./${fileOf(imported)}`, external: true }), back)],
  })));
  return { metafile: split.metafile, warned: [split, joined, ...others].some(({ warnings }) => warnings.length > 0) };
}

/** Files are found relative to the first file, whichever part asks. */
function placedAt(file) {
  const place = '__firstFile';
  return {
    define: { 'import.meta.url': 'importMetaUrl', 'import.meta.filename': place, 'import.meta.dirname': `${place}Folder`, __filename: place, __dirname: `${place}Folder` },
    banner: { js: `const ${place}=require.resolve('${file}'),${place}Folder=require('node:path').dirname(${place}),importMetaUrl=require('node:url').pathToFileURL(${place}).href;` },
  };
}

/** Reads chunks from memory. `place` answers for those that are not to be taken in. */
function chunksOf(textByChunk, place, firstFile) {
  return {
    name: 'chunks',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/[\w-]+\.js$/ }, ({ path, kind }) => place(basename(path), kind) ?? { path: basename(path), namespace: 'chunk' });
      onLoad({ filter: /./, namespace: 'chunk' }, ({ path }) => ({ contents: textByChunk.get(path), loader: 'js' }));
      onResolve({ filter: /./, namespace: 'first' }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /./, namespace: 'first' }, ({ path }) => ({ contents: `module.exports = require('${firstFile}').chunks['${path}']();`, loader: 'js' }));
    },
  };
}
