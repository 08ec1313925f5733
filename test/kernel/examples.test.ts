// Every script of examples/ compiles and loads on this kernel, and what it prints of programs that run here is so.

import { chmodSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot, runCommand } from '../helpers/command.js';
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

/** A shell script to be run by -c. */
function shellScript(t: Test, name: string, text: string): string {
  const path = join(t.testdir({ [name]: `#!/bin/sh\n${text}` }), name);
  chmodSync(path, 0o755);
  return path;
}

t.test('new-processes: a line for each program, by its parent, none for attempts', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const script = shellScript(t, 'tbpf-new-procs', 'ls "/a b" >/dev/null 2>&1\nno-such-command 2>/dev/null\n/bin/true one two\nenv true three\n');
  const { stdout } = await runCommand(['-c', script, join(packageRoot, 'examples/new-processes.bt')]);
  const own = stdout.split('\n').filter((line) => / tbpf-new-procs /.test(line)).map((line) => line.replace(/^\d\d:\d\d:\d\d +(\S+) +\d+ +/, '$1 '));
  t.same(own, ['ls\\x00/a b\\x00', '/bin/true\\x00one\\x00two\\x00', 'env\\x00true\\x00three\\x00', 'true\\x00three\\x00'].map((words) => `tbpf-new-procs ${words}`));
});

t.test('read-latency: a read that waits is as long as it waits', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const script = shellScript(t, 'reader', 'ln -s "$(command -v cat)" "$0-tbpf"\nsleep 0.3 | "$0-tbpf"\nrm "$0-tbpf"\n');
  const { stdout } = await runCommand(['-c', script, join(packageRoot, 'examples/read-latency.bt')]);
  const [, rows] = /^@ns\[reader-tbpf\]:\n([^@]*(?:@+ *\|\n[^@]*)*)/m.exec(stdout) ?? [];
  t.match(rows, /^\[(128M, 256M|256M, 512M|512M, 1G)\) +1 \|/m);
  t.notMatch(stdout, /@start/);
});
