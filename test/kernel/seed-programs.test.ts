// The programs people start with (test/corpus/seed-programs.txt): each compiles, loads, attaches and prints what it is for.
//
//   idea   a small process does a little of everything and waits for the probes first. On a machine that others use, programs are
//          restricted to that process (-p); in a guest they run as they are, for the whole system

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import t, { type Test as Tap } from 'tap';
import { Running, packageRoot } from '../helpers/command.js';
import { runLive } from '../helpers/live-run.js';
import { needs, lacking } from '../helpers/needs.js';

const guest = process.env['TBPF_GUEST'] !== undefined;
const programs = readFileSync(join(packageRoot, 'test/corpus/seed-programs.txt'), 'utf8').split('\n').filter((line) => /^[HKU] /.test(line));

/** What the output must show, by a piece of the program that only it has. Checked in this order; the last row takes the rest. */
const expectations: [piece: string, output: RegExp][] = [
  ['Hello world', /^Hello world!\n/],
  ['hello world', /^hello world\n/],
  ['block_rq_insert { @[kstack]', /@\[\n {8}\w+\+\d+\n[^]*\]: \d+/],
  ['block_rq_insert { printf', /Block I\/O by \n {8}\w+/],
  ['block_rq_i* { @[probe]', /@\[tracepoint:block:block_rq_issue\]: [1-9]/],
  ['block_rq_issue { printf', /^\d+ (dd|kworker\/\S+) 4096$|^\d+ dd \d+$/m],
  ['block_rq_issue { @ = hist', /^\[4K, 8K\) +\d+ \|@/m],
  ['/pid == 18644/', /^\n*$/],
  ['@bytes = sum', /^@bytes: [1-9]\d+$/m],
  ['lhist(args->ret, 0, 1000', /^\[0, 100\) +\d+ \|@/m],
  ['- args->ret', /^@\[9\]: \d+$/m],
  ['@ret = hist', /^\[64, 128\) +\d+ \|@/m],
  ['"%s -> %s\\n", comm, str(args->filename)', /^\S+ -> \S*dd$/m],
  ['sys_enter_exec*', /^\d\d:\d\d:\d\d +\d+\/\S+ +\d+ +dd if=\/dev\/zero/m],
  ['time("%H:%M:%S "); join', /^\d\d:\d\d:\d\d dd if=\/dev\/zero of=\S+ bs=4096/m],
  ['join(args->argv); }', /^dd if=\/dev\/zero of=\S+ bs=4096/m],
  ['sys_enter_openat', /^\S+ \/nonexistent\/tbpf$/m],
  ['raw_syscalls:sys_enter {@[pid, comm]', /^@\[\d+, (perl|tbpf-workload|dd)\]: \d+$/m],
  ['raw_syscalls:sys_enter {@[comm]', /^@\[(perl|tbpf-workload|dd)\]: \d+$/m],
  ['sys_enter_* {@[probe]', /^@\[tracepoint:syscalls:sys_enter_openat\]: \d+$/m],
  ['@[comm] = sum', /^@\[(perl|dd)\]: \d+$/m],
  ['@[comm] = hist(args->ret)', /^@\[(perl|dd)\]:\n/m],
  ['major-faults', /^\n\n/],
  ['software:faults', /^@\[(perl|tbpf-workload|dd)\]: \d+$/m],
  ['sys_enter_clone', /^-> clone\(\) by perl PID \d+\n[^]*^<- clone\(\) return [1-9]\d*, perl PID \d+$/m],
  ['sys_enter_setuid', /^setuid by PID \d+ \(perl\), UID \d+$/m],
  ['sys_exit_setuid', /^setuid by perl returned 0$/m],
  ['/pid == 123/ { printf', /^\n*$/],
  ['hrtimer_start', /^@\[hrtimer_wakeup\]: \d+$/m],
  ['@reads = count', /^@reads: [1-9]\d*$/m],
  ['%s fired %s', /^tbpf-workload fired tracepoint:syscalls:sys_enter_connect$/m],
  ['once at start', /^once at start\n[^]*^once at the end\n[^]*^@\[(perl|tbpf-workload|dd)\]:\n[^]*^\[4\d\] +\d+ \|/m],
  ['interval:s:1{ print(@) }', /^@\[(perl|tbpf-workload|dd)\]:\n/m],
  ['task_rename', /^perl perl tbpf-workload \n {8}\w+\+\d+/m],
  ['sys_exit_setpgid', /^perl \d+ \d+ 0$/m],
  // the first frame is there while somebody else listens to the event, too
  ['sched_switch { @[kstack]', /@\[\n(?: {8}__traceiter_sched_switch\+\d+\n)? {8}__?schedule\+\d+\n/m],
  ['sched:sched*', /^@\[tracepoint:sched:sched_switch\]: \d+$/m],
  ['{ @bytes = hist(args.ret)', /^@bytes:\n[^]*^\[64, 128\) +\d+ \|@/m],
  ['profile:hz:99 { @[ustack]', /@\[\n {8}\S+/],
  ['profile:hz:99 { @[kstack]', /@\[\n/],
  // ---- kprobes: in guests
  ['/pid == 123/ { @[tid, comm]', /^\n*$/],
  ['kprobe:vfs_read { @[tid]', /^@\[\d+\]: \d+$/m],
  ['k:vfs_read { @[pid]', /^@\[\d+\]: \d+$/m],
  ['kprobe:vfs_* { @[probe]', /^@\[kprobe:vfs_\w+\]: \d+\n/m],
  ['@ms[comm] = sum', /^@ms\[perl\]: \d+$/m],
  ['@ID = pid', /^\n*(ID:\d+\n)*\n*@ID: \d+$/m],
  ['printf("%s\\n", ksym( *(kaddr("sys_call_table") + 42', /^(__x64_)?(__se_)?sys_connect$/m],
  ['@[comm, pid, ksym( *(kaddr', /^@\[perl, \d+, (__x64_)?(__se_)?sys_read\]: \d+$/m],
  ['blk_mq_complete_request', /^\n {8}blk_mq_complete_request\+\d+$/m],
  ['slept for', /^slept for (1[5-9]|2\d) ms$/m],
  ['pid = %d, comm = %s', /^pid = \d+, comm = perl$/m],
  ['finit_module', /^Syscall executed: tracepoint:syscalls:sys_enter_finit_module \(PID: \d+, UID: 0, Command: \S+\),umod: \d+$/m],
  ['system("ps -p', /^ +PID TTY/m],
  ['open path', /^open path: \S+$/m],
  ['@ns[comm] = hist', /^@ns\[perl\]:\n/m],
  ['lhist(retval, 0, 2000', /^@bytes:\n[^]*^\[0, 200\) +\d+ \|@/m],
];

function expectationOf(program: string): RegExp {
  const row = expectations.find(([piece]) => program.includes(piece));
  if (!row) throw new Error(`no expectation for ${program}`);
  return row[1];
}

/** A block device to write to, or a file on one. */
async function blockTarget(): Promise<string> {
  if (!guest) return join(tmpdir(), `tbpf-workload-${process.pid}`);
  await new Running(['modprobe', 'null_blk', 'nr_devices=1'], { program: '/bin/busybox' }).ended;
  await new Running(['modprobe', 'mq-deadline'], { program: '/bin/busybox' }).ended;
  // without a scheduler requests go to the device past block_rq_insert; whoever made the device may have left it without one
  writeFileSync('/sys/block/nullb0/queue/scheduler', 'mq-deadline');
  return '/dev/nullb0';
}

function startWorkload(target: string): { child: ChildProcess; pid: number; go(): void; ended: Promise<void> } {
  const child = spawn('perl', [join(packageRoot, 'test/helpers/workload.pl'), target], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return { child, pid: child.pid!, go: () => child.stdin!.end('go\n'), ended };
}

interface Outcome { readonly stdout: string; readonly stderr: string; readonly status: number | null }

const parametersOf = (program: string): string[] => (program.includes('$1') ? ['42'] : []);
const isUnsafe = (line: string): boolean => line.startsWith('U');
const programOf = (line: string): string => line.slice(2);

/** The command, for one process only. */
async function restricted(line: string, target: string): Promise<Outcome> {
  const workload = startWorkload(target);
  const tbpf = new Running([...(isUnsafe(line) ? ['--unsafe'] : []), '-p', String(workload.pid), '-e', programOf(line), ...parametersOf(line)]);
  await Promise.race([tbpf.attached(), tbpf.ended]);
  workload.go();
  await workload.ended;
  return tbpf.ended;
}

/** programs that watch one run of the workload together in a guest, where starting anything takes seconds */
const GROUP = 12;

/** The whole system, all of a group at once, in this process. */
async function together(lines: readonly string[], target: string): Promise<Outcome[]> {
  const workload = startWorkload(target);
  const waiting = new Set(lines);
  let finish: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const work = async (): Promise<void> => {
    workload.go();
    await workload.ended;
    await new Running(['modprobe', 'xor'], { program: '/bin/busybox' }).ended;
    await new Running(['modprobe', '-r', 'xor'], { program: '/bin/busybox' }).ended;
    finish();
  };
  const arrive = (line: string): Promise<void> => {
    if (waiting.delete(line) && waiting.size === 0) void work();
    return finished;
  };
  return Promise.all(lines.map(async (line) => {
    const outcome = await runLive(programOf(line), { unsafe: isUnsafe(line), parameters: parametersOf(line), during: () => arrive(line) });
    // one that ended early or was refused must not keep the others waiting
    void arrive(line);
    return outcome;
  }));
}

function check(t: Tap, line: string, { stdout, stderr, status }: Outcome): void {
  t.equal(status, 0, `ends well: ${stderr}`);
  t.match(stderr, /^Attached \d+ probes?\n/);
  t.match(stdout, expectationOf(programOf(line)));
}

t.test('seed programs', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const noKprobes = lacking('kprobe');
  const target = await blockTarget();
  t.teardown(() => { if (!guest) rmSync(target, { force: true }); });
  const runnable = programs.filter((line) => line.startsWith('H') || noKprobes === undefined);
  for (const line of programs) if (!runnable.includes(line)) t.test(line, { skip: `needs kprobe: ${noKprobes}` }, async () => undefined);
  if (!guest) {
    for (const line of runnable) t.test(line, async (t) => check(t, line, await restricted(line, target)));
    return;
  }
  for (let at = 0; at < runnable.length; at += GROUP) {
    const lines = runnable.slice(at, at + GROUP);
    t.test(`programs ${at + 1} to ${at + lines.length}`, async (t) => {
      const outcomes = await together(lines, target);
      lines.forEach((line, i) => t.test(line, async (t) => check(t, line, outcomes[i]!)));
    });
  }
});
