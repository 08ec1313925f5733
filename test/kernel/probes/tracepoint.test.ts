// Classic tracepoints on the running kernel: fields of their format files, builtins, wildcards, what is missing.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { lacking } from './machines.js';
import { fireTogether, nothingLeft, tellWrong, warnings, type Row } from './tables.js';
import { Worker, mapLines, signaller } from './worker.js';

const generate = 'tracepoint:signal:signal_generate /args.sig == 10/';
const cpu = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]!;

const rows = (pid: number): Row[] => [
  ['numbers, and a text of fixed length', `${generate} { @fields[args.sig, args.comm, args.pid, args.group, args.result] = count(); }`, [`@fields[10, tbpf-named, ${pid}, 1, 0]: 7`]],
  ['the record by a pointer of another type', `${generate} { $v = (int32 *)args; { @record[*($v + 2) == args.sig] = count(); } @where[pid] = $v; clear(@where); }`, ['@record[true]: 7']],
  ['the size of fields', `${generate} { @sizes[sizeof(args.sig), sizeof(args.comm)] = count(); }`, ['@sizes[4, 16]: 7']],
  ['all fields as a value', `${generate} { $a = args; @value[$a.sig, $a.comm, $a == args, (args,).0.pid] = count(); @kept = args; }`, [`@value[10, tbpf-named, true, ${pid}]: 7`]],
  ['all fields, kept', `${generate} { @kept = args; }`, /^@kept: \{ \.sig = 10, \.errno = 0, \.code = 0, \.comm = tbpf-named, \.pid = \d+, /m],
  ['all fields as a key', `${generate} { @key[args] = count(); }`, /^@key\[\{ \.sig = 10, \.errno = 0, \.code = 0, \.comm = tbpf-named, \.pid = \d+, [^\n]*\]: 7$/m],
  ['a text of any length, kept', 'tracepoint:sched:sched_process_exec /args.pid == pid/ { $a = args; @text[$a.filename, strlen($a.filename)] = count(); }', ['@text[/bin/true, 9]: 1']],
  ['two texts', 'tracepoint:task:task_rename { @renamed[args.oldcomm, args.newcomm] = count(); }', ['@renamed[perl, tbpf-named]: 1', '@renamed[tbpf-named, true]: 1']],
  ['a text of any length', 'tracepoint:sched:sched_process_exec /args.pid == pid/ { @file[str(args.filename), comm] = count(); }', ['@file[/bin/true, true]: 1']],
  ['who', `${generate} { @who[pid, tid, comm] = count(); }`, [`@who[${pid}, ${pid}, tbpf-named]: 7`]],
  ['where', `${generate} { @cpu[cpu] = count(); }`, [`@cpu[${cpu}]: 7`]],
  ...(process.arch === 'x64' ? [['not in user mode', `${generate} { @mode[usermode] = count(); }`, ['@mode[0]: 7']] as Row] : []),
  ['when', `begin { @began[0] = nsecs; } ${generate} { if (nsecs > @began[0] && nsecs - @began[0] <= elapsed) { @when = count(); } }`, /^@when: 7$/m],
  ['the kernel stack', `${generate} { @stack[kstack] = count(); }`, /^@stack\[\n( {8}\w.*\n)* {8}\w*sys_kill\+\d+\n( {8}\w.*\n)*\]: 7$/m],
  ['the user stack', `${generate} { @ustack[ustack(1)] = count(); }`, /^@ustack\[\n {8}\w.*\n\]: 7$/m],
  ['probe', `${generate} { @probe[probe] = count(); }`, ['@probe[tracepoint:signal:signal_generate]: 7']],
  ['a name of its own', `here=${generate} { @named[probe] = count(); }`, ['@named[here]: 7']],
  ['the alias', `${generate.replace('tracepoint', 't')} { @alias[probe] = count(); }`, ['@alias[tracepoint:signal:signal_generate]: 7']],
  ['the kind in capitals', `${generate.replace('tracepoint', 'TracePoint')} { @capitals[probe] = count(); }`, ['@capitals[tracepoint:signal:signal_generate]: 7']],
  ['a pattern for events', 'tracepoint:signal:signal_* /args.sig == 10/ { @events[probe] = count(); }', ['@events[tracepoint:signal:signal_generate]: 7', '@events[tracepoint:signal:signal_deliver]: 7']],
  ['a pattern for categories', 'tracepoint:*ignal:signal_deliver /args.sig == 10/ { @categories[probe] = count(); }', ['@categories[tracepoint:signal:signal_deliver]: 7']],
  ['patterns for both', 'tracepoint:sig*:*_gen* /args.sig == 10/ { @both[probe] = count(); }', ['@both[tracepoint:signal:signal_generate]: 7']],
  ['one pattern is for events of all categories', 't:*ignal_gene* /args.sig == 10/ { @any[probe] = count(); }', ['@any[tracepoint:signal:signal_generate]: 7']],
  ['several events, each with its own fields', 'tracepoint:signal:signal_generate,tracepoint:signal:signal_deliver /args.sig == 10/ { @several[probe, args.code] = count(); }', ['@several[tracepoint:signal:signal_generate, 0]: 7', '@several[tracepoint:signal:signal_deliver, 0]: 7']],
  ['several blocks fire in source order', `${generate} { @order = 1; } ${generate} { @order = @order * 2; } ${generate} { @order = @order + 3; }`, ['@order: 5']],
];

t.test('what it can say', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const worker = signaller(Number(cpu));
  await worker.ready;
  await fireTogether(t, rows(worker.pid), { pid: worker.pid, during: worker.work });
});

t.test('bytes are numbers, enums have names, an int is 32 bits', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  // nobody listens at port 1: each connect is tried, refused and over
  const worker = new Worker(`use Socket; for (qw(127.0.0.1 127.0.0.2 127.0.0.1)) { socket(my $s, PF_INET, SOCK_STREAM, 0); connect $s, pack_sockaddr_in(1, inet_aton($_)); }
    select undef, undef, undef, 0.01; open my $f, '<', '/nonexistent/x' for 1 .. 3; close STDERR; syscall(${runningMachine().syscallNumber('close')}, -1) for 1 .. 4;`);
  await worker.ready;
  const connecting = 'tracepoint:sock:inet_sock_set_state /args.newstate == 2/';
  const opening = 'tracepoint:syscalls:sys_enter_openat /str(args.filename) == "/nonexistent/x"/';
  await fireTogether(t, [
    ['addresses as keys', `${connecting} { @to[args.daddr] = count(); }`, ['@to[[127,0,0,1]]: 2', '@to[[127,0,0,2]]: 1']],
    ['addresses as values', `${connecting} { @last = args.daddr; @lasts[1] = args.daddr; }`, ['@last: [127,0,0,1]']],
    ['addresses as numbers', `${connecting} { @number[(uint32)args.daddr] = count(); }`, [`@number[${0x0100007f}]: 2`, `@number[${0x0200007f}]: 1`]],
    ['addresses compared', `${connecting} { @same[args.saddr == args.daddr, args.daddr[3] == 2] = count(); }`, ['@same[false, true]: 1', '@same[true, false]: 2']],
    ['addresses in events', `${connecting} { printf("%s %r\\n", args.daddr, buf(args.daddr)); @shown = 1; }`, /^\[127,0,0,2\] \\x7f\\x00\\x00\\x02$/m],
    ['addresses as text', `${connecting} { @inet[ntop(args.daddr), ntop(AF_INET, args.saddr), ntop(args.daddr_v6)] = count(); }`,
      ['@inet[127.0.0.1, 127.0.0.1, ::ffff:127.0.0.1]: 2', '@inet[127.0.0.2, 127.0.0.1, ::ffff:127.0.0.2]: 1']],
    ['a family that only the event knows', `${connecting} { @family[ntop(args.family, args.daddr), ntop(args.family, args.daddr_v6)] = count(); }`, /^@family\[127\.0\.0\.2, 0\.0\.0\.0\]: 1$/m],
    ['all arguments', `${connecting} { print(args); @all = 1; }`, /, \.daddr = \[127,0,0,2\], /],
    ['names of enums', 'tracepoint:timer:hrtimer_start /args.mode == HRTIMER_MODE_ABS/ { @mode[args.mode, args.mode == HRTIMER_MODE_REL] = count(); }', /^@mode\[HRTIMER_MODE_ABS, false\]: \d+$/m],
    ['enums in events', 'tracepoint:timer:hrtimer_start /args.mode == HRTIMER_MODE_ABS/ { @text = 1; printf("%s is %d\\n", args.mode, args.mode); }', /^HRTIMER_MODE_ABS is 0$/m],
    ['a directory below zero', `${opening} { @dfd[args.dfd, args.dfd < 0, sizeof(args.dfd)] = count(); }`, ['@dfd[-100, true, 4]: 3']],
    ['as text', `${opening} { printf("%d %u %lld\\n", args.dfd, args.dfd, args.dfd); @printed = 1; }`, /^-100 4294967196 -100$/m],
    ['unsigned', 'tracepoint:syscalls:sys_enter_close /args.fd == 0xffffffff/ { @fd[args.fd, args.fd < 0] = count(); }', ['@fd[4294967295, false]: 4']],
  ], { pid: worker.pid, during: worker.work });
});

t.test('events of a pattern share a program', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  // the last is SIGCHLD, when it ends
  const events = ['@[tracepoint:signal:signal_deliver]: 7', '@[tracepoint:signal:signal_generate]: 8'];
  const ways: [title: string, script: string, target: ReturnType<typeof lacking>, expected: string[]][] = [
    ['without a difference', 'tracepoint:signal:signal_* { @ = count(); }', runningMachine(), ['@: 15']],
    ['with a cookie each', 'tracepoint:signal:signal_* { @[probe] = count(); }', runningMachine(), events],
    ['one program each', 'tracepoint:signal:signal_* { @[probe] = count(); }', lacking('helper:get_attach_cookie'), events],
  ];
  for (const [title, script, target, expected] of ways) {
    const worker = signaller();
    await worker.ready;
    const { stdout, stderr } = await runLive(script, { pid: worker.pid, during: worker.work, target });
    t.strictSame(mapLines(stdout), expected, `${title} ${stderr}`);
  }
});

t.test('of one process', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const [worker, other] = [signaller(), signaller()];
  await Promise.all([worker.ready, other.ready]);
  const { stdout } = await runLive(`${generate} { @[pid] = count(); }`, { pid: worker.pid, during: async () => void (await Promise.all([worker.work(), other.work()])) });
  t.strictSame(mapLines(stdout), [`@[${worker.pid}]: 7`]);
});

t.test('a pattern for the kind means those of the kernel, with -p those of user space', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const worker = signaller();
  await worker.ready;
  const { stdout } = await runLive(`trace*:signal:signal_generate /pid == ${worker.pid} && args.sig == 10/ { @[probe] = count(); }`, { during: worker.work });
  t.strictSame(mapLines(stdout), ['@[tracepoint:signal:signal_generate]: 7']);
  tellWrong(t, [['trace*:signal:signal_generate { }', 'No probe type matched for trace*']], { pid: worker.pid });
});

t.test('what is wrong is told', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  tellWrong(t, [
    ['tracepoint { }', 'tracepoint probe must have a target'],
    ['tracepoint:signal { }', 'tracepoint probe type requires 2 arguments, found 1'],
    ['tracepoint:a:b:c { }', 'tracepoint probe type requires 2 arguments, found 3'],
    ['tracepoint:nosuch:event { }', 'No matches for tracepoint nosuch:event.'],
    ['tracepoint:signal:nosuch { }', 'No matches for tracepoint signal:nosuch.'],
    ['tracepoint:signal:nosuch,tracepoint:signal:signal_generate { }', 'No matches for tracepoint signal:nosuch.'],
    ['tracepoint:signal:nosuch* { }', nothingLeft],
    ['tracepoint:nosuch*:signal_generate { }', nothingLeft],
    ['t:*no_such_event* { }', nothingLeft],
    ['xtracepoint:signal:signal_generate { }', 'Invalid probe type: xtracepoint'],
    ['xtrace*:signal:signal_generate { }', 'No probe type matched for xtrace*'],
    [`${generate} { @ = args.nosuch; }`, "Struct/union of type 'struct _tracepoint_signal_signal_generate' does not contain a field named 'nosuch'"],
    ['tracepoint:signal:signal_* { @ = args.group; }', "Struct/union of type 'struct _tracepoint_signal_signal_deliver' does not contain a field named 'group'"],
    [`${generate} { @ = retval; }`, "The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes (try to use args.ret instead)"],
    [`${generate} { @ = ctx; }`, 'Use args instead of ctx in tracepoint'],
    [`${generate} { @ = func; }`, "The func builtin can not be used with 'tracepoint' probes"],
    [`${generate} { @ = arg0; }`, "The arg0 builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes"],
    [`${generate} { @ = reg("ip"); }`, 'reg can not be used with "tracepoint" probes'],
  ]);
});

t.test('what is missing may be left out', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const script = (how: string): string => `config = { missing_probes = "${how}" } tracepoint:signal:signal_generate,tracepoint:signal:nosuch { } tracepoint:nosuch*:event { }`;
  t.strictSame(warnings(script('warn')), [
    'warning: No matches for tracepoint signal:nosuch. Skipping.',
    'warning: Probe has no valid attach points. It is being removed which may cause issues with program behavior.',
  ]);
  t.strictSame(warnings(script('ignore')), []);
});
