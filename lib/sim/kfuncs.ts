// Kernel functions that every machine has; environment.kfuncs adds to them or replaces them.

import type { Kfunc } from './environment.js';
import { HashMap } from './maps/hash.js';

export const kfuncByName: Readonly<Record<string, Kfunc>> = {
  /** elements of a hash; 0 for maps that do not count */
  bpf_map_sum_elem_count(machine, [address]) {
    const map = address === undefined ? undefined : machine.linked.findMap(address);
    return map instanceof HashMap ? BigInt(map.size) : 0n;
  },
  /** the running task is the only one */
  bpf_task_from_pid: (machine, [pid]) => (BigInt.asIntN(32, pid ?? 0n) === BigInt(machine.activation.task.pid) ? machine.activation.task.taskStruct : 0n),
  bpf_task_release: () => 0n,
  bpf_session_is_return: (machine) => (machine.activation.isReturn ? 1n : 0n),
  bpf_rcu_read_lock: () => 0n,
  bpf_rcu_read_unlock: () => 0n,
};
