// -c and -p (language.md 8.5).

import { spawn, type ChildProcess } from 'node:child_process';
import t from 'tap';
import { runCommand, Running } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const openat = 'tracepoint:syscalls:sys_enter_openat { if (strcontains(str(args.filename), "tbpf-missing")) { printf("%s %s\\n", comm, str(args.filename)); } }';

t.test('-c: the command runs when all is attached, and its end is the end', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const { stdout, stderr, status } = await runCommand(['-c', 'cat /nonexistent/tbpf-missing', '-e', openat.replace('{ if', '/pid == cpid/ { if')]);
  t.equal(stdout, 'cat /nonexistent/tbpf-missing\n\n\n');
  t.match(stderr, /^Attached 1 probe\ncat: /);
  t.equal(status, 0, 'whatever the status of the command');
});

t.test('-c: the command has our input and output', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const { stdout } = await runCommand(['-q', '-c', 'cat', '-e', 'interval:s:100 { }'], { input: 'through the command\n' });
  t.equal(stdout, 'through the command\n\n\n');
});

t.test('-c -v: how it ended', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const { stderr } = await runCommand(['-v', '-q', '-c', 'false', '-e', 'interval:s:100 { }']);
  t.match(stderr, /Child exited with status 1\n/);
});

t.test('-c: the first system call that is seen is the one that becomes the command', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const script = 'tracepoint:raw_syscalls:sys_enter /pid == cpid && @calls++ == 0/ { printf("%s\\n", syscall_name(args.id)); }';
  for (let n = 0; n < 5; n++) t.match((await runCommand(['-q', '-c', 'true', '-e', script])).stdout, /^execve\n/);
});

t.test('-c: cpid', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const { stdout, stderr } = await runCommand(['-q', '-c', 'true', '-e', 'BEGIN { @before = cpid; } tracepoint:syscalls:sys_enter_execve /pid == cpid/ { @same = pid == @before; }']);
  t.match(stdout, /^\n\n@before: \d+\n@same: (1|true)\n$/);
  t.equal(stderr, '');
});

t.test('-c: no such command', async (t) => {
  if (!needs(t, 'root')) return;
  const { stderr, status } = await runCommand(['-c', 'no-such-command-here x', '-e', 'BEGIN { }']);
  t.match(stderr, /^ERROR: Failed to fork child: command no-such-command-here not found/);
  t.equal(status, 1);
});

for (const empty of ['', '  ']) {
  t.test(`-c '${empty}': no command`, async (t) => {
    if (!needs(t, 'root')) return;
    const { stderr, status } = await runCommand(['-c', empty, '-e', 'BEGIN { }']);
    t.equal(stderr, 'ERROR: Failed to fork child: the command is empty\n');
    t.equal(status, 1);
  });
}

t.test('the script ends first: the command gets SIGTERM', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const { stdout, status } = await runCommand(['-q', '-c', 'sleep 1000', '-e', 'interval:ms:20 { printf("%d\\n", cpid); exit(); }']);
  t.equal(status, 0);
  const pid = Number(stdout.split('\n')[0]);
  t.ok(pid > 0);
  for (let tries = 0; isRunning(pid) && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  t.notOk(isRunning(pid));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A process that opens files every 10 ms. */
function opener(): ChildProcess {
  return spawn('sh', ['-c', 'while :; do head -c 10 /dev/zero > /dev/null; read x < /dev/null; sleep 0.01; done'], { stdio: 'ignore', detached: true });
}

t.test('-p: only this process; its end is the end', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const traced = spawn('sh', ['-c', 'while :; do read x < /dev/null; sleep 0.01; done'], { stdio: 'ignore' });
  const other = opener();
  t.teardown(() => {
    traced.kill('SIGKILL');
    process.kill(-other.pid!, 'SIGKILL');
  });
  const running = new Running(['-p', String(traced.pid), '-e', 'tracepoint:syscalls:sys_enter_openat { @[pid] = count(); printf("tick\\n"); }']);
  await running.until('stdout', /tick/);
  traced.kill('SIGKILL');
  const { stdout, status } = await running.ended;
  t.match(stdout.replace(/tick\n/g, ''), new RegExp(`^\\n\\n@\\[${traced.pid}\\]: \\d+\\n$`));
  t.equal(status, 0);
});

t.test('-p: no such process', async (t) => {
  if (!needs(t, 'root')) return;
  const { stderr, status } = await runCommand(['-p', '4194303', '-e', 'interval:s:1 { }']);
  t.match(stderr, /^ERROR: Failed to attach to pid: /);
  t.equal(status, 1);
});

t.test('uprobes of -c are for the command alone', async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  const { stdout } = await runCommand(['-q', '-c', 'sh -c true', '-e', 'uprobe:libc:getenv { @[pid == cpid] = count(); }']);
  t.notMatch(stdout, /@\[(0|false)\]/);
});

t.test('-c: a function of a wildcard has its name though the command is gone before it could be looked at', async (t) => {
  if (!needs(t, 'root', 'uprobe_multi')) return;
  const { stdout } = await runCommand(['-q', '-c', 'cat /etc/hostname', '-e', 'uprobe:libc:open* { @[func] = count(); }']);
  t.match(stdout, /^@\[open(at)?(64)?\]: \d+$/m);
});
