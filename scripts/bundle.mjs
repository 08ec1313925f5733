// Bundles the command and the tools: lib/cli/main.ts and all it needs to the one file dist/tbpf.cjs, tools/main.ts to dist/tools.cjs.
//
//   in     lib/, tools/, node_modules; the generated grammar
//   out    dist/tbpf.cjs and dist/tools.cjs, CommonJS for Node 20, run by bin/tbpf; beside each a .cache, what V8 compiled of it in a typical run;
//          .cache/commands.json, esbuild's metafiles of the two, from which bundle-library.mjs takes whose licenses they need
//   idea   one file, because reading many small ones is most of a start; what is imported with `await import()` stays
//          in a function of its own that runs when it is asked for
//   facts  names are kept: a stack trace of an internal error must name the function
import { build } from 'esbuild';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkedLexers } from './checked-lexers.mjs';
import { writeCodeCache } from './code-cache.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const metafiles = [await bundle('lib/cli/main.ts', 'tbpf'), await bundle('tools/main.ts', 'tools')];
await mkdir(join(root, '.cache'), { recursive: true });
await writeFile(join(root, '.cache/commands.json'), JSON.stringify(metafiles));
writeCodeCache();

async function bundle(entry, name) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: `dist/${name}.cjs`,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    external: ['*.node'],
    plugins: [checkedLexers],
    define: { 'import.meta.url': 'importMetaUrl', 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    banner: { js: "const importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  if (result.warnings.length > 0) process.exitCode = 1;
  return result.metafile;
}
