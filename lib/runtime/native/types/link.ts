// What a program is attached to, and the link that this gives (addon/spec.cc, attach.cc, link.cc).

import type { U64 } from './numbers.js';
import type { PerfEventHandle } from './perf-event.js';

export type AttachSpec =
  | TracepointSpec
  | RawTracepointSpec
  | TraceSpec
  | KprobeSpec
  | KprobeMultiSpec
  | UprobeSpec
  | UprobeMultiSpec
 
  | PerfEventSpec
  | IterSpec;

/** Classic tracepoint through a perf event. Give `id` (the ID line of the format file) to save reading the id file. */
export interface TracepointSpec {
  kind: 'tracepoint';
  category: string;
  event: string;
  id?: number;
  cookie?: U64;
}

export interface RawTracepointSpec {
  kind: 'rawTracepoint';
  name: string;
}

/** fentry, fexit, fmod_ret, tp_btf, lsm: the target was set before load. A cookie needs Linux 5.19 (not lsm). */
export interface TraceSpec {
  kind: 'trace';
  cookie?: U64;
}

export interface KprobeSpec {
  kind: 'kprobe';
  /** `symbol` or `module:symbol`; either this or `address` */
  symbol?: string;
  address?: U64;
  /** bytes past the symbol, default 0 */
  offset?: U64;
  retprobe?: boolean;
  cookie?: U64;
}

/** A multi link for kernel functions; needs FPROBE and Linux 5.18; the program's expected attach type is BPF_TRACE_KPROBE_MULTI. */
export interface KprobeMultiSpec {
  kind: 'kprobeMulti';
  /** either this or `addresses` */
  symbols?: readonly string[];
  addresses?: readonly U64[] | BigUint64Array;
  retprobe?: boolean;
  /** one per function, in the order of the list */
  cookies?: readonly U64[] | BigUint64Array;
  /** Linux 6.10: one program for entry and return; the expected attach type is BPF_TRACE_KPROBE_SESSION. */
  session?: boolean;
}

export interface UprobeSpec {
  kind: 'uprobe';
  path: string;
  /** offset in the file (not an address) of the instruction */
  offset: U64;
  /** only this process; default every process that maps the file */
  pid?: number;
  retprobe?: boolean;
  /** file offset of a USDT semaphore the kernel counts up while attached; only tests give it */
  refCtrOffset?: U64;
  cookie?: U64;
}

/** A multi link for places of a file; needs Linux 6.6; the program's expected attach type is BPF_TRACE_UPROBE_MULTI. */
export interface UprobeMultiSpec {
  kind: 'uprobeMulti';
  path: string;
  offsets: readonly U64[] | BigUint64Array;
  refCtrOffsets?: readonly U64[] | BigUint64Array;
  cookies?: readonly U64[] | BigUint64Array;
  pid?: number;
  retprobe?: boolean;
}

/** The link holds its own reference to the event: the PerfEventHandle may be closed. Enables the event. */
export interface PerfEventSpec {
  kind: 'perfEvent';
  event: PerfEventHandle;
  cookie?: U64;
}

/** Iterator; the target was set before load. Reading comes by `readIter` or `pin`. */
export interface IterSpec {
  kind: 'iter';
  /** for bpf_map_elem; only tests give it */
  mapFd?: number;
  /** for cgroup: enum bpf_cgroup_iter_order; from the root of the hierarchy */
  cgroupOrder?: 1 | 2 | 3 | 4;
  /** only this thread, or the threads of this process (task iterators, Linux 6.1) */
  tid?: number;
  pid?: number;
}

export interface LinkHandle {
  readonly kind: AttachSpec['kind'];
  readonly closed: boolean;
  /** fd of the BPF link; of the perf event on kernels before 5.15, where tracing links do not exist */
  readonly fd: number;
  /** How often the kernel left the program out because the probe was running already (kprobes, Linux 6.7; else 0); undefined: this is no BPF link. */
  missed(): { readonly programId: number; readonly count: bigint } | undefined;
  /** Stops a sampling event (`perfEvent`) at once; false for every other kind: the kernel runs the program of a tracepoint, kprobe or
   *  uprobe whether its perf event is enabled or not, so nothing short of close() stops those. */
  disable(): boolean;
  /** Undoes disable(). Only tests call it. */
  enable(): boolean;
  pin(path: string): void;
  /** 'iter' only: runs the iterator once, to the end. Only tests call the one that blocks. */
  readIter(): Buffer;
  readIterAsync(): Promise<Buffer>;
  /** 'iter' only: a new fd to read the iterator from; the caller closes it. Only tests call it. */
  createIterFd(): number;
  /** Detaches. May take milliseconds per link: see closeMany(). */
  close(): void;
}

