// Signals while the command starts, and a ^C that comes twice (language.md 8.6).

import t from 'tap';
import { Running } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`${signal} while the script is compiled ends at once`, async (t) => {
    if (!needs(t, 'root')) return;
    // the types are shown when the script has been checked; translating it takes seconds
    const running = new Running(['-B', 'none', '-d', 'types', '-e', 'begin { unroll(100) { unroll(100) { @x++; } } }']);
    await running.until('stdout', /==> types/);
    running.kill(signal);
    const ended = await running.ended;
    t.equal(ended.signal, signal);
  });
}

for (const gapMs of [0, 5, 20, 50]) {
  t.test(`^C that comes twice, ${gapMs} ms apart, is one`, async (t) => {
    if (!needs(t, 'root', 'software')) return;
    const running = new Running(['-e', 'BEGIN { printf("ready\\n"); } interval:ms:10 { @ticks++; } END { printf("end\\n"); }']);
    await running.until('stdout', /ready/);
    running.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, gapMs));
    running.kill(gapMs === 5 ? 'SIGTERM' : 'SIGINT');
    const { stdout, status } = await running.ended;
    t.match(stdout, /^ready\nend\n\n\n/);
    t.equal(status, 0);
  });
}

t.test('SIGUSR1 while it starts opens no debugger', async (t) => {
  if (!needs(t, 'root')) return;
  // seen while the script is compiled, which takes a second
  const running = new Running(['-B', 'none', '-d', 'types', '--dry-run', '-e', 'begin { unroll(20) { unroll(100) { @x++; } } }']);
  await running.until('stdout', /==> types/);
  running.kill('SIGUSR1');
  const { stderr, status } = await running.ended;
  t.equal(stderr, 'Attached 1 probe\n');
  t.equal(status, 0);
});
