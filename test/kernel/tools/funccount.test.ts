// funccount on the running kernel: user functions and tracepoints of one process, kernel functions in guests.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runCommand, Running, type Ended } from '../../helpers/command.js';
import { overPython } from '../../helpers/tool-python.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const program = 'for n in range(300): os.getpgid(0)\nfor n in range(20): os.getppid()';

/** Runs funccount for the process of the load; `until` ends it by itself. */
function count(args: (pid: number) => readonly string[], { until }: { readonly until?: RegExp } = {}): Promise<Ended & { readonly pid: number }> {
  return overPython({ program, args: (pid) => ['funccount', ...args(pid)], ready: { stream: 'stdout', pattern: /Tracing.*\n|"columns"|^time,|^target_info.*\n|"resourceMetrics"/m }, ...(until && { until }) });
}

function libc(): string {
  return /\S*\/libc\.so\.6$/m.exec(readFileSync('/proc/self/maps', 'utf8'))![0];
}

const python = ['c:getpgid', 'c:getppid'];

/** An emulated guest starts two commands a second: there only what this kernel lacks is tried. */
const notInGuests = onThisMachine();

t.test('the table, to the byte', notInGuests, async (t) => {
  const { stdout, stderr, status } = await count((pid) => ['-p', String(pid), ...python]);
  t.equal(stderr, '');
  t.equal(status, 0);
  const lines = stdout.split('\n');
  t.equal(lines[0], 'Tracing 2 functions for "c:getpgid c:getppid"... Hit Ctrl-C to end.');
  t.same(lines.slice(1), ['', `${'FUNC'.padEnd(36)} ${'COUNT'.padStart(8)}`, `${'getppid'.padEnd(36)} ${'20'.padStart(8)}`, `${'getpgid'.padEnd(36)} ${'300'.padStart(8)}`, 'Detaching...', '']);
});

const counts = (stdout: string): Record<string, number> => Object.fromEntries([...stdout.matchAll(/^(\S+) +(?:\S+ +)?(\d+)$/gm)].map(([, name, number]) => [name!, Number(number)]));

const rows: [title: string, args: (pid: number) => readonly string[], want: Record<string, number>][] = [
  ['patterns, sets, alternatives, p:', (pid) => ['-p', `${pid}`, 'p:c:getpp*', 'c:{getpg[i]d,nosuch}'], { getppid: 20, getpgid: 300 }],
  ['regular expressions', (pid) => ['-p', `${pid}`, '-r', 'c:getp(p|g)id$', 't:syscalls:sys_enter_getp[pg]id$'], { getppid: 20, getpgid: 300, 'syscalls:sys_enter_getpgid': 300, 'syscalls:sys_enter_getppid': 20 }],
  ['--exclude and --top', (pid) => ['-p', `${pid}`, 'c:gets*id', '--exclude', 'getp?id', 'c:getsid', 't:syscalls:sys_*_getp?id', '--top', '1'], { 'syscalls:sys_exit_getpgid': 300 }],
  ['many system calls, in one program', (pid) => ['-p', `${pid}`, 't:syscalls:sys_enter_{getppid,getpgid,getuid,getgid,geteuid,getegid,dup}'], { 'syscalls:sys_enter_getppid': 20, 'syscalls:sys_enter_getpgid': 300 }],
];
for (const [title, args, want] of rows) {
  t.test(title, notInGuests, async (t) => {
    const { stdout, stderr, status } = await count(args);
    t.equal(stderr, '');
    t.equal(status, 0);
    t.strictSame(counts(stdout), want);
  });
}

t.test('a file that only the process sees', notInGuests, async (t) => {
  const load = spawn('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /mnt && cp "$1" /mnt/libtbpf-own.so && echo there && exec sleep 100', 'sh', libc()], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(load.stdout, 'data');
    const { stdout, stderr } = await runCommand(['funccount', '-p', String(load.pid), '--dump-program', '/mnt/libtbpf-own.so:getppid']);
    t.equal(stderr, '');
    t.match(stdout, 'uprobe:/mnt/libtbpf-own.so:getppid\n');
  } finally {
    load.kill('SIGKILL');
  }
});

t.test('--by says whose', notInGuests, async (t) => {
  const { stdout, pid } = await count((pid) => ['-p', String(pid), '--by', 'pid', 'c:getppid']);
  t.match(stdout, `\n${'FUNC'.padEnd(36)} ${'PID'.padEnd(16)} ${'COUNT'.padStart(8)}\n${'getppid'.padEnd(36)} ${String(pid).padEnd(16)} ${'20'.padStart(8)}\n`);
});

t.test('--by CPU and cgroup: they add up', notInGuests, async (t) => {
  for (const by of ['cpu', 'cgroup']) {
    const { stdout } = await count((pid) => ['-p', String(pid), '--by', by, '-o', 'ndjson', 'c:getpgid']);
    const rows = stdout.trim().split('\n').slice(1).map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const row of rows) t.match(String(row[by]), /^\d+$/);
    t.equal(rows.reduce((sum, row) => sum + Number(row['count']), 0), 300, by);
  }
});

t.test('-D: the script', notInGuests, async (t) => {
  const { stderr, stdout, pid } = await count((pid) => ['-D', '-p', String(pid), 'c:getppid']);
  t.equal(stderr, `uprobe:${libc()}:getppid\n/pid == ${pid}/\n{\n  @calls[probe] = count();\n}\n`);
  t.strictSame(counts(stdout), { getppid: 20 });
});

t.test('what funccount itself calls counts with -S only', notInGuests, async (t) => {
  // nobody else is called so
  const program = (await runCommand(['funccount', '--dump-program', 't:syscalls:sys_enter_epoll_*'])).stdout;
  t.match(program, /\n\/pid != \d+\/\n/);
  t.notMatch((await runCommand(['funccount', '-S', '--dump-program', 't:syscalls:sys_enter_epoll_*'])).stdout, 'pid');
  t.notMatch((await runCommand(['funccount', '-p', '1', '--dump-program', 't:syscalls:sys_enter_epoll_*'])).stdout, '!=');
});

t.test('--sort name', notInGuests, async (t) => {
  const { stdout } = await count((pid) => ['-p', String(pid), '--sort', 'name', 'c:getppid', 'c:getpgid']);
  t.match(stdout, /\ngetpgid .*\ngetppid /);
});

t.test('-c: another CPU than the one that the process may run on', notInGuests, async (t) => {
  const { stdout } = await count((pid) => ['-p', String(pid), '-c', '1023', 'c:getppid']);
  t.strictSame(counts(stdout), {});
});

t.test('-i, -d, -T: three reports, what was counted stands in one of them', notInGuests, async (t) => {
  const { stdout, status } = await count((pid) => ['-p', String(pid), '-T', '-i', '1', '-d', '3', ...python], { until: /Detaching/ });
  t.equal(status, 0);
  t.equal(stdout.match(/^FUNC +COUNT$/gm)?.length, 3);
  t.equal(stdout.match(/\n\n\d\d:\d\d:\d\d\nFUNC/g)?.length, 3);
  t.equal(stdout.match(/^getppid +20$/gm)?.length, 1);
  t.ok(stdout.endsWith('Detaching...\n'));
});

t.test('-d alone: one report; --by comm', notInGuests, async (t) => {
  const { stdout } = await count((pid) => ['-p', String(pid), '--by', 'comm', '-d', '2', ...python], { until: /Detaching/ });
  t.equal(stdout.match(/^FUNC +COMM +COUNT$/gm)?.length, 1);
  t.strictSame(counts(stdout), { getppid: 20, getpgid: 300 });
});

t.test('--rate', notInGuests, async (t) => {
  const { stdout } = await count((pid) => ['-p', String(pid), '--rate', '-d', '2', ...python], { until: /Detaching/ });
  const rate = Number(/^getppid +([\d.]+)$/m.exec(stdout)?.[1]);
  t.ok(rate > 1 && rate <= 20, `${rate} a second`);
});

t.test('forms for programs', notInGuests, async (t) => {
  const ndjson = (await count((pid) => ['-p', String(pid), '-o', 'ndjson', 'c:getppid'])).stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  t.match(ndjson[0], { type: 'columns', tool: 'funccount' });
  t.match(ndjson[1], { type: 'count', func: 'getppid', count: 20 });
  const document = JSON.parse((await count((pid) => ['-p', String(pid), '-o', 'json', 'c:getppid'])).stdout) as { records: unknown[] };
  t.match(document.records, [{ func: 'getppid', count: 20 }]);
  t.match((await count((pid) => ['-p', String(pid), '-o', 'csv', 'c:getppid'])).stdout, /^time,func,count\r\n[^,]+,getppid,20\r\n$/);
});

t.test('metrics: all that was counted since the start, in each report', notInGuests, async (t) => {
  const prom = await count((pid) => ['-p', String(pid), '-o', 'prom', '-i', '1', '--by', 'comm', ...python]);
  t.equal(prom.stderr, '');
  const expositions = prom.stdout.trimEnd().split('\n\n');
  t.ok(expositions.length > 1, `${expositions.length} reports`);
  t.same(expositions.at(-1)!.split('\n').slice(3), [
    '# HELP tbpf_funccount_calls_total Calls of functions, hits of tracepoints and USDT probes', '# TYPE tbpf_funccount_calls_total counter',
    'tbpf_funccount_calls_total{func="getppid",comm="python3"} 20', 'tbpf_funccount_calls_total{func="getpgid",comm="python3"} 300',
  ]);
  const otlp = await count((pid) => ['-p', String(pid), '-o', 'otlp', '-i', '1', 'c:getppid']);
  const last = JSON.parse(otlp.stdout.trimEnd().split('\n').at(-1)!) as { resourceMetrics: [{ scopeMetrics: [{ metrics: unknown[] }] }] };
  t.match(last.resourceMetrics[0].scopeMetrics[0].metrics, [{ name: 'tbpf_funccount_calls', sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ attributes: [{ key: 'func', value: { stringValue: 'getppid' } }], asDouble: 20 }] } }]);
});

t.test('the process ends: so does the trace, with its report', notInGuests, async (t) => {
  const load = spawn('python3', ['-c', `import os, sys\nsys.stdin.readline()\n${program}`], { stdio: ['pipe', 'ignore', 'inherit'] });
  const tool = new Running(['funccount', '-p', String(load.pid), 'c:getppid'], { timeoutMs: 60_000 });
  await tool.until('stdout', /Tracing/);
  load.stdin.write('\n');
  const { stdout, status } = await tool.ended;
  t.equal(status, 0);
  t.strictSame(counts(stdout), { getppid: 20 });
});

const wrong: [args: string[], status: number, stderr: RegExp][] = [
  [[], 2, /^usage: funccount .*funccount: error: the following arguments are required: pattern\n$/s],
  [['-i', '0', 'vfs_*'], 2, /funccount: error: argument -i\/--interval: '0' is less than 1\n$/],
  [['-D', 'c:nosuchfunction'], 1, /^No functions matched by pattern c:nosuchfunction\nError: No functions matched .*\n +at /],
  [['--live', '-o', 'prom', 'c:getppid'], 2, /funccount: error: argument --live: prints text only\n$/],
  [['nolib:f'], 1, /^unable to find library nolib\n$/],
  [['x:c:f'], 1, /^Type must be 'p', 't', or 'u', but got x\n$/],
  [['a:b:c:d'], 1, /^Too many ':'-separated components in pattern a:b:c:d\n$/],
  [['c:strdupp'], 1, /^No functions matched by pattern c:strdupp\. Did you mean strdup\?\n$/],
  [['c:nosuchfunction'], 1, /^No functions matched by pattern c:nosuchfunction\n$/],
  [['t:sched:sched_swich'], 1, /^No functions matched by pattern t:sched:sched_swich\. Did you mean t:sched:sched_switch\?\n$/],
  [['t:sched:no such'], 1, /^No functions matched by pattern t:sched:no such\n$/],
];
for (const [args, status, stderr] of wrong) {
  t.test(`wrong: funccount ${args.join(' ')}`, notInGuests, async (t) => {
    const result = await runCommand(['funccount', ...args], { timeoutMs: 60_000 });
    t.equal(result.status, status);
    t.match(result.stderr, stderr);
    t.equal(result.stdout, '');
  });
}

t.test('the quota of bcc, for those who set it', notInGuests, async (t) => {
  const { status, stderr } = await runCommand(['funccount', 'c:str*'], { env: { ...process.env, BCC_PROBE_LIMIT: '3' } });
  t.equal(status, 1);
  t.match(stderr, /^maximum of 3 probes allowed, attempted \d+\n$/);
});

t.test('-h', notInGuests, async (t) => {
  const { stdout, status } = await runCommand(['funccount', '-h'], { env: { ...process.env, COLUMNS: '80' } });
  t.equal(status, 0);
  t.match(stdout, /^usage: funccount \[-h\] /);
  t.match(stdout, /\nexamples:\n {4}funccount 'vfs_\*' /);
});

t.test('--dump-program', notInGuests, async (t) => {
  const { stdout } = await runCommand(['funccount', '-p', String(process.pid), '--dump-program', 'c:getpp*']);
  t.match(stdout, /^uprobe:\/.*libc\.so\.6:getppid\n\/pid == \d+\/\n\{\n {2}@calls\[probe\] = count\(\);\n\}\n$/);
});

async function inGuest(t: Test): Promise<boolean> {
  return needs(t, 'kprobe');
}

t.test('kernel functions, in one program', async (t) => {
  if (!(await inGuest(t))) return;
  // a system call without arguments, as getppid, is one function of several names, of which the kernel lists another
  const { stdout, stderr } = await count((pid) => ['-p', String(pid), '__x64_sys_getpgid', '__x64_sys_swapo*']);
  t.equal(stderr, '');
  t.strictSame(counts(stdout), { __x64_sys_getpgid: 300 });
  t.strictSame(counts((await count((pid) => ['-p', String(pid), '-r', '__x64_sys_getpg.d'])).stdout), { __x64_sys_getpgid: 300 });
  t.strictSame(counts((await count((pid) => ['-p', String(pid), '__x64_sys_*', '--exclude', '*write*', '--exclude', '*read*', '--exclude', '*exit*'])).stdout)['__x64_sys_getpgid'], 300);
});

t.test('names that the compiler of the kernel made, what patterns leave out, and what is closed to probes', async (t) => {
  if (!(await inGuest(t))) return;
  const lines = (path: string): readonly string[] => readFileSync(path, 'latin1').split('\n');
  // perf's are left out also by name
  const traceable = lines('/sys/kernel/tracing/available_filter_functions').filter((name) => !/^(?:__)?perf/.test(name));
  const often = new Map<string, number>();
  for (const name of traceable) often.set(name, (often.get(name) ?? 0) + 1);
  const symbols = new Set(lines('/proc/kallsyms').map((line) => line.split(' ')[2]));
  const once = (fits: (name: string) => boolean): string => traceable.find((name) => often.get(name) === 1 && fits(name))!;
  const whole = (name: string): string => name.slice(0, name.indexOf('.'));
  const changed = once((name) => /^[a-z]\w*\.isra\.0$/.test(name) && !symbols.has(whole(name)) && !traceable.some((other) => other.startsWith(`${whole(name)}.`) && other !== name));
  const [several] = [...often].find(([name, count]) => count === 2 && /^[a-z]\w*$/.test(name))!;
  const named = [changed, once((name) => /\.constprop\.0$/.test(name)), once((name) => /\.part\.0$/.test(name)), several, 'rcu_note_context_switch'];
  const { stdout, stderr } = await runCommand(['funccount', '-d', '1', ...named]);
  t.equal(stderr, '');
  // those of one name are probed one by one
  t.match(stdout, /^Tracing [56] functions for /);
  t.match(stdout, /^rcu_note_context_switch +\d+$/m);

  t.ok(traceable.includes('__die') && lines('/sys/kernel/debug/kprobes/blacklist').some((line) => line.endsWith('\t__die')), 'traced, and closed to kprobes');
  for (const [name, want] of [
    [whole(changed), `No functions matched by pattern ${whole(changed)}. Did you mean ${changed}?\n`],
    ['__die', 'funccount: Attachment failed for all probes: the kernel refused kprobe __die. '],
  ] as const) {
    const result = await runCommand(['funccount', name]);
    t.match(result.stderr, want);
    t.equal(result.status, 1);
  }
});

t.test('what the kernel leaves out is told', async (t) => {
  if (!(await inGuest(t)) || !needs(t, 'kernel>=6.7', 'kprobe_multi')) return;
  // the program that counts puts an element into such a map: the probe on that function finds the program running
  const { stdout, stderr } = await count((pid) => ['-p', String(pid), '--by', 'comm', '__x64_sys_getpgid', '*htab_percpu_map_update_elem*']);
  t.match(stderr, /^[1-9]\d* hits were not counted: the kernel left the program out, because one was running on that CPU already\n$/);
  t.strictSame(counts(stdout)['__x64_sys_getpgid'], 300);
});

t.test('--live: a table that is refreshed in place', notInGuests, async (t) => {
  const { stderr, status } = await runCommand(['funccount', '--live', 'c:getppid']);
  t.equal(stderr, '--live needs a terminal. Leave it out to print tables one below the other\n');
  t.equal(status, 1);
  // script(1) gives it a terminal
  const shown = spawnSync('script', ['-qec', `stty rows 8; bin/tbpf funccount --live -T -d 3 -p ${process.pid} t:syscalls:sys_enter_*`, '/dev/null'], { encoding: 'utf8', timeout: 60_000 }).stdout;
  const tables = shown.split('\x1b[H');
  t.equal(tables.length, 4, 'a table each second');
  t.match(tables[0], /^Tracing .*\x1b\[2J$/s, 'the first one clears the screen');
  for (const table of tables.slice(1)) t.match(table, /^\x1b\[K\r\n\d\d:\d\d:\d\d\x1b\[K\r\nFUNC +COUNT\x1b\[K\r\n(syscalls:\S+ +\d+\x1b\[K\r\n){0,4}\x1b\[J/);
  t.match(shown, /\x1b\[JDetaching\.\.\.\r\n$/);
});

t.test('--cgroup: the root has everything below it', notInGuests, async (t) => {
  const { stdout } = await count((pid) => ['-p', String(pid), '--cgroup', '/', ...python]);
  t.strictSame(counts(stdout), { getppid: 20, getpgid: 300 });
  const { stderr, status } = await runCommand(['funccount', '--cgroupmap', '/sys/fs/bpf/x', 'c:getppid']);
  t.match(stderr, /^funccount counts in the kernel: --cgroupmap and --mntnsmap, which are asked for each event, cannot be used\./);
  t.equal(status, 1);
});

t.test('static functions of one name are one row', notInGuests, async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-funccount-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const source = (calls: string): string => `static volatile int sink; __attribute__((noinline)) static void dup(int a) { sink = a; } ${calls}`;
  writeFileSync(join(folder, 'a.c'), source('void b(void); int main(void) { getchar(); dup(1); dup(2); b(); return 0; }'));
  writeFileSync(join(folder, 'b.c'), source('void b(void) { dup(3); dup(4); dup(5); }'));
  execFileSync('gcc', ['-w', '-O0', '-o', 'program', 'a.c', 'b.c'], { cwd: folder });
  const path = join(folder, 'program');
  const load = spawn(path, { stdio: ['pipe', 'ignore', 'inherit'] });
  const running = new Running(['funccount', '-p', String(load.pid), `${path}:dup`], { timeoutMs: 60_000 });
  await running.until('stdout', /Tracing.*\n/);
  load.stdin.end('\n');
  const { stdout } = await running.ended;
  t.match(stdout, 'Tracing 2 functions');
  t.strictSame(counts(stdout), { dup: 5 });
});

t.test('several names of one function: one row, by the name that reads best; what chooses a function is none', notInGuests, async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-funccount-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'a.c'), `
    volatile int sink;
    __attribute__((noinline)) void __mark(int a) { sink = a; }
    void mark(int) __attribute__((weak, alias("__mark")));
    static void __GI___mark(int) __attribute__((used, alias("__mark")));
    static void __GI_mark(int) __attribute__((used, alias("__mark")));
    static void __copy_fast(void) { sink = 1; }
    static void (*choose(void))(void) { return __copy_fast; }
    void copy(void) __attribute__((ifunc("choose")));
    void __GI_copy(void) __attribute__((ifunc("choose")));
    int main(void) { getchar(); mark(1); __mark(2); copy(); return 0; }`);
  execFileSync('gcc', ['-w', '-O0', '-o', 'program', 'a.c'], { cwd: folder });
  const path = join(folder, 'program');
  for (const [pattern, want] of [['*mark', { mark: 2 }], ['__*mark', { __mark: 2 }], ['*GI_*', { __GI_mark: 2 }], ['__GI___mark', { __GI___mark: 2 }], ['*copy*', { __copy_fast: 1 }], ['__mark mark', { mark: 2 }]] as const) {
    const load = spawn(path, { stdio: ['pipe', 'ignore', 'inherit'] });
    const running = new Running(['funccount', '-p', String(load.pid), ...pattern.split(' ').map((each) => `${path}:${each}`)], { timeoutMs: 60_000 });
    await running.until('stdout', /Tracing 1 functions.*\n/);
    load.stdin.end('\n');
    t.strictSame(counts((await running.ended).stdout), want, pattern);
  }
  for (const name of ['copy', '__GI_copy']) {
    const { stderr, status } = await runCommand(['funccount', `${path}:${name}`]);
    t.equal(stderr, `No functions matched by pattern ${path}:${name}. ${name} of ${path} is no function that programs call: it chooses one when a program starts (IFUNC), and a probe on it would count the choices. Probe what it chooses, such as __copy_fast\n`);
    t.equal(status, 1);
  }
});
