// signal and signal_thread on the running kernel: processes of this test get them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';

const GETPPID = process.arch === 'x64' ? 110 : 173;

/** A process that waits for a line, calls getppid() once and then waits to be ended. */
async function victim(text = ''): Promise<{ pid: number; go: () => void; ended: Promise<unknown[]>; output: () => string }> {
  const child = spawn('perl', ['-e', `$| = 1; ${text} print "ready\\n"; <STDIN>; syscall(${GETPPID}); print "alive\\n"; <STDIN>;`], { stdio: ['pipe', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  child.stdin.on('error', () => undefined);
  return { pid: child.pid!, go: () => void child.stdin.end('\n\n'), ended, output: () => printed };
}

const probes = {
  tracepoint: { need: 'tracepoint', script: (pid: number, body: string) => `tracepoint:syscalls:sys_enter_getppid /pid == ${pid}/ { ${body} }` },
  rawtracepoint: { need: 'btf', script: (pid: number, body: string) => `rawtracepoint:sys_enter /pid == ${pid} && args.id == ${GETPPID}/ { ${body} }` },
  kprobe: { need: 'kprobe', script: (pid: number, body: string) => `kprobe:__*_sys_getppid /pid == ${pid}/ { ${body} }` },
  kretprobe: { need: 'kprobe', script: (pid: number, body: string) => `kretprobe:__*_sys_getppid /pid == ${pid}/ { ${body} }` },
  uprobe: { need: 'uprobe', script: (pid: number, body: string) => `uprobe:${runningMachine().binary('libc.so.6')!.path}:syscall /pid == ${pid}/ { ${body} }` },
  fentry: { need: 'fentry', script: (pid: number, body: string) => `fentry:__*_sys_getppid /pid == ${pid}/ { ${body} }` },
  fexit: { need: 'fentry', script: (pid: number, body: string) => `fexit:__*_sys_getppid /pid == ${pid}/ { ${body} }` },
} as const;

for (const [kind, { need, script }] of Object.entries(probes)) {
  t.test(`${kind} kills`, async (t) => {
    if (!needs(t, 'root', 'btf', need)) return;
    const { pid, go, ended, output } = await victim();
    const result = await runLive(script(pid, 'signal("KILL"); printf("sent\\n");'), { unsafe: true, during: async () => { go(); await ended; } });
    t.same(await ended, [null, 'SIGKILL']);
    t.equal(output(), 'ready\n', 'it is gone before it says anything more');
    t.match(result.stdout, /^sent\n/);
    t.equal(result.stderr, 'Attached 1 probe\n');
  });
}

t.test('signals by number, by name and by value reach a handler', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const { pid, go, ended, output } = await victim('for my $s (qw(USR1 USR2 HUP CONT)) { $SIG{$s} = sub { print "got $s\\n" } }');
  const body = 'signal(10); signal_thread("sigusr2"); $n = pid - pid + 1; signal($n); signal_thread("CONT"); $n = 99; signal($n);';
  const { stderr } = await runLive(probes.tracepoint.script(pid, body), { unsafe: true, during: async () => { go(); await ended; } });
  t.same(await ended, [0, null]);
  t.same(output().trim().split('\n').sort(), ['alive', 'got CONT', 'got HUP', 'got USR1', 'got USR2', 'ready']);
  t.match(stderr, /^Attached 1 probe\nstdin:1:\d+-\d+: ERROR: signal\(\) expects an integer between 1 and 64 \(inclusive\)\. Got 99\n$/);
});

t.test('profile', async (t) => {
  if (!needs(t, 'root', 'btf', 'software')) return;
  const busy = spawn('perl', ['-e', `$| = 1; print "ready"; 1 while getppid() == ${process.pid};`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(busy, 'close');
  await once(busy.stdout, 'data');
  await runLive(`profile:hz:99 /pid == ${busy.pid!}/ { signal("TERM"); }`, { unsafe: true, during: async () => void await ended });
  t.same(await ended, [null, 'SIGTERM']);
});
