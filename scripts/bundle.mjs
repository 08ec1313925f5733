// Bundles the command and the tools: lib/cli/main.ts and what it needs to dist/tbpf.cjs, tools/main.ts to dist/tools.cjs, lib/cli/run-main.ts to
// dist/run.cjs, lib/cli/completions/main.ts to dist/completions.cjs.
//
//   in     lib/, tools/, node_modules; the generated grammar
//   out    dist/tbpf.cjs, dist/tools.cjs and dist/run.cjs, CommonJS for Node 20, run by bin/tbpf; beside each but completions a .cache, what V8 compiled of it in a typical run;
//          dist/later/NAME.cjs, what the command loads with `await import()`: help, listings, reports; dist/later/run/NAME.cjs the same of `tbpf run`: the live view, pictures;
//          .cache/commands.json, esbuild's metafiles, from which bundle-library.mjs takes whose licenses they need
//   idea   one file, because reading many small ones is most of a start
//   facts  names are kept: a stack trace of an internal error must name the function
import { build } from 'esbuild';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleInParts } from './bundle-parts.mjs';
import { checkedLexers } from './checked-lexers.mjs';
import { writeCodeCache } from './code-cache.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const URL_OF_FILE = "const importMetaUrl=require('node:url').pathToFileURL(__filename).href;";
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: ['*.node'],
  plugins: [checkedLexers],
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};
const commonjs = {
  format: 'cjs',
  minifyWhitespace: true,
  minifySyntax: true,
  define: { 'import.meta.url': 'importMetaUrl', 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
  banner: { js: URL_OF_FILE },
};
/** as Node does with modules: bin/tbpf runs them itself */
const asFunction = { banner: { js: `(function (exports, require, module, __filename, __dirname) {${URL_OF_FILE}` }, footer: { js: '})' } };

await rm(join(root, 'dist/later'), { recursive: true, force: true });
const metafiles = [
  await inParts('lib/cli/main.ts', 'tbpf', 'dist/later'), await inParts('lib/cli/run-main.ts', 'run', 'dist/later/run'), await whole('tools/main.ts', 'tools'), await whole('lib/cli/completions/main.ts', 'completions'),
];
await mkdir(join(root, '.cache'), { recursive: true });
await writeFile(join(root, '.cache/commands.json'), JSON.stringify(metafiles));
writeCodeCache();

async function inParts(entry, name, laterFolder) {
  const { metafile, warned } = await bundleInParts({ common, commonjs, asFunction, entry, outfile: `dist/${name}.cjs`, laterFolder });
  if (warned) process.exitCode = 1;
  return metafile;
}

/** Whole: each tool needs nearly all that there is, and completion has nothing to leave out. */
async function whole(entry, name) {
  // a script of node:vm, which bin/tbpf runs, has no import(): what packages import so becomes require()
  const supported = { 'dynamic-import': false };
  // ES modules of packages, of which only what is used is taken
  const { metafile, warnings } = await build({ ...common, ...commonjs, ...asFunction, supported, mainFields: ['module', 'main'], entryPoints: [entry], outfile: `dist/${name}.cjs` });
  if (warnings.length > 0) process.exitCode = 1;
  return metafile;
}
