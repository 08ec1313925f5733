// Runs a script that is written in TypeScript: `node scripts/run.mjs scripts/rooms.ts ARGS`.
//
//   idea   Node 20 cannot read TypeScript; esbuild bundles the script into .cache/scripts in a few milliseconds
//   facts  packages stay imports, so that they are found in node_modules as ever
import { build } from 'esbuild';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ownPlace } from './own-place.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  console.error('usage: node scripts/run.mjs SCRIPT.ts [ARGS]');
  process.exit(2);
}
const source = resolve(root, script);
const outfile = join(root, '.cache/scripts', `${script.replaceAll(/[^\w.-]/g, '_')}.mjs`);
await build({
  entryPoints: [source],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  plugins: [ownPlace],
  sourcemap: 'inline',
  logLevel: 'warning',
});
process.argv = [process.execPath, source, ...args];
try {
  await import(pathToFileURL(outfile).href);
} catch (error) {
  if (error.name !== 'Complaint' && !error.code?.startsWith('ERR_PARSE_ARGS_')) throw error;
  console.error(`${basename(script, '.ts')}: ${error.message}`);
  process.exitCode = 2;
}
