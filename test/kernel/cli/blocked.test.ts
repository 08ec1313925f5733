// What nobody reads, and what nobody may be waited for (language.md 8.6).

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { command, runCommand } from '../../helpers/command.js';
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

t.test('a full disk under stderr: the trace goes on, its maps are there', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const script = 'begin { errorf("nobody reads this"); @x = 1; } interval:ms:10 { print(2); exit(); }';
  const { stdout, status } = await runCommand(['-c', `exec "$0" -e '${script}' 2> /dev/full`, command], { program: '/bin/sh' });
  t.equal(stdout, '2\n\n\n@x: 1\n');
  t.equal(status, 0);
});
