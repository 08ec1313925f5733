// Signals while the command starts, and a ^C that comes twice (language.md 8.6).

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { command, Running } from '../../helpers/command.js';
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

/** The TCP ports that a process listens on. */
function listening(pid: number): number[] {
  const own = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => readlink(`/proc/${pid}/fd/${fd}`)));
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1));
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && own.has(`socket:[${inode}]`))
    .map(([, local]) => parseInt(local!.split(':')[1]!, 16));
}

/** '' for a descriptor that has been closed since. */
function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** SIGUSR1 so long after the process has become Node, then again once its script runs. */
async function signalEarly(running: Running, afterMs: number): Promise<{ ports: number[]; heard: boolean } | 'ended by the signal'> {
  const pid = running.process.pid!;
  while (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'node') await wait(0);
  await wait(afterMs);
  running.kill('SIGUSR1');
  try {
    await running.until('stdout', /ready/);
  } catch {
    return 'ended by the signal';
  }
  const ports = listeningUnlessEnded(pid);
  running.kill('SIGUSR1');
  const { status } = await running.ended;
  return { ports, heard: status === 9 };
}

/** A signal that came when the script was listening has ended it: its status says that it heard. */
function listeningUnlessEnded(pid: number): number[] {
  try {
    return listening(pid);
  } catch (error) {
    if (['ENOENT', 'EINVAL', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

const heardProgram = ['-e', 'self:signal:SIGUSR1 { exit(9); } interval:s:20 { exit(1); } BEGIN { printf("ready\\n"); }'];

/** What a start of the script takes on this machine now: the moments of the signal are spread over it. */
async function timeToScript(): Promise<number> {
  const running = new Running(heardProgram);
  const started = performance.now();
  await running.until('stdout', /ready/);
  const took = performance.now() - started;
  running.kill('SIGUSR1');
  await running.ended;
  return took;
}

t.test('SIGUSR1 at any moment of the start opens no debugger, and the script hears the next', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const startMs = await timeToScript();
  const stepMs = startMs / 20;
  let survived = 0;
  for (let afterMs = 0; afterMs < 30 * stepMs; afterMs += 2 * stepMs) {
    const both = [afterMs, afterMs + stepMs].map(async (ms) => ({ ms, result: await signalEarly(new Running(heardProgram), ms) }));
    for (const { ms, result } of await Promise.all(both)) {
      // until Node has made itself ready, the kernel ends the process for the signal, as any other
      if (result === 'ended by the signal') continue;
      t.same(result, { ports: [], heard: true }, `${ms} ms`);
      survived++;
    }
  }
  t.ok(survived > 15, `${survived} of 30 got as far as their script`);
});

t.test('also where Node is called by name, without the line of shell in bin/tbpf', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const startMs = await timeToScript();
  let opened = 0;
  for (let afterMs = startMs / 10; afterMs < 1.2 * startMs; afterMs += startMs / 10) {
    const result = await signalEarly(new Running([command, ...heardProgram], { program: process.execPath }), afterMs);
    if (result === 'ended by the signal') continue;
    t.same(result, { ports: [], heard: true }, `${afterMs} ms`);
    opened++;
  }
  t.ok(opened > 0);
});

t.test('the debugger would be seen: Node alone opens it for that signal', async (t) => {
  const running = new Running(['--inspect-port=0', '-e', 'setInterval(() => undefined, 1000); console.log("ready")'], { program: process.execPath });
  await running.until('stdout', /ready/);
  running.kill('SIGUSR1');
  await running.until('stderr', /Debugger listening/);
  t.equal(listening(running.process.pid!).length, 1);
  running.kill('SIGKILL');
  await running.ended;
});
