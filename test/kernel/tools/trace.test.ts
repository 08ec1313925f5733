// trace on the running kernel: functions of a library and tracepoints of one process; kernel functions in guests.

import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';
import { overPython } from '../../helpers/tool-python.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const program = `
for n in (1, 2, 3): os.getpgid(0); os.getpriority(n % 2, 0)
try: os.open('/nonexistent/file', os.O_RDONLY)
except OSError: pass
`;

async function traced(args: readonly string[], until?: RegExp): Promise<{ readonly stdout: string; readonly stderr: string; readonly status: number | null; readonly pid: number }> {
  return overPython({ program, args: (pid) => ['trace', '-p', String(pid), ...args], ready: { stream: 'stdout', pattern: /PID.*\n|"columns"|^time,/ }, until });
}

/** An emulated guest starts two commands a second: there only what this kernel lacks is tried. */
const notInGuests = onThisMachine();

t.test('the columns, to the byte; predicates, values, returns, tracepoints', notInGuests, async (t) => {
  const { stdout, stderr, status, pid } = await traced([
    'c:getpriority (arg1 == 1) "which %d who %u %x", arg1, arg2, arg1 + 255',
    'p:c:open64(const char *path, int flags) (STRCMP("/nonex", path) && !STREQ("/nonex", path) && STRSTR("file", path)) "%s|%-20s|%d", path, path, flags & O_WRONLY',
    'r:c:open64 ((int)retval < 0) "%d %e", retval, -ENOENT',
    't:syscalls:sys_enter_openat (STRCMP("/nonexistent", args->filename)) "%s", args->filename',
  ]);
  t.equal(stderr, '');
  t.equal(status, 0);
  const row = (func: string, message: string): string => `${String(pid).padEnd(7)} ${String(pid).padEnd(7)} ${'python3'.padEnd(15)} ${func.padEnd(16)} ${message}`;
  t.same(stdout.split('\n'), [
    `${'PID'.padEnd(7)} ${'TID'.padEnd(7)} ${'COMM'.padEnd(15)} ${'FUNC'.padEnd(16)} -`,
    row('getpriority', 'which 1 who 0 100'),
    row('getpriority', 'which 1 who 0 100'),
    row('open64', `/nonexistent/file|${'/nonexistent/file'.padEnd(20)}|0`),
    row('sys_enter_openat', '/nonexistent/file'),
    row('open64', '-1 ENOENT'),
    '',
  ]);
});

t.test('without a format the last heading is empty; -T, -C, -M', notInGuests, async (t) => {
  const { stdout, status, pid } = await traced(['-T', '-C', '-M', '2', 'c:getpgid'], /getpgid[^]*getpgid.*\n/);
  t.equal(status, 0);
  const [heading, ...rows] = stdout.split('\n').slice(0, -1);
  t.equal(heading, `${'TIME'.padEnd(8)} CPU ${'PID'.padEnd(7)} ${'TID'.padEnd(7)} ${'COMM'.padEnd(15)} ${'FUNC'.padEnd(16)} `);
  t.equal(rows.length, 2);
  for (const row of rows) t.match(row, new RegExp(`^\\d\\d:\\d\\d:\\d\\d \\d+ +${pid} +${pid} +python3 +getpgid +$`));
});

t.test('names of enumerators and of flags; strings as long as -Z says; -b', notInGuests, async (t) => {
  const { stdout } = await traced(['-Z', '8', '-b', '4', 'c:getpriority(int which, gfp_t flags) (which == 1) "%T|%T|%-13T|%d", (enum pid_type)which, flags, (gfp_t)3264, (enum pid_type)which', 'c:open64 (STRCMP("/nonex", arg1)) "%s|%.3s", arg1, arg1']);
  t.same(stdout.match(/(?<=getpriority +)\S.*/g), ['PIDTYPE_TGID|0|GFP_KERNEL   |1', 'PIDTYPE_TGID|0|GFP_KERNEL   |1']);
  t.match(stdout, /open64 +\/nonexi\|\/no\n/);
});

t.test('-t wins over -T; -v says what is traced', notInGuests, async (t) => {
  const { stdout, stderr, pid } = await traced(['-T', '-t', '-v', '-M', '1', 'c:getpgid "%d", arg1'], /getpgid +0\n/);
  t.match(stdout.split('\n')[1], /^\d\.\d{6} /);
  t.match(stderr, new RegExp(`^c:getpgid "%d", arg1: entry of /.*/libc\\.so\\.6:getpgid, 1 values\\nuprobe:/.*:getpgid /pid == ${pid}/\\n\\{\\n`));
});

t.test('-t, -n, -f', notInGuests, async (t) => {
  const { stdout } = await traced(['-t', '-n', 'yth', '-f', 'which 0', 'c:getpriority "which %d", arg1']);
  const rows = stdout.split('\n').slice(1, -1);
  t.equal(rows.length, 1);
  t.match(rows[0], /^\d\.\d{6} .* which 0$/);
});

t.test('-t -u, -U, -a, %U', notInGuests, async (t) => {
  const { stdout } = await traced(['-t', '-u', '-U', '-a', '-M', '1', 'c:getpgid "at %U", ctx->ip'], /\n\n/);
  const [heading, row, frame] = stdout.split('\n');
  t.match(heading, /^TIME {14}PID/);
  t.match(row, /^1\d{9}\.\d{6} .* at (__)?getpgid\+0x[01] \[libc\.so\.6\]$/);
  t.match(frame, /^ {8} *[0-9a-f]+ (__)?getpgid\+0x[01] \[libc\.so\.6\]$/);
  t.ok(stdout.endsWith('\n\n'), 'an empty line behind the frames');
});

t.test('-A: texts by how often, without the time', notInGuests, async (t) => {
  const { stdout } = await traced(['-A', '-M', '3', 'c:getpriority "which %d", arg1'], /COUNT 1\n\n/);
  t.match(stdout, /which 1\n-->COUNT 2\n\n.*which 0\n-->COUNT 1\n\n$/s);
});

t.test('-L, --uid, -c: only this thread, user, control group', notInGuests, async (t) => {
  const getpgid = ['-M', '1', 'c:getpgid'];
  const thread = async (args: (pid: number) => readonly string[], until?: RegExp): Promise<string> => (await overPython({ program, args: (pid) => ['trace', ...args(pid)], ready: { stream: 'stdout', pattern: /PID.*\n/ }, until })).stdout;
  t.match(await thread((pid) => ['-L', String(pid), ...getpgid], /getpgid/), /\d +python3 +getpgid/);
  t.notMatch(await thread(() => ['-L', '1', ...getpgid]), /getpgid/, 'another thread');
  t.match(await thread((pid) => ['-p', String(pid), '--uid', '0', ...getpgid], /getpgid/), /python3 +getpgid/, 'user 0 is a filter');
  t.notMatch(await thread((pid) => ['-p', String(pid), '--uid', '65534', ...getpgid]), /getpgid/, 'another user');
  const group = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  const mounted = /^(?:\S+ ){4}(\S+) .* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1];
  if (group === undefined || mounted === undefined) return t.comment('no control groups of version 2 here');
  const own = join(mounted, `tbpf-test-${process.pid}`);
  mkdirSync(own);
  t.teardown(() => rmdirSync(own));
  t.notMatch(await thread((pid) => ['-p', String(pid), '-c', own, ...getpgid]), /getpgid/, 'another control group');
  t.match(await thread((pid) => ['-p', String(pid), '-c', join(mounted, group), ...getpgid], /getpgid/), /python3 +getpgid/);
});

t.test('-K: the stack in the kernel; -s is accepted; -I defines what probes name', notInGuests, async (t) => {
  const { stdout } = await traced(['-K', '-M', '1', '-s', '/bin/true', 't:syscalls:sys_enter_getpriority'], /\n\n/);
  t.match(stdout, /sys_enter_getpriority .*\n(?: {8}\S+(?:\+0x[0-9a-f]+)? \[kernel\]\n)+\n/);
  const header = join(t.testdir({ 'pair.h': 'struct pair { int first; int second; };\n' }), 'pair.h');
  const defined = await traced(['-I', header, '-M', '1', 'c:getpriority "%d", sizeof(struct pair)'], /getpriority +8/);
  t.match(defined.stdout, /getpriority +8\n/);
});

t.test('forms for programs', notInGuests, async (t) => {
  const { stdout } = await traced(['-o', 'ndjson', '-U', 'c:getpriority (arg1 == 0) "which %d", arg1']);
  const [columns, row] = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  t.match(columns, { type: 'columns', tool: 'trace' });
  t.match(row, { type: 'hit', comm: 'python3', func: 'getpriority', message: 'which 0', user_stack: Array });
});

const wrong: [args: readonly string[], status: number, stderr: RegExp][] = [
  [[], 2, /^usage: trace .*trace: error: the following arguments are required: probe\n$/s],
  [['-b', '3', 'c:f'], 2, /argument -b\/--buffer-pages: '3' is not a power of two\n$/],
  [['-p', '1', '-L', '1', 'c:getpid'], 1, /^only one of -p and -L may be specified\n$/],
  [['-A', 'c:getpid'], 1, /^-M\/--max-events should be specified with -A\/--aggregate\n$/],
  [['-A', '-M', '1', '-o', 'json', 'c:getpid'], 2, /trace: error: argument -A\/--aggregate: prints text only\n$/],
  [['-v', 'c:open "%d", foo'], 1, /^error in probe [^]*\nError: there is no 'foo' here\n +at /],
  [['c:getpid', 'c:open "%d", foo'], 1, /^error in probe 'c:open "%d", foo': there is no 'foo' here\n {4}c:open "%d", foo\n {17}\^\^\^\n/],
  [['t:sched:sched_switch (args->nope == 1)'], 1, /does not contain a field named 'nope'\n {4}t:sched:sched_switch \(args->nope == 1\)\n {26}\^{10}\n/],
];
for (const [args, status, stderr] of wrong) {
  t.test(`wrong: trace ${args.join(' ')}`, async (t) => {
    const result = await runCommand(['trace', ...args], { timeoutMs: 60_000 });
    t.equal(result.status, status);
    t.match(result.stderr, stderr);
    t.equal(result.stdout, '');
  });
}

t.test('kernel functions: arguments, the caller of a system call, parameters by name, returns', async (t) => {
  if (!needs(t, 'kprobe')) return;
  const { stdout, stderr } = await traced([
    'do_sys_openat2 (STRCMP("/nonexistent", arg2@user)) "%s", arg2@user',
    '__x64_sys_getpriority(int which, int who) (which == 1) "%d %d", which, who',
    'r::do_sys_openat2 ((int)retval == -ENOENT) "%d", retval',
  ]);
  t.equal(stderr, '');
  t.match(stdout, /do_sys_openat2 +\/nonexistent\/file\n/);
  t.equal(stdout.match(/__x64_sys_getpriority +1 0\n/g)?.length, 2);
  t.match(stdout, /do_sys_openat2 +-2\n/);
});
