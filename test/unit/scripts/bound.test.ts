// Children of the scripts end with them: a gate that is stopped leaves no test and no guest behind.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'esbuild';
import t from 'tap';
import { packageRoot } from '../../helpers/command.js';

const starts = `
import { readFileSync } from 'node:fs';
import { spawnBound } from '${join(packageRoot, 'scripts/bound.ts')}';
const child = spawnBound(process.argv[2], 'sleep', ['60'], { stdio: 'ignore' });
const timer = setInterval(() => {
  if (readFileSync('/proc/' + child.pid + '/comm', 'utf8') !== 'sleep\\n') return;
  clearInterval(timer);
  console.log(child.pid);
}, 5);
`;

const isRunning = (pid: string): boolean => existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

const file = join(t.testdir(), 'starts.cjs');
await build({ stdin: { contents: starts, loader: 'ts', resolveDir: packageRoot }, outfile: file, bundle: true, platform: 'node', format: 'cjs' });

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const) {
  for (const last of ['KILL', 'TERM'] as const) {
    t.test(`the parent gets ${signal}, the child SIG${last}`, async (t) => {
      const parent = spawn(process.execPath, [file, last], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [said] = (await once(parent.stdout, 'data')) as [Buffer];
      const child = said.toString().trim();
      t.ok(isRunning(child));
      parent.kill(signal);
      await once(parent, 'exit');
      for (let tries = 0; isRunning(child) && tries < 500; tries++) await wait(10);
      t.notOk(isRunning(child));
    });
  }
}
