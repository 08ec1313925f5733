// Perf events, records of what processes do, and instructions to try user probes on (addon/perf_event.cc, task_events.cc, code_copy.cc).

import type { U64 } from './numbers.js';

export interface PerfEventOptions {
  /** PERF_TYPE_* or the type of a PMU in /sys/bus/event_source/devices */
  type: number;
  config: U64;
  /** only tests give it, config2 and the excluding */
  config1?: U64;
  config2?: U64;
  /** one of the two; with neither the event only counts */
  samplePeriod?: U64;
  sampleFreq?: U64;
  /** -1 every process (then cpu must be given); 0 this one. Default -1 */
  pid?: number;
  /** -1 any CPU. Default -1 */
  cpu?: number;
  inherit?: boolean;
  excludeUser?: boolean;
  excludeKernel?: boolean;
  /** watchpoints: PERF_TYPE_BREAKPOINT with HW_BREAKPOINT_R 1, W 2, RW 3, X 4 */
  bpType?: number;
  bpAddr?: U64;
  bpLen?: number;
}

export interface PerfEventHandle {
  readonly closed: boolean;
  readonly fd: number;
  enable(): void;
  disable(): void;
  /** the counter's value */
  read(): bigint;
  close(): void;
}

/** Records of what processes map, and of fork, exec and exit, on every CPU (perf_event_open(2): PERF_RECORD_MMAP2, COMM, FORK, EXIT, LOST). */
export interface TaskEventsHandle {
  readonly closed: boolean;
  /** What was recorded since the last call: the records of one CPU after those of another. Each ends with its time, ns of CLOCK_MONOTONIC. */
  drain(): Buffer;
  close(): void;
}

/** Instructions in a file that this process alone maps, executable, and never runs: a user probe on them shows whether the kernel takes them. */
export interface CodeCopyHandle {
  readonly closed: boolean;
  /** for `path` of uprobes, while the handle is open */
  readonly path: string;
  close(): void;
}
