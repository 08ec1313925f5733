// How a trace ends: ^C, SIGTERM, SIGUSR1, SIGKILL (language.md 8.6). What does not depend on the kernel is in test/unit/cli/signals.test.ts.

import { execFileSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { command, Running, runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const ticking = 'BEGIN { printf("ready\\n"); } interval:ms:10 { @ticks++; } END { printf("end\\n"); }';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`${signal}: end probes, then maps, status 0`, async (t) => {
    if (!needs(t, 'root', 'software')) return;
    const running = new Running(['-e', ticking]);
    await running.until('stdout', /ready/);
    running.kill(signal);
    const { stdout, status } = await running.ended;
    t.match(stdout, /^ready\nend\n\n\n(@ticks: \d+\n)?$/);
    t.equal(status, 0);
  });
}

t.test('SIGHUP has its default action', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const running = new Running(['-e', ticking]);
  await running.until('stdout', /ready/);
  running.kill('SIGHUP');
  const { stdout, signal } = await running.ended;
  t.equal(stdout, 'ready\n');
  t.equal(signal, 'SIGHUP');
});

t.test('SIGHUP stays ignored under nohup, for the traced command too', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const folder = t.testdir({ traced: 'grep SigIgn /proc/self/status; echo "$TBPF_NOHUP."; exec sleep 60' });
  const running = new Running([command, '-c', `sh ${folder}/traced`, '-e', ticking], { program: 'nohup' });
  await running.until('stdout', /ready/);
  await running.until('stdout', /\.\n/);
  running.kill('SIGHUP');
  await wait(200);
  running.kill('SIGINT');
  const { stdout, status } = await running.ended;
  t.match(stdout, /^SigIgn:\t0*1\n(ready\n)?\.\n/m, 'nothing but signal 1 is ignored, and the command knows nothing of the shell in bin/tbpf');
  t.match(stdout, /^end\n/m);
  t.equal(status, 0);
});

t.test('the traced command has the environment of tbpf, whatever the names', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const folder = t.testdir({ sourced: 'echo sourced' });
  const odd = { 'a.b': '1', '1st': 'two words', 'BASH_FUNC_f%%': '() { :; }', BASH_ENV: `${folder}/sourced`, ENV: `${folder}/sourced`, PS4: '$(echo sourced >&2)' };
  const { stdout, stderr, status } = await runCommand(['-c', `${process.execPath} -p JSON.stringify(process.env)`, '-e', 'interval:s:60 { }'], { env: odd });
  t.equal(status, 0, stderr);
  const seen = JSON.parse(/^\{.*\}$/m.exec(stdout)![0]) as Record<string, string>;
  for (const [name, value] of Object.entries(odd)) if (name !== 'PS4') t.equal(seen[name], value, name);
  t.notMatch(stdout + stderr, /^sourced$/m, 'nothing of it is run');
  t.notOk('TBPF_NOHUP' in seen);
});

t.test('SIGPIPE ends at once, with the status that shells show for it', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const running = new Running(['-e', ticking]);
  await running.until('stdout', /ready/);
  running.kill('SIGPIPE');
  const { stdout, status } = await running.ended;
  t.equal(stdout, 'ready\n');
  t.equal(status, 141);
});

t.test('signals of a profiler do not keep a program from loading', async (t) => {
  if (!needs(t, 'root')) return;
  const { stdout, stderr, status } = await runCommand(['--cpu-prof', '--cpu-prof-interval', '100', '--cpu-prof-dir', t.testdir(), command, '-q', '-e', 'begin { for ($i : 0..10) { @[$i] = count(); } exit(5); } end { clear(@); }'], { program: process.execPath });
  t.equal(stdout.trim(), '');
  t.equal(stderr, '');
  t.equal(status, 5);
});

t.test('SIGUSR1 runs its probes', async (t) => {
  if (!needs(t, 'root')) return;
  const running = new Running(['-e', 'self:signal:SIGUSR1 { @n++; printf("usr1 %d\\n", @n); if (@n == 2) { exit(9); } } BEGIN { printf("ready\\n"); }']);
  await running.until('stdout', /ready/);
  running.kill('SIGUSR1');
  await running.until('stdout', /usr1 1/);
  running.kill('SIGUSR1');
  const { stdout, status } = await running.ended;
  t.equal(stdout, 'ready\nusr1 1\nusr1 2\n\n\n@n: 2\n');
  t.equal(status, 9);
});

t.test('SIGUSR1 without a probe for it is ignored', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const running = new Running(['-e', ticking]);
  await running.until('stdout', /ready/);
  running.kill('SIGUSR1');
  running.kill('SIGINT');
  const { stderr, status } = await running.ended;
  t.equal(stderr, 'Attached 3 probes\n');
  t.equal(status, 0);
});

t.test('SIGKILL leaves nothing in the kernel', async (t) => {
  if (!needs(t, 'root', 'bpftool', 'tracepoint')) return;
  const map = `k${process.pid}`;
  const left = (): number => execFileSync('bpftool', ['map', 'show'], { encoding: 'utf8' }).split('\n').filter((line) => line.includes(`name AT_${map} `)).length;
  const running = new Running(['-e', `BEGIN { printf("ready\\n"); @${map}[1] = 1; } tracepoint:sched:sched_switch /pid == 1/ { @${map}[2] = 1; } interval:s:1 { @${map}[3] = 1; }`]);
  await running.until('stdout', /ready/);
  t.equal(left(), 1);
  running.kill('SIGKILL');
  await running.ended;
  // what the process held is freed when its last descriptor has been closed, some of it by a worker of the kernel
  for (let tries = 0; left() > 0 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(left(), 0);
});

t.test('the prompt comes back while many probes are still being closed', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const running = new Running(['-e', 'tracepoint:sched:sched_* /pid == 1/ { @[probe] = count(); } tracepoint:syscalls:sys_enter_s* /pid == 1/ { @[probe] = count(); } BEGIN { exit(); } END { printf("bye\\n"); }']);
  const { stdout, status } = await running.ended;
  t.match(stdout, /^bye\n\n\n/);
  t.equal(status, 0);
});
