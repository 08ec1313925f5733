// Helpers about the running task, the CPU and the clocks.

import { errno } from '../errno.js';
import type { Call, Helper } from './helper.js';

const PIDNS_INFO_SIZE = 8;

function perCpuAddress(call: Call, cpu: number): bigint {
  return call.arg(0) + (call.machine.environment.perCpuOffset?.(cpu) ?? 0n);
}

export const taskHelpers: readonly Helper[] = [
  { name: 'get_current_pid_tgid', args: 0, run: ({ machine: { activation: { task } } }) => (BigInt(task.tgid) << 32n) | BigInt(task.pid) },
  { name: 'get_current_uid_gid', args: 0, run: ({ machine: { activation: { task } } }) => (BigInt(task.gid) << 32n) | BigInt(task.uid) },
  { name: 'get_current_task', args: 0, run: ({ machine }) => machine.activation.task.taskStruct },
  { name: 'get_current_task_btf', args: 0, run: ({ machine }) => machine.activation.task.taskStruct },
  {
    name: 'task_pt_regs', args: 1,
    run(call) {
      const { taskStruct, registers = 0n } = call.machine.activation.task;
      return call.arg(0) === taskStruct ? registers : 0n;
    },
  },
  // of the groups above the task's own nothing is known: it is a group of the root's
  { name: 'get_current_ancestor_cgroup_id', args: 1, run: (call) => (call.arg(0) === 0n ? 1n : call.arg(0) === 1n ? call.machine.activation.task.cgroupId : 0n) },
  { name: 'get_current_cgroup_id', args: 0, run: ({ machine }) => machine.activation.task.cgroupId },
  {
    name: 'get_current_comm', args: 2,
    run(call) {
      const size = call.size(1, { zero: false });
      const buffer = call.write(0, size).fill(0);
      buffer.set(new TextEncoder().encode(call.machine.activation.task.comm).subarray(0, Math.min(size - 1, 15)));
      return 0;
    },
  },
  {
    name: 'get_ns_current_pid_tgid', args: 4,
    run(call) {
      const size = call.size(3, { zero: false });
      const info = call.write(2, size).fill(0);
      const { namespace } = call.machine.activation.task;
      if (size !== PIDNS_INFO_SIZE || namespace === undefined) return -errno.EINVAL;
      if (namespace.dev !== call.arg(0) || namespace.ino !== call.arg(1)) return -errno.EINVAL;
      const view = new DataView(info.buffer, info.byteOffset, size);
      view.setUint32(0, namespace.pid, true);
      view.setUint32(4, namespace.tgid, true);
      return 0;
    },
  },
  { name: 'get_smp_processor_id', args: 0, run: ({ machine }) => machine.activation.cpu },
  { name: 'get_numa_node_id', args: 0, run: ({ machine }) => machine.environment.numaNode?.(machine.activation.cpu) ?? 0 },
  { name: 'this_cpu_ptr', args: 1, run: (call) => perCpuAddress(call, call.machine.activation.cpu) },
  { name: 'per_cpu_ptr', args: 2, run: (call) => (call.u32(1) < call.machine.cpus ? perCpuAddress(call, call.u32(1)) : 0n) },
  { name: 'get_prandom_u32', args: 0, run: ({ machine }) => machine.random() >>> 0 },
  { name: 'ktime_get_ns', args: 0, run: ({ machine }) => machine.clocks.monotonic() },
  { name: 'ktime_get_boot_ns', args: 0, run: ({ machine }) => machine.clocks.boot() },
  { name: 'ktime_get_tai_ns', args: 0, run: ({ machine }) => machine.clocks.tai() },
  { name: 'ktime_get_coarse_ns', args: 0, run: ({ machine }) => machine.clocks.coarse() },
  { name: 'jiffies64', args: 0, run: ({ machine }) => machine.clocks.jiffies() },
];
