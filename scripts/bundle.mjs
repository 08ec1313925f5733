// Bundles the command: lib/cli/main.ts and all it needs to the one file dist/tbpf.cjs.
//
//   in     lib/, node_modules; the generated grammar
//   out    dist/tbpf.cjs, CommonJS for Node 20, run by bin/tbpf; dist/tbpf.cache, what V8 compiled of it in a typical run
//   idea   one file, because reading many small ones is most of a start; what is imported with `await import()` stays
//          in a function of its own that runs when it is asked for
//   facts  names are kept: a stack trace of an internal error must name the function
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { writeCodeCache } from './code-cache.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const result = await build({
  absWorkingDir: root,
  entryPoints: ['lib/cli/main.ts'],
  outfile: 'dist/tbpf.cjs',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minifyWhitespace: true,
  minifySyntax: true,
  external: ['*.node'],
  define: { 'import.meta.url': 'importMetaUrl', 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
  banner: { js: "const importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
  legalComments: 'none',
  logLevel: 'warning',
});
if (result.warnings.length > 0) process.exitCode = 1;

writeCodeCache();
