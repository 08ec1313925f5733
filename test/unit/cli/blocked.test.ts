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

const endless = 'BEGIN { @start = 1; } interval:ms:1 { for $i : 0..200 { printf("a line of output that fills a pipe in no time, number %d\\n", $i); } }';

/** What is its output, as Python; `r` is the end that nobody reads. Pipes of Node are sockets, and it opens no terminals. */
const places: readonly (readonly [name: string, python: string])[] = [
  ['a pipe', 'r, w = os.pipe()'],
  ['a socket', 'r, w = socket.socketpair(); w = w.detach()'],
  ['a stopped terminal', 'r, w = pty.openpty(); termios.tcflow(w, termios.TCOOFF)'],
];
for (const [name, python] of places) for (const [signal, status] of [['INT', 130], ['TERM', 143]] as const) {
  t.test(`${name} that nobody reads: the second SIG${signal} ends at once`, async (t) => {
    if (!needs(t, 'root', 'software', 'python3')) return;
    const program = `
import os, pty, signal, socket, subprocess, sys, termios, time
${python}
tbpf = subprocess.Popen([sys.argv[1], '-q', '-e', sys.argv[2]], stdin=subprocess.DEVNULL, stdout=w)
try:
    time.sleep(float(sys.argv[3]))
    tbpf.send_signal(signal.SIG${signal})
    time.sleep(1)
    print('waits' if tbpf.poll() is None else 'ended', flush=True)
    tbpf.send_signal(signal.SIG${signal})
    print(tbpf.wait(10), flush=True)
finally:
    tbpf.kill()
`;
    const { stdout, stderr } = await runCommand(['-c', program, command, endless, '4'], { program: 'python3' });
    t.match(stderr, /^(Lost \d+ events\n)*(WARNING: Total lost event count: \d+\n)?$/);
    t.equal(stdout, `waits\n${status}\n`);
  });
}

t.test('a reader that comes late gets everything, in order', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const script = 'begin { printf("ready\\n"); } interval:ms:10 { for $i : 0..2000 { printf("a line of output that fills a pipe in no time, number %d\\n", $i); } @start = 1; exit(); }';
  const { stdout, stderr } = await runCommand(['-c', `"$0" -q -e '${script}' | { sleep 3; cat; }`, command], { program: '/bin/sh' });
  t.equal(stderr, '');
  t.equal(stdout, `ready\n${Array.from({ length: 2000 }, (_, i) => `a line of output that fills a pipe in no time, number ${i}\n`).join('')}\n\n@start: 1\n`);
});
