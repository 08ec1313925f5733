// Raw tracepoints on the running kernel: arguments by name and by number, builtins, modules and patterns, what is missing.

import t from 'tap';
import { runLive } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { fireTogether, nothingLeft, tellWrong, warnings, type Row } from './tables.js';
import { mapLines, signaller, Worker } from './worker.js';

const generate = 'rawtracepoint:signal_generate /arg0 == 10/';
const generated = 'rawtracepoint:vmlinux:signal_generate';

const typed = (pid: number): Row[] => [
  ['arguments by name', 'rawtracepoint:signal_generate /args.sig == 10/ { @args[args.sig, args.group, args.result] = count(); }', ['@args[10, 1, 0]: 7']],
  ['structs behind arguments', 'rawtracepoint:signal_generate /args.sig == 10/ { @task[args.task->pid, args.task.comm] = count(); }', [`@task[${pid}, tbpf-named]: 7`]],
  ['through a variable', 'rawtracepoint:signal_generate /args.sig == 10/ { $task = args.task; @variable[$task->tgid] = count(); }', [`@variable[${pid}]: 7`]],
  ['texts', 'rawtracepoint:task_rename { @renamed[args.task->comm, str(args.comm)] = count(); }', ['@renamed[perl, tbpf-named]: 1', '@renamed[tbpf-named, true]: 1']],
  ['names and numbers mean the same', 'rawtracepoint:signal_generate /args.sig == 10/ { if (args.sig == arg0 && (uint64)args.task == arg2) { @same = count(); } }', ['@same: 7']],
];

const plain = (pid: number): Row[] => [
  ['arguments by number', `${generate} { @arg[arg0, arg3, arg4] = count(); }`, ['@arg[10, 1, 0]: 7']],
  ['who', `${generate} { @who[pid, tid, comm] = count(); }`, [`@who[${pid}, ${pid}, tbpf-named]: 7`]],
  ['where', `${generate} { @cpu[cpu] = count(); }`, /^@cpu\[\d+\]: 7$/m],
  ['when', `${generate} { if (@then[0] <= nsecs) { @when = count(); } @then[0] = nsecs; }`, /^@when: 7$/m],
  ['the kernel stack', `${generate} { @stack[kstack] = count(); }`, /^@stack\[\n( {8}\w.*\n)* {8}\w*sys_kill\+\d+\n( {8}\w.*\n)*\]: 7$/m],
  ['probe', `${generate} { @probe[probe] = count(); }`, [`@probe[${generated}]: 7`]],
  ['the alias', `${generate.replace('rawtracepoint', 'rt')} { @alias[probe] = count(); }`, [`@alias[${generated}]: 7`]],
  ['a name of its own', `here=${generate} { @named[probe] = count(); }`, ['@named[here]: 7']],
  ['the module named', 'rawtracepoint:vmlinux:signal_generate /arg0 == 10/ { @module[probe] = count(); }', [`@module[${generated}]: 7`]],
  ['a pattern for events', 'rawtracepoint:signal_* /arg0 == 10/ { @events[probe] = count(); }', [`@events[${generated}]: 7`, '@events[rawtracepoint:vmlinux:signal_deliver]: 7']],
  ['a pattern for modules', 'rawtracepoint:vm*:signal_deliver /arg0 == 10/ { @modules[probe] = count(); }', ['@modules[rawtracepoint:vmlinux:signal_deliver]: 7']],
  ['several blocks fire in source order', `${generate} { @order = 1; } ${generate} { @order = @order * 2; } ${generate} { @order = @order + 3; }`, ['@order: 5']],
];

for (const [title, rows, needed] of [['what it can say', plain, 'tracepoint'], ['arguments with types', typed, 'btf']] as const) {
  t.test(title, async (t) => {
    if (!needs(t, 'root', 'tracepoint', needed)) return;
    const worker = signaller();
    await worker.ready;
    await fireTogether(t, rows(worker.pid), { pid: worker.pid, during: worker.work });
  });
}

t.test('of one process', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const [worker, other] = [signaller(), signaller()];
  await Promise.all([worker.ready, other.ready]);
  const { stdout } = await runLive(`${generate} { @[pid] = count(); }`, { pid: worker.pid, during: async () => void (await Promise.all([worker.work(), other.work()])) });
  t.strictSame(mapLines(stdout), [`@[${worker.pid}]: 7`]);
});

t.test('what is wrong is told', async (t) => {
  if (!needs(t, 'root', 'tracepoint', 'btf')) return;
  tellWrong(t, [
    ['rawtracepoint { }', 'rawtracepoint probe type requires 1 or 2 arguments, found 0'],
    ['rawtracepoint:a:b:c { }', 'rawtracepoint probe type requires 1 or 2 arguments, found 3'],
    ['rawtracepoint:no_such_event { }', 'No matches for rawtracepoint no_such_event.'],
    ['rawtracepoint:vmlinux:no_such_event { }', 'No matches for rawtracepoint vmlinux:no_such_event.'],
    ['rawtracepoint:nosuchmodule:signal_generate { }', 'No matches for rawtracepoint nosuchmodule:signal_generate.'],
    ['rawtracepoint:signal:signal_generate { }', 'No matches for rawtracepoint signal:signal_generate.'],
    ['rawtracepoint:no_such_event* { }', nothingLeft],
    ['rawtracepoint:nosuchmodule*:signal_generate { }', nothingLeft],
    [`${generate} { @ = args.nosuch; }`, "Struct/union of type 'struct vmlinux_signal_generate' does not contain a field named 'nosuch'"],
    [`${generate} { @ = arg5; }`, `${generated} has 5 arguments: there is no arg5`],
    ['rawtracepoint:signal_d* { @ = arg0 + arg5; }', 'rawtracepoint:vmlinux:signal_deliver has 3 arguments: there is no arg5'],
    [`${generate} { @ = retval; }`, "The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes"],
    [`${generate} { @ = func; }`, "The func builtin can not be used with 'rawtracepoint' probes"],
    [`${generate} { @ = reg("ip"); }`, 'reg can not be used with "rawtracepoint" probes'],
  ]);
  if (process.arch === 'x64') tellWrong(t, [[`${generate} { @ = arg6; }`, "x86_64 doesn't support arg6"]]);
  t.strictSame(warnings('config = { missing_probes = "warn" } rawtracepoint:no_such_event,rawtracepoint:signal_generate { }'), ['warning: No matches for rawtracepoint no_such_event. Skipping.']);
});

t.test('after exit() no probe begins on any CPU', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const workers = [signaller(0), signaller(1)];
  for (const { ready } of workers) await ready;
  const { stdout, status } = await runLive(`${generate} { @[pid, cpu] = count(); exit(4); }`, { during: async () => void (await Promise.all(workers.map(({ work }) => work()))) });
  t.match(mapLines(stdout).join('\n'), /^@\[\d+, \d+\]: 1(\n@\[\d+, \d+\]: 1)?$/, 'at most one on each CPU');
  t.equal(status, 4);
});

t.test('end runs when no program runs any more', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const worker = new Worker('my $end = time + 60; while (time < $end) { kill 0, $$; print "." }');
  await worker.ready;
  // each event takes a tenth of a second, so that one is nearly always under way
  const { stdout } = await runLive('rawtracepoint:sys_enter { for $i : 0..2000000 { @late[$i % 64] = $i; } } end { clear(@late); }', {
    pid: worker.pid,
    during: async () => {
      void worker.work();
      await new Promise((resolve) => worker.process.stdout!.once('data', resolve));
    },
  });
  worker.process.kill('SIGKILL');
  t.strictSame(mapLines(stdout), []);
});
