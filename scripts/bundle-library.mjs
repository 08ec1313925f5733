// Bundles the library: the four entry points and what they share to a few files in dist/.
//
//   in     lib/index.ts, lib/compiler.ts, lib/syntax.ts, lib/simulate.ts; node_modules; the generated grammar; .cache/commands.json of bundle.mjs and
//          .cache/pages.json of bundle-pages.mjs
//   out    dist/esm/ENTRY.js    ES modules, which share chunks: for bundlers and browsers (condition `module` of package.json)
//          dist/cjs/ENTRY.cjs   the same as CommonJS: for require()
//          dist/cjs/ENTRY.mjs   the names of the CommonJS file as an ES module: for import
//          dist/cjs/WORKER.cjs  threads of the library
//          dist/licenses.txt    the licenses of the packages that these bundles, those of the commands and the pages hold
//   idea   in Node require() and import give the same objects, so `error instanceof TbpfError` holds whichever of them a program and its
//          packages use; and what `await import()` names stays in a chunk of its own that is read when it is asked for
//   facts  lines stay lines: Node shows the line that threw when nobody catches an error, and one line for all would be most of the library.
//          Node never takes the condition `module`; esbuild, rollup, vite and webpack do, for require() too. CommonJS inside an ES module
//          bundle cannot require Node's modules, which is why bundlers get the ES modules
import { build, transform } from 'esbuild';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkedLexers } from './checked-lexers.mjs';
import { entryPoints, neutralEntries, workers } from './entry-points.mjs';
import { licensesOf } from './licenses.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const esm = join(root, 'dist/esm');
const cjs = join(root, 'dist/cjs');
await Promise.all([esm, cjs].map((folder) => rm(folder, { recursive: true, force: true })));

const { metafile, outputFiles, warnings } = await build({
  absWorkingDir: root,
  entryPoints: { ...entryPoints, ...workers },
  outdir: esm,
  chunkNames: 'part-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minifySyntax: true,
  external: ['*.node'],
  plugins: [checkedLexers],
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  write: false,
});
if (warnings.length > 0) process.exitCode = 1;
const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));

await Promise.all([esm, cjs].map((folder) => mkdir(folder, { recursive: true })));
for (const { path, text } of outputFiles) {
  const name = basename(path);
  await writeFile(path, text);
  const converted = await transform(text, {
    format: 'cjs', platform: 'node', target: 'node20', legalComments: 'none',
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: text.includes('import.meta.url') ? "const importMetaUrl=require('node:url').pathToFileURL(__filename).href;" : '',
  });
  await writeFile(join(cjs, commonName(name)), converted.code.replaceAll(/(["'])\.\/([\w-]+)\.js\1/g, (_, quote, chunk) => `${quote}./${chunk}.cjs${quote}`));
  const { entryPoint, exports } = outputs.get(name);
  if (entryPoint === undefined || !(basename(name, '.js') in entryPoints)) continue;
  await writeFile(join(cjs, name.replace(/\.js$/, '.mjs')), `import entry from './${commonName(name)}';\nexport const { ${exports.join(', ')} } = entry;\n`);
}
const others = await Promise.all(['commands', 'pages'].map(async (name) => JSON.parse(await readFile(join(root, `.cache/${name}.json`), 'utf8'))));
await writeFile(join(root, 'dist/licenses.txt'), await licensesOf([metafile, ...others.flat()], root));
checkNeutral();

/** index.js → index.cjs */
function commonName(name) {
  return name.replace(/\.js$/, '.cjs');
}

/** What runs without Node must not import from it, in no chunk that it reads. */
function checkNeutral() {
  for (const entry of neutralEntries) {
    const seen = new Set();
    const open = [`${entry}.js`];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      for (const { path, external } of outputs.get(name).imports) {
        if (external) throw new Error(`tbpf/${entry} must run without Node, and ${name} imports ${path}: ${Object.keys(outputs.get(name).inputs).join(', ')}`);
        open.push(basename(path));
      }
    }
  }
}
