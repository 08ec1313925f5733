// What is measured: small scripts, each with its twin in C (c/NAME.bpf.c) that counts, stores and prints the same.

export interface BenchProgram {
  /** also the name of the C file */
  readonly name: string;
  /** `$PID` stands for the process that makes the calls */
  readonly script: string;
  /** when bpftrace 0.17 spells it differently */
  readonly bpftrace?: string;
  /** the system call that fires it */
  readonly call: 'read' | 'access';
  /** cost of being called at all: shown, not part of the mean */
  readonly isFloor?: boolean;
}

const enter = 'tracepoint:syscalls:sys_enter_read';
const exit = 'tracepoint:syscalls:sys_exit_read';

export const programs: readonly BenchProgram[] = [
  { name: 'nothing', call: 'read', isFloor: true, script: `${enter} { }`, bpftrace: `${enter} { $a = 0; }` },
  { name: 'count', call: 'read', script: `${enter} { @ = count(); }` },
  { name: 'increment', call: 'read', script: `${enter} { @[pid]++; }` },
  { name: 'hist', call: 'read', script: `${exit} { @ = hist(args->ret); }` },
  { name: 'keyed-hist', call: 'read', script: `${exit} { @[comm] = hist(args->ret); }` },
  { name: 'lhist', call: 'read', script: `${exit} { @ = lhist(args->ret, 0, 8192, 256); }` },
  { name: 'latency', call: 'read', script: `${enter} { @start[tid] = nsecs; } ${exit} /@start[tid]/ { @us = hist((nsecs - @start[tid]) / 1000); delete(@start[tid]); }` },
  { name: 'filter', call: 'read', script: `${enter} /pid == 1/ { @ = count(); }` },
  { name: 'filter-path', call: 'access', script: 'tracepoint:syscalls:sys_enter_access /pid == 1/ { printf("%s %s\\n", comm, str(args->filename)); }' },
  { name: 'number-key', call: 'read', script: 'tracepoint:raw_syscalls:sys_enter { @[args->id] = count(); }' },
  { name: 'comm-key', call: 'read', script: `${enter} { @[comm] = count(); }` },
  { name: 'tuple-key', call: 'read', script: `${enter} { @[pid, comm] = count(); }` },
  { name: 'path-key', call: 'access', script: 'tracepoint:syscalls:sys_enter_access { @[str(args->filename)] = count(); }' },
  { name: 'sum', call: 'read', script: `${exit} { @[pid] = sum(args->ret); }` },
  { name: 'stats', call: 'read', script: `${exit} { @[pid] = stats(args->ret); }` },
  { name: 'avg', call: 'read', script: `${exit} { @ = avg(args->ret); }` },
  { name: 'max', call: 'read', script: `${exit} { @ = max(args->ret); }` },
  { name: 'struct-walk', call: 'read', script: `${enter} { @[((struct task_struct *)curtask)->real_parent->comm] = count(); }` },
  { name: 'kstack-key', call: 'read', script: `${enter} { @[kstack] = count(); }` },
  { name: 'printf', call: 'read', script: `${enter} /pid == $PID/ { printf("%d %s %d\\n", pid, comm, args->count); }` },
  { name: 'printf-path', call: 'access', script: 'tracepoint:syscalls:sys_enter_access /pid == $PID/ { printf("%d %s %s\\n", pid, comm, str(args->filename)); }' },
  { name: 'strncmp', call: 'read', script: `${enter} /strncmp(comm, "reads", 5) == 0/ { @ = count(); }` },
];
