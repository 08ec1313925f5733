// `npm run lint`: everything that finds fault with the sources without running them.
//
//   out    what each check says, a line per check, exit status 1 when one complains
//   idea   the checks have nothing to do with each other: all run, also after one has failed, two at a time

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Check {
  name: string;
  command: string;
  args: string[];
}

const addonSources = readdirSync(join(root, 'addon'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(cc|h)$/.test(name)).sort();

const checks: Check[] = [
  { name: 'types (tsc)', command: 'node_modules/.bin/tsc', args: ['--noEmit'] },
  { name: 'types of pages (tsc)', command: 'node_modules/.bin/tsc', args: ['-p', 'lib/pages'] },
  { name: 'rules (eslint)', command: 'node_modules/.bin/eslint', args: ['--cache', '--cache-location', '.cache/eslint', '--max-warnings', '0', '.'] },
  { name: 'citations', command: process.execPath, args: ['scripts/run.mjs', 'scripts/citations.ts'] },
  { name: 'rooms', command: process.execPath, args: ['scripts/run.mjs', 'scripts/rooms.ts'] },
  { name: 'addon (clang-format)', command: 'clang-format', args: ['--dry-run', '-Werror', ...addonSources.map((name) => `addon/${name}`)] },
];

const failed: string[] = [];
const waiting = [...checks];
await Promise.all([work(), work()]);
if (failed.length > 0) {
  console.log(`lint: ${failed.join(', ')} failed`);
  process.exitCode = 1;
}

async function work(): Promise<void> {
  for (let check = waiting.shift(); check; check = waiting.shift()) {
    const started = Date.now();
    const { status, output } = await run(check);
    if (status !== 0) failed.push(check.name);
    console.log(`lint: ${check.name}: ${status === 0 ? 'ok' : 'FAILED'}, ${((Date.now() - started) / 1000).toFixed(1)} s${output.trim() === '' ? '' : `\n${output.trimEnd()}`}`);
  }
}

function run({ command, args }: Check): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT' ? `${command} is not installed; scripts/setup.sh --for test installs it` : error.message;
      resolve({ status: 1, output: missing });
    });
    child.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}
