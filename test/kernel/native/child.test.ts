// Held children and watched processes.

import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { loadNative, type ChildHandle, type ExitStatus } from '../../../lib/runtime/native/index.js';

const native = loadNative();
const exitOf = (child: ChildHandle): Promise<ExitStatus> => new Promise((resolve) => child.onExit(resolve));
const commOf = (pid: number): string => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
const runs = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

t.test('waits before exec, then runs with its arguments, environment and folder', async (t) => {
  const folder = t.testdir({});
  const child = native.spawnHeld(['sh', '-c', 'echo "$0 $GREETING $(pwd)" > out; exit 7', 'zero'], {
    env: ['GREETING=hello', 'PATH=/usr/bin:/bin'],
    cwd: folder,
  });
  await sleep(30);
  t.not(commOf(child.pid), 'sh', 'held');
  child.resume();
  t.same(await exitOf(child), { code: 7, signal: undefined });
  t.equal(readFileSync(join(folder, 'out'), 'utf8'), `zero hello ${folder}\n`);
  t.same(await exitOf(child), { code: 7, signal: undefined }, 'again, afterwards');
  t.equal(child.kill(15), false);
  t.throws(() => child.resume(), { code: 'ERR_ARG', message: /runs already/ });
  child.close();
  child.close();
  t.throws(() => child.kill(15), { code: 'ERR_CLOSED' });
  t.throws(() => child.onExit(() => {}), { code: 'ERR_CLOSED' });
});

t.test('one that died while it was held is an error when it is let go, not the end of this process', async (t) => {
  const child = native.spawnHeld(['true']);
  const exited = exitOf(child);
  child.kill(9);
  t.same(await exited, { code: undefined, signal: 9 });
  const signals: string[] = [];
  const heard = (): void => void signals.push('SIGPIPE');
  process.on('SIGPIPE', heard);
  t.teardown(() => process.off('SIGPIPE', heard));
  t.throws(() => child.resume(), { code: 'ESRCH', syscall: 'execve' });
  await sleep(30);
  t.same(signals, []);
  child.close();
});

t.test('a signal', async (t) => {
  const child = native.spawnHeld(['sleep', '100']);
  child.resume();
  t.equal(commOf(child.pid), 'sleep');
  const exited = exitOf(child);
  t.equal(child.kill(9), true);
  t.same(await exited, { code: undefined, signal: 9 });
  child.close();
});

t.test('signals are at their defaults in the child', async (t) => {
  const child = native.spawnHeld(['sleep', '100']);
  child.resume();
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  t.match(status, /^SigBlk:\s+0+$/m);
  t.match(status, /^SigIgn:\s+0+$/m);
  child.kill(9);
  await exitOf(child);
  child.close();
});

t.test('closed before it is resumed: it never runs', async (t) => {
  const file = join(t.testdir({}), 'ran');
  const child = native.spawnHeld(['touch', file]);
  const { pid } = child;
  child.close();
  t.equal(runs(pid), false);
  t.throws(() => readFileSync(file), { code: 'ENOENT' });
});

t.test('a script without #! runs in the shell', async (t) => {
  const file = join(t.testdir({}), 'script');
  writeFileSync(file, 'exit 3\n');
  chmodSync(file, 0o755);
  const child = native.spawnHeld([file]);
  child.resume();
  t.same(await exitOf(child), { code: 3, signal: undefined });
  child.close();
});

t.test('commands that cannot be', async (t) => {
  t.throws(() => native.spawnHeld(['no-such-command']), { code: 'ENOENT', message: 'command no-such-command not found' });
  t.throws(() => native.spawnHeld(['/no/such/file']), { code: 'ENOENT' });
  t.throws(() => native.spawnHeld(['/etc/passwd']), { name: 'PermissionError', code: 'EACCES' });
  t.throws(() => native.spawnHeld(['/usr']), { code: 'EACCES' });
  t.throws(() => native.spawnHeld([]), { code: 'ERR_ARG' });
  t.throws(() => native.spawnHeld(['']), { code: 'ERR_ARG' });
  t.throws(() => native.spawnHeld(['true', 5 as unknown as string]), { code: 'ERR_ARG' });
  const child = native.spawnHeld(['true'], { cwd: '/no/such/folder' });
  t.throws(() => child.resume(), { code: 'ENOENT', syscall: 'chdir' });
  t.equal(runs(child.pid), false);
  child.close();
  const script = join(t.testdir({ script: '#!/no/such/interpreter\n' }), 'script');
  chmodSync(script, 0o755);
  const scripted = native.spawnHeld([script]);
  t.throws(() => scripted.resume(), { code: 'ENOENT', syscall: 'execve', message: `${script} cannot be run: the interpreter that its first line names (#!…), or the loader of a binary, is not there` });
  scripted.close();
});

t.test('exits of others are seen', async (t) => {
  const other = spawn('sleep', ['100']);
  await new Promise((resolve) => other.on('spawn', resolve));
  const ended = new Promise<void>((resolve) => {
    const watch = native.watchPid(other.pid!, () => {
      t.equal(watch.closed, true);
      resolve();
    });
    t.equal(watch.pid, other.pid);
  });
  other.kill();
  await ended;
});

t.test('watching can stop', async (t) => {
  const other = spawn('sleep', ['100']);
  await new Promise((resolve) => other.on('spawn', resolve));
  const watch = native.watchPid(other.pid!, () => t.fail('not watched any more'));
  watch.unref();
  watch.ref();
  watch.close();
  watch.close();
  const exited = new Promise((resolve) => other.on('exit', resolve));
  other.kill();
  await exited;
  await sleep(20);
  t.throws(() => native.watchPid(other.pid!, () => {}), { code: 'ESRCH', message: `there is no process ${other.pid} any more` });
});
