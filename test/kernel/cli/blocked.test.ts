// What nobody reads, and what nobody may be waited for (language.md 8.6).

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

t.test('cat() of what is no regular file', async (t) => {
  if (!needs(t, 'root')) return;
  const folder = t.testdir({ loop: t.fixture('symlink', 'loop') });
  const fifo = join(folder, 'fifo');
  const loop = join(folder, 'loop');
  execFileSync('mkfifo', [fifo]);
  const { stdout, stderr, status } = await runCommand(['-q', '-e', `begin { ${[fifo, '/dev/zero', '/', loop, '/proc/self/comm'].map((path) => `cat("${path}");`).join(' ')} }`]);
  t.equal(stderr, [...[fifo, '/dev/zero', '/'].map((path) => `ERROR: failed to open file '${path}' (Not a regular file)\n`), `ERROR: failed to open file '${loop}' (Too many levels of symbolic links)\n`].join(''));
  t.match(stdout, /^\S+\n\n\n$/);
  t.equal(status, 0);
});
