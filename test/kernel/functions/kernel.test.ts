// kfunc_exist, kfunc_allowed: what the running kernel says of itself.

import t from 'tap';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';

t.test('functions that programs may call', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  const ask = async (expression: string): Promise<string> => (await runLive(`begin { print(${expression}); }`)).stdout.trim();
  t.equal(await ask('kfunc_exist("vfs_read")'), 'false', 'a function of the kernel, but not for programs');
  t.equal(await ask('kfunc_exist("no_such_function")'), 'false');
  t.equal(await ask('kfunc_allowed("vfs_read")'), 'false');
  // Linux 6.1: of what programs of tracing may call there is this
  t.equal(await ask('kfunc_exist("bpf_lookup_user_key")'), String(runningMachine().btf!.find('func', 'bpf_lookup_user_key') !== undefined));
});

t.test('what is allowed depends on the kind of program', async (t) => {
  if (!needs(t, 'root', 'btf', 'kernel>=6.12')) return;
  const { stdout } = await runLive('begin { print(kfunc_exist("bpf_task_from_pid")); print(kfunc_allowed("bpf_task_from_pid")); print(kfunc_allowed("bpf_rcu_read_lock")); }');
  t.equal(stdout.trim(), 'true\nfalse\ntrue');
  t.equal(runningMachine().has('kfunc:bpf_task_from_pid:kprobe'), false);
  t.equal(runningMachine().has('kfunc:bpf_task_from_pid:perf_event'), true);
  t.throws(() => runningMachine().has('kfunc:bpf_task_from_pid:nonsense'), { message: "unknown kind of program 'nonsense'" });
});
