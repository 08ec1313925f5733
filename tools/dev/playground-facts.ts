// Records what the playground's made-up machine has: lib/pages/playground/facts.json.
//
//   in     the tracepoints of the running kernel, as root; functions and types of the recorded kernel types in test/fixtures/btf
//   out    Facts without types: scripts/bundle-playground.mjs puts those into the page
//   facts  features are all that the compiler may ask for, but for kernel functions in kinds of programs that no Linux lets call them: nothing is loaded
//          there, so a feature that the running kernel lacks (kprobes, for instance) need not be missing. Addresses of functions are made up
//   run    node scripts/run.mjs tools/dev/playground-facts.ts

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordedFeatures, recordFacts } from '../../lib/api/record-facts.js';
import { openMachine } from '../../lib/api/machine.js';
import { Btf } from '../../lib/model/btf/btf.js';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const syscalls = [
  'accept4', 'bind', 'brk', 'chdir', 'clock_nanosleep', 'clone', 'clone3', 'close', 'connect', 'dup3', 'epoll_wait', 'execve', 'execveat', 'exit_group', 'fchmodat', 'fsync', 'futex',
  'getdents64', 'getppid', 'ioctl', 'kill', 'listen', 'lseek', 'mkdirat', 'mmap', 'mprotect', 'munmap', 'nanosleep', 'newfstatat', 'openat', 'pipe2', 'poll', 'pread64', 'pwrite64',
  'read', 'readlinkat', 'recvfrom', 'renameat2', 'sendto', 'setuid', 'socket', 'statx', 'unlinkat', 'wait4', 'write',
];
const probes = [
  'tracepoint:sched:*', 'tracepoint:raw_syscalls:*', 'tracepoint:task:*', 'tracepoint:signal:*', 'tracepoint:tcp:*', 'tracepoint:sock:inet_sock_set_state', 'tracepoint:net:net_dev_queue',
  'tracepoint:net:netif_receive_skb', 'tracepoint:irq:*', 'tracepoint:timer:hrtimer_*', 'tracepoint:exceptions:page_fault_*', 'tracepoint:kmem:kmalloc', 'tracepoint:kmem:kfree', 'tracepoint:oom:mark_victim',
  'tracepoint:vmscan:mm_vmscan_direct_reclaim_*', 'tracepoint:workqueue:workqueue_execute_*',
  ...syscalls.flatMap((name) => [`tracepoint:syscalls:sys_enter_${name}`, `tracepoint:syscalls:sys_exit_${name}`]),
  'rawtracepoint:sched_switch', 'rawtracepoint:sched_wakeup', 'rawtracepoint:sched_process_exec', 'rawtracepoint:sched_process_exit', 'rawtracepoint:sys_enter', 'rawtracepoint:sys_exit',
];
const CPUS = 4;
const FUNCTION_BYTES = 256;
const FIRST_ADDRESS = 0xffff_ffff_8130_0000n;
const closed = ['raw_tracepoint', 'kprobe', 'xdp'].map((kind) => `kfunc:bpf_task_from_pid:${kind}`);

const types = Btf.parse(readFileSync(file('test/fixtures/btf/linux-6.18-x86_64.btf')));
const functions: string[] = [];
for (let id = types.firstId; id < types.endId; id++) {
  const type = types.type(id);
  if (type.kind === 'func' && !type.name.startsWith('bpf_')) functions.push(type.name);
}
functions.sort();
const { kernelBuild: _, ...recorded } = recordFacts(openMachine(), probes, { types: false });
const facts = {
  ...recorded, cpuCount: CPUS, kernelRelease: `${/^\d+\.\d+/.exec(recorded.kernelRelease)![0]}.0`,
  features: Object.fromEntries([...recordedFeatures].map((feature) => [feature, !closed.includes(feature)])),
  functions: functions.map((name, i) => ({ module: 'vmlinux', name, address: String(FIRST_ADDRESS + BigInt(i * FUNCTION_BYTES * 16)), size: FUNCTION_BYTES })),
};
/** A line for each tracepoint, so that a change can be read. */
const text = Object.entries(facts).map(([key, value]) => `  ${JSON.stringify(key)}: ${Array.isArray(value) ? `[\n${value.map((each) => `    ${JSON.stringify(each)}`).join(',\n')}\n  ]` : JSON.stringify(value)}`);
writeFileSync(file('lib/pages/playground/facts.json'), `{\n${text.join(',\n')}\n}\n`);
