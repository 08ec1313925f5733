// Faults of the surroundings: what the machine lacks is told, and what it does in the middle of an event stops nobody. What ends tbpf itself: killed.test.ts.
//
//   idea   a mount namespace hides from one command what a kernel may lack; loads are processes of ours whose number is known

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { command, runCommand, Running } from '../../helpers/command.js';
import { lacking, needs } from '../../helpers/needs.js';

const timer = 'interval:ms:10 { exit(); }';
const tracepoint = `tracepoint:syscalls:sys_enter_getppid /pid == 1/ { @ = count(); } ${timer}`;
const rawTracepoint = `rawtracepoint:sys_enter /pid == 1/ { @ = args.id; } ${timer}`;

/** A kernel whose /sys/kernel has these folders and no others. */
const kernelWith = (folders: readonly string[], script: string): string[] => ['-m', 'sh', '-ec', `
  kept=$(mktemp -d); mount -t tmpfs none $kept
  for folder in ${folders.join(' ')}; do mkdir $kept/$folder; mount --rbind /sys/kernel/$folder $kept/$folder; done
  mount --rbind $kept /sys/kernel; umount -l $kept; rmdir $kept
  exec "$0" -e '${script}'`, command];

const missing: readonly (readonly [title: string, args: readonly string[], stderr: RegExp, status: number])[] = [
  ['no tracefs: what needs none runs', kernelWith(['btf'], `interval:ms:10 { @[comm] = count(); exit(); }`), /^Attached 1 probe\n$/, 0],
  ['no tracefs: raw tracepoints run', kernelWith(['btf'], rawTracepoint), /^Attached 2 probes\n$/, 0],
  ['no tracefs: a tracepoint is told', kernelWith(['btf'], tracepoint), /^ERROR: This kernel has no tracefs \(CONFIG_TRACING is off\), so there are no tracepoints\n$/, 1],
  ['no BTF: timers and tracepoints run, with keys, stacks and histograms', kernelWith(['tracing'], `tracepoint:syscalls:sys_enter_getppid /pid == 1/ { @[comm, kstack] = hist(pid); } ${timer}`), /^Attached 2 probes\n$/, 0],
  ['no BTF: what needs types is told', kernelWith(['tracing'], rawTracepoint), /^stdin:1:1-\d+: ERROR: rawtracepoints require kernel BTF\. Try using a 'tracepoint' instead\.\n/, 1],
  ['neither', kernelWith([], timer), /^Attached 1 probe\n$/, 0],
];
for (const [title, args, stderr, status] of missing) {
  t.test(title, async (t) => {
    if (!needs(t, 'root', 'software', 'tracepoint', 'btf')) return;
    const ended = await runCommand(args, { program: 'unshare' });
    t.match(ended.stderr, stderr);
    t.equal(ended.status, status);
  });
}

t.test('a root without /proc', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const folder = t.testdir();
  const { stderr, status } = await runCommand(['-m', 'sh', '-ec', `mount --bind / "$1" && exec chroot "$1" "$0" -e '${timer}'`, command, folder], { program: 'unshare' });
  t.equal(stderr, 'ERROR: /proc is not mounted here, and tbpf needs it: mount -t proc proc /proc\n');
  t.equal(status, 1);
});

t.test('with CAP_BPF and CAP_PERFMON alone: timers and raw tracepoints run, and tracepoints say what they miss', { skip: lacking('root', 'setpriv', 'software', 'tracepoint') ?? false }, async (t) => {
  const capabilities = '-all,+bpf,+perfmon';
  const rows: readonly (readonly [script: string, stderr: RegExp, status: number])[] = [
    ['interval:ms:10 { @[comm] = count(); exit(); }', /^Attached 1 probe\n$/, 0],
    [rawTracepoint, /^Attached 2 probes\n$/, 0],
    [tracepoint, /^ERROR: No permission to read \/sys\/kernel\/tracing; run as root or with CAP_DAC_READ_SEARCH\n$/, 1],
  ];
  for (const [script, stderr, status] of rows) {
    const ended = await runCommand(['--reuid=65534', '--regid=65534', '--clear-groups', `--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`, `--bounding-set=${capabilities}`, command, '-e', script], { program: 'setpriv' });
    t.match(ended.stderr, stderr, script);
    t.equal(ended.status, status, script);
  }
});

t.test('64 open files: hundreds of probes of one program run, many maps are told', async (t) => {
  if (!needs(t, 'root', 'software', 'tracepoint')) return;
  const limited = (script: string): ReturnType<typeof runCommand> => runCommand(['-c', `ulimit -n 64; exec "$0" -e '${script}'`, command], { program: 'sh' });
  const probes = await limited(`tracepoint:syscalls:sys_enter_* /pid == 1/ { @[probe] = count(); } ${timer}`);
  t.match(probes.stderr, /^Attached [1-9]\d\d probes\n$/);
  t.equal(probes.status, 0);
  const maps = await limited(`begin { ${Array.from({ length: 60 }, (_, i) => `@a${i}[1] = 1;`).join(' ')} } ${timer}`);
  t.match(maps.stderr, /^ERROR: too many open files for AT_a\d+\nHINT: Raise the limit: ulimit -n \d+\n$/);
  t.not(maps.status, 0);
});

t.test('traced processes are killed in the middle of their events', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  // each is killed by SIGKILL from another CPU while it calls, opens and faults; the last one ends by itself, having called 7 times
  const load = `
    $0 = "tbpf-victim";
    my $victims = 0;
    for (1 .. 100) {
      my $child = fork;
      if ($child == 0) { while (1) { getppid; open my $file, "<", "/tbpf/none/" . ("x" x 200); my $text = "y" x 100000; } }
      select undef, undef, undef, 0.001 * ($_ % 7); kill "KILL", $child; waitpid $child, 0; $victims++ if ($? & 127) == 9;
    }
    $0 = "tbpf-last"; getppid for 1 .. 7; print STDERR "killed $victims\\n";`;
  const script = `
    tracepoint:syscalls:sys_enter_openat /comm == "tbpf-victim"/ { @opened[str(args.filename), ustack] = count(); @at[tid] = nsecs; printf("%s\\n", str(args.filename)); }
    tracepoint:syscalls:sys_exit_openat /@at[tid]/ { @took = hist(nsecs - @at[tid]); delete(@at, tid); }
    tracepoint:syscalls:sys_enter_getppid /comm == "tbpf-last"/ { @last++; }
    tracepoint:sched:sched_process_exit /comm == "tbpf-victim"/ { @ended++; delete(@at, tid); }
    end { clear(@opened); print(len(@at)); clear(@at); }`;
  const { stdout, stderr, status } = await runCommand(['-c', `perl ${join(t.testdir({ load }), 'load')}`, '-e', script], { timeoutMs: 120_000 });
  t.equal(status, 0);
  t.match(stderr, /^Attached 5 probes\nkilled 100\n$/, 'nothing else is said');
  t.match(stdout, /^@ended: 100$/m);
  t.match(stdout, /^@last: 7$/m);
  t.match(stdout, /^0$/m, 'no call that was killed is left in the map');
  const opens = stdout.split('\n').filter((line) => line.startsWith('/tbpf/none/'));
  t.ok(opens.length > 0);
  t.same(opens.filter((line) => line !== `/tbpf/none/${'x'.repeat(200)}`), [], 'every text is whole');
});

t.test('a thousand processes are forked while their stacks are printed', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const FORKS = 1000;
  const load = `$0 = "tbpf-forks"; for (1 .. ${FORKS}) { my $child = fork; if ($child == 0) { getppid; exit 0 } waitpid $child, 0 if $_ % 20 == 0; } 1 while wait > 0;`;
  const script = `
    tracepoint:syscalls:sys_enter_getppid /comm == "tbpf-forks"/ { printf("%d %s\\n", pid, ustack(3)); @stacks[kstack(3)] = count(); @pids[pid] = count(); }
    interval:ms:50 { print(@stacks); }
    end { print(("pids", len(@pids))); clear(@pids); }`;
  const { stdout, stderr, status } = await runCommand(['-c', `perl ${join(t.testdir({ load }), 'load')}`, '-e', script], { timeoutMs: 120_000 });
  t.equal(stderr, 'Attached 3 probes\n');
  t.equal(status, 0);
  t.match(stdout, `(pids, ${FORKS})\n`);
  const printed = [...stdout.matchAll(/^(\d+) \n((?: {8}.*\n)*)/gm)];
  t.equal(printed.length, FORKS, 'an event for each process');
  t.same(printed.filter(([, , frames]) => !frames), [], 'each has frames, also where the process has ended by then');
  const atEnd = [...stdout.slice(stdout.indexOf('(pids,')).matchAll(/^@stacks\[\n(?: {8}.*\n)+\]: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  t.equal(atEnd, FORKS, 'each is in a stack that is printed at the end');
});

t.test('the traced process stops in the middle of a call, and goes on', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const load = spawn('perl', ['-e', '$| = 1; $0 = "tbpf-stopped"; <STDIN>; for (1 .. 50_000) { getppid } print "done";'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => load.kill('SIGKILL'));
  const tracer = new Running(['-p', String(load.pid), '-e', 'tracepoint:syscalls:sys_enter_getppid { @++; }']);
  await tracer.attached();
  const done = once(load.stdout, 'data');
  load.stdin.end('\n');
  for (let stops = 0; stops < 20; stops++) {
    load.kill('SIGSTOP');
    load.kill('SIGCONT');
  }
  await done;
  const { stdout, stderr } = await tracer.ended;
  t.equal(stderr, 'Attached 1 probe\n');
  t.match(stdout, /^@: 50000$/m);
});
