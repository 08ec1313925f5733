// A program: before it is loaded, and after (addon/program.cc).

import type { AttachSpec, LinkHandle } from './link.js';

export interface ProgramHandle {
  readonly name: string;
  /** ELF section; empty for a program of loadProgram() */
  readonly section: string;
  /** BPF_PROG_TYPE_* */
  readonly type: number;
  /** BPF_* attach type the program was or will be loaded with */
  readonly expectedAttachType: number;
  readonly autoload: boolean;
  /** -1 before load and for programs without autoload */
  readonly fd: number;

  // before load
  setAutoload(autoload: boolean): void;
  setType(type: number): void;
  /** e.g. BPF_TRACE_KPROBE_MULTI, BPF_TRACE_UPROBE_MULTI */
  setExpectedAttachType(attachType: number): void;
  /** Kernel function, tracepoint, iterator or LSM hook of a BTF program (fentry, fexit, tp_btf, iter, lsm); found in vmlinux or a
   *  module, or in another BPF program when its fd is given. */
  setAttachTarget(name: string, programFd?: number): void;
  /** BPF_F_* of program load, e.g. BPF_F_SLEEPABLE. Only tests call it. */
  setFlags(flags: number): void;
  /** Asks for the verifier's log also on success, readable as `log` afterwards.
   * @param level  bits: 1 path, 2 every state, 4 statistics
   * @param sizeBytes  default 1 MiB, at most 1 GiB; a log that does not fit makes loading fail with ENOSPC */
  setLog(level: number, sizeBytes?: number): void;

  // after load
  /** What the verifier said if setLog asked for it, else '' */
  readonly log: string;
  info(): ProgramInfo;
  /** Instructions after the verifier's rewriting, 8 bytes each. Empty when the kernel hides them (kptr_restrict, no CAP_BPF).
   *  Only tests call it. */
  xlatedInsns(): Buffer;
  testRun(options?: TestRunOptions): TestRunResult;
  /** Attaches now, on this thread. */
  attach(spec: AttachSpec): LinkHandle;
  pin(path: string): void;
  /** Only for programs of loadProgram(); programs of an object are closed with it. */
  close(): void;
}

export interface ProgramInfo {
  id: number;
  type: number;
  name: string;
  /** total time in the program; counts only while kernel.bpf_stats_enabled or enableStats() */
  runTimeNs: bigint;
  runCount: bigint;
  /** runs dropped because the program was already running on that CPU; since Linux 5.12 */
  recursionMisses: bigint;
  xlatedBytes: number;
  jitedBytes: number;
  /** instructions the verifier walked; since Linux 5.16, else 0 */
  verifiedInsns: number;
  mapIds: number[];
}

export interface TestRunOptions {
  /** context; for raw tracepoints an array of u64 arguments */
  ctxIn?: Uint8Array;
  dataIn?: Uint8Array;
  /** room for the data the program writes back */
  dataOutBytes?: number;
  /** default: not given to the kernel (raw tracepoints refuse it) */
  repeat?: number;
  /** run on this CPU (raw tracepoints; sets BPF_F_TEST_RUN_ON_CPU) */
  cpu?: number;
  flags?: number;
}

export interface TestRunResult {
  /** u32; for raw tracepoint programs the program's return value */
  retval: number;
  /** average per repetition; 0 for program types that do not measure */
  durationNs: number;
  dataOut: Buffer;
}

/** A program without ELF file: what feature probes and tests of the kernel's opinion need. */
export interface LoadProgramOptions {
  name?: string;
  type: number;
  /** 8 bytes per instruction */
  insns: Uint8Array;
  /** default 'GPL' */
  license?: string;
  expectedAttachType?: number;
  attachBtfId?: number;
  flags?: number;
  logLevel?: number;
}
