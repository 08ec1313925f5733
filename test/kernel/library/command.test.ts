// Commands: started when all is attached, their end is in the trace's, and theirs is a rule when the trace ends first.

import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Readable } from 'node:stream';
import t from 'tap';
import { trace, type Command, type Session } from '../../../lib/index.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const idle = 'begin { printf("%d\\n", cpid); } interval:s:100 { }';

const ends: [title: string, argv: [string, ...string[]], child: { code: number | null; signal: string | null }][] = [
  ['a status', ['sh', '-c', 'exit 7'], { code: 7, signal: null }],
  ['a signal', ['sh', '-c', 'kill -KILL $$'], { code: null, signal: 'SIGKILL' }],
];
for (const [title, argv, child] of ends) {
  t.test(`a command that ends with ${title}`, async (t) => {
    if (!needs(t, 'root', 'software')) return;
    t.match(await (await trace(idle, { command: argv })).done, { reason: 'process-ended', status: 0, child });
  });
}

async function pidOf(session: Session): Promise<number> {
  for await (const event of session.events()) if (event.type === 'printf') return Number(event.text);
  return 0;
}

/** running, or gone: a zombie is */
const runs = (pid: number): boolean => existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

t.test('follow: what the command starts, and nobody else', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const load = 'for (1 .. 9) { my $child = fork; if ($child == 0) { getppid for 1 .. 10; exit 0 } waitpid $child, 0 } getppid for 1 .. 100';
  const session = await trace('tracepoint:syscalls:sys_enter_getppid { @ = count(); }', { command: ['perl', '-e', load], follow: true });
  t.strictSame(session.probes, [{ name: 'tracepoint:syscalls:sys_enter_getppid', count: 1 }]);
  await session.done;
  t.equal(session.maps.get('@').value, 190n);
  t.strictSame(session.maps.names, ['@']);
});

t.test('the trace ends first: SIGTERM, and how the command took it', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(idle, { command: ['sleep', '1000'] });
  const pid = await pidOf(session);
  t.ok(runs(pid));
  t.match(await session.stop(), { reason: 'stopped', child: { code: null, signal: 'SIGTERM' } });
  t.notOk(existsSync(`/proc/${pid}`), 'nothing is left of it');
});

t.test('the trace ends first: another signal, a command that hears it', onThisMachine(), async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(idle, { command: { argv: ['sh', '-c', 'trap "exit 3" INT; echo ready > "$READY"; while :; do sleep 0.02; done'], killOnStop: 'SIGINT', env: { PATH: process.env['PATH']!, READY: `${t.testdir({})}/ready` } } });
  const ready = `${t.testdirName}/ready`;
  while (!existsSync(ready)) await new Promise((resolve) => setTimeout(resolve, 5));
  t.match(await session.stop(), { child: { code: 3, signal: null } });
});

t.test('the trace ends first: the command runs on', onThisMachine(), async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(idle, { command: { argv: ['sleep', '1000'], killOnStop: false } });
  const pid = await pidOf(session);
  const end = await session.stop();
  t.notOk('child' in end);
  t.ok(runs(pid));
  process.kill(pid, 'SIGKILL');
  while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 5));
  t.pass('it is reaped');
});

t.test('folder and environment', onThisMachine(), async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const folder = t.testdir({});
  const session = await trace(idle, { command: { argv: ['sh', '-c', 'echo "$A $PWD" > out'], cwd: folder, env: { A: 'b', PATH: process.env['PATH']! } } });
  t.match(await session.done, { child: { code: 0 } });
  t.equal(readFileSync(`${folder}/out`, 'utf8'), `b ${folder}\n`);
});

t.test('another user, with the groups of that user', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const { pid, uid, gid, groups } = JSON.parse(await outputOf({ argv: [process.execPath, '-p', 'JSON.stringify({ pid: process.pid, uid: process.getuid(), gid: process.getgid(), groups: process.getgroups() })'], uid: 65534, stdio: 'pipe' })) as Record<string, unknown>;
  t.type(pid, 'number');
  t.match({ uid, gid, groups }, { uid: 65534, gid: 65534, groups: [65534] });
  t.match(JSON.parse(await outputOf({ argv: [process.execPath, '-p', 'JSON.stringify([process.getuid(), process.getgid()])'], uid: 54321, stdio: 'pipe' })), [54321, 54321], 'one that nobody has registered');
});

t.test('streams: pipes, or none', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(idle, { command: { argv: ['sh', '-c', 'read line; echo "got $line"; echo bad >&2'], stdio: 'pipe' } });
  const { command } = session;
  t.equal(command!.pid, await pidOf(session));
  const [out, errors] = [textOf(command!.stdout!), textOf(command!.stderr!)];
  command!.stdin!.end('words\n');
  t.match(await session.done, { reason: 'process-ended', child: { code: 0 } });
  t.strictSame([await out, await errors], ['got words\n', 'bad\n']);
  const quiet = await trace(idle, { command: { argv: ['sh', '-c', 'readlink /proc/$$/fd/0 /proc/$$/fd/1 | grep -c /dev/null >/dev/null; cat; echo unheard; test "$(readlink /proc/$$/fd/1)" = /dev/null'], stdio: 'ignore' } });
  t.strictSame(quiet.command, { pid: quiet.command!.pid });
  t.match(await quiet.done, { child: { code: 0 } });
  const before = pipes();
  await t.rejects(trace('begin { printf("%d", no_such); }', { command: { argv: ['true'], stdio: 'pipe' } }), { code: 'ERR_COMPILE' });
  await t.rejects(trace(idle, { command: { argv: ['/proc/self/no-program'], stdio: 'pipe' } }), { code: 'ENOENT' });
  t.equal(pipes(), before, 'pipes of a trace that does not start are closed');
});

function pipes(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('pipe:');
    } catch {
      return false; // that of the listing itself
    }
  }).length;
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

async function outputOf(command: Command): Promise<string> {
  const session = await trace(idle, { command });
  const text = await textOf(session.command!.stdout!);
  await session.done;
  return text;
}

t.test('no such command: nothing is traced', onThisMachine(), async (t) => {
  if (!needs(t, 'root')) return;
  await t.rejects(trace(idle, { command: ['no-such-command-anywhere'] }), { code: 'ENOENT', errno: -2, syscall: 'execve' });
});

t.test('a working directory that there is not: the error names it and not the command', onThisMachine(), async (t) => {
  if (!needs(t, 'root')) return;
  await t.rejects(trace(idle, { command: { argv: ['true'], cwd: '/tbpf/none' } }), { code: 'ENOENT', errno: -2, syscall: 'chdir', message: 'the working directory /tbpf/none does not exist' });
  await t.rejects(trace(idle, { command: { argv: ['true'], cwd: '/etc/hostname' } }), { code: 'ENOTDIR', syscall: 'chdir', message: 'the working directory /etc/hostname is no folder' });
});

t.test('a signal that was aborted before the start: AbortError, and no command runs', onThisMachine(), async (t) => {
  if (!needs(t, 'root')) return;
  const ran = `${t.testdir({})}/ran`;
  await t.rejects(trace(idle, { signal: AbortSignal.abort('why'), command: ['touch', ran] }), { name: 'AbortError', code: 'ABORT_ERR', cause: 'why' });
  const abort = new AbortController();
  const starting = trace(idle, { signal: abort.signal, command: ['touch', ran] });
  abort.abort();
  await t.rejects(starting, { name: 'AbortError' });
  t.notOk(existsSync(ran));
});
