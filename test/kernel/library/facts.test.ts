// Facts of the running machine, recorded and used without it.

import t from 'tap';
import { openMachine, type Facts } from '../../../lib/index.js';
import { check, compile } from '../../../lib/compiler.js';
import { simulate } from '../../../lib/simulate.js';
import { programKinds } from '../../../lib/language/record.js';
import { runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';

t.test('a recorded tracepoint compiles elsewhere', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const recorded = await openMachine().record(['tracepoint:sched:sched_process_e*', 'interval:s:1']);
  t.equal(recorded.btf, undefined);
  t.same(recorded.tracepoints.map(({ event }) => event).filter((event) => event === 'sched_process_exec'), ['sched_process_exec']);
  const facts = JSON.parse(JSON.stringify(recorded)) as Facts;
  const simulation = simulate(compile('tracepoint:sched:sched_process_exec { printf("%s\\n", str(args.filename)); }', { machine: facts }));
  t.match(simulation.fire('tracepoint:sched:sched_process_exec', { args: { filename: '/bin/true' } }), [{ text: '/bin/true\n' }]);
});

t.test('types of the kernel, for who needs them', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const recorded = await openMachine().record(['rawtracepoint:sched_switch']);
  const facts = JSON.parse(JSON.stringify(recorded)) as Facts;
  const simulation = simulate(compile('rawtracepoint:sched_switch { print(((struct task_struct *)arg1)->pid); print(args.preempt); }', { machine: facts }));
  t.match(simulation.fire('rawtracepoint:vmlinux:sched_switch', { args: { preempt: true } }), [{ value: 0 }, { value: true }]);
});

t.test('features that only some calls ask for', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  const facts = await openMachine().record(['interval:s:1'], { types: true });
  const { features } = facts;
  for (const feature of ['helper:override_return', 'helper:probe_write_user', 'kfunc:bpf_task_from_pid']) t.equal(features[feature], runningMachine().has(feature), feature);
  for (const kind of programKinds) t.equal(features[`kfunc:bpf_task_from_pid:${kind}`], runningMachine().has(`kfunc:bpf_task_from_pid:${kind}`), kind);
  const script = 'interval:s:1 { print(comm(1)); }';
  t.same(check(script, { machine: facts }).map(({ code }) => code), !features['kfunc:bpf_task_from_pid'] ? ['F0345'] : features['kfunc:bpf_task_from_pid:perf_event'] ? [] : ['F0346']);
});

t.test('mistakes', async (t) => {
  const machine = openMachine();
  for (const probe of ['uprobe:/bin/sh:main', 'uretprobe:/bin/sh:main', 'usdt:/bin/sh:sh:start', 'watchpoint:0x1000:8:w']) {
    await t.rejects(machine.record([probe]), { name: 'OptionError', message: /cannot be recorded/ }, probe);
  }
  await t.rejects(machine.record(['tracepoint:syscalls:sys_enter_opnat']), { option: 'probes', code: 'ERR_OPTION_VALUE', message: 'tracepoint:syscalls:sys_enter_opnat matches nothing on this machine: did you mean tracepoint:syscalls:sys_enter_openat?' });
  await t.rejects(machine.record(['interval:s:1', 'tracepoint:syscalls:no_such*']), { option: 'probes', message: 'tracepoint:syscalls:no_such* matches nothing on this machine' });
  await t.rejects(machine.record(['rawtracepoint:sched_swich']), { message: /did you mean rawtracepoint:sched_switch\?/ });
  await t.rejects(machine.record(['kprobe:no_such_function_here']), { message: /matches nothing/ });
  await t.rejects(machine.record(['nothing:x']), { name: 'OptionError', message: /no kind nothing/ });
  await t.rejects(machine.record('tracepoint:a:b' as unknown as string[]), { code: 'ERR_OPTION_TYPE' });
});
