// Every script of examples/ compiles and loads on this kernel.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../helpers/command.js';
import { runLive } from '../helpers/live-run.js';
import { needs } from '../helpers/needs.js';

t.test('examples', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const folder = join(packageRoot, 'examples');
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.bt'))) {
    t.test(name, async (t) => {
      const { stderr, status } = await runLive(readFileSync(join(folder, name), 'utf8'), { pid: process.pid, during: async () => undefined });
      t.match(stderr, /^Attached \d+ probes?\n$/, 'attaches without a word more');
      t.equal(status, 0);
    });
  }
});
