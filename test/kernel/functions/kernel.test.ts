// kfunc_exist, kfunc_allowed: what the running kernel says of itself.

import t from 'tap';
import type { Btf } from '../../../lib/model/btf/btf.js';
import { isKfunc } from '../../../lib/runtime/discover/kernel/kfuncs.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
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

t.test('where types do not say which functions are for programs, the verifier does', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  const btf = runningMachine().btf!;
  const untagged = new Proxy(btf, {
    get(types, name) {
      if (name === 'ids') return (kind: string) => (kind === 'decl_tag' ? [] : types.ids(kind as never));
      const value = Reflect.get(types, name) as unknown;
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(types) : value;
    },
  });
  const rows: [name: string, isThere: boolean][] = [['vfs_read', false], ['ksys_read', false], ['no_such_function', false]];
  // for programs of tracing, of system calls, of packets
  for (const name of ['bpf_lookup_user_key', 'bpf_task_from_pid', 'bpf_kfunc_call_test_release', 'bpf_xdp_metadata_rx_hash', 'bpf_ct_insert_entry']) {
    if (btf.find('func', name) !== undefined) rows.push([name, true]);
  }
  for (const [name, isThere] of rows) t.equal(isKfunc(loadNative, untagged as Btf, name), isThere, name);
});

t.test('variables that each CPU has', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  if (runningMachine().kernelSymbol('__per_cpu_offset') === undefined) return t.plan(0, 'this kernel has no symbols of variables (CONFIG_KALLSYMS_ALL)');
  const { stdout } = await runLive(`begin {
    print(((struct rq *)percpu_kaddr("runqueues"))->cpu == cpu); print(((struct rq *)percpu_kaddr("runqueues", 1))->cpu); print(percpu_kaddr("runqueues", 100000)); print(percpu_kaddr("runqueues", cpu) == percpu_kaddr("runqueues"));
  }`);
  t.equal(stdout.trim(), 'true\n1\n0\ntrue');
});
