// The addon's surface as TypeScript sees it: one interface per kernel noun, plus plain functions for facts of the machine.
//
//   made by   addon/*.cc (Node-API); got with `loadNative()` of ./index.js, never by requiring the .node file
//   errors    every call may throw a TbpfError (or LoadError, PermissionError, NotSupportedError): `code` is an errno name
//             (`EPERM`), `ERR_ARG` for a wrong argument, `ERR_CLOSED` for use after close, `ERR_BUSY` while loading
//   owners    every handle has close(); a second close() does nothing; whatever is left open is closed with its environment
//             (worker thread or process). Closing an object closes its programs and maps; links live on until closed.
//   units     sizes in bytes, times in ns; kernel addresses, cookies, config words are bigint (a safe non-negative number is accepted too);
//             addresses and offsets inside ELF files are numbers
//   facts     include/uapi/linux/bpf.h, perf_event.h; libbpf 1.1

/** 64-bit argument. Numbers must be safe integers; a negative bigint down to -2^63 is taken as two's complement. */
export type U64 = bigint | number;

// ---------------------------------------------------------------------------------------------------------------------- objects

export interface OpenObjectOptions {
  /** object name; part of the names of internal maps (`name.rodata`). Default `tbpf` */
  name?: string;
  /** vmlinux BTF to use for CO-RE relocations in place of the running kernel's */
  btfPath?: string;
  /** collect libbpf's own messages at this level while opening and loading; default `warn` (kept for error messages only) */
  libbpfLog?: 'warn' | 'info' | 'debug';
}

export interface ObjectHandle {
  readonly name: string;
  readonly closed: boolean;
  readonly loaded: boolean;
  /** In the order of the ELF file. The same handle objects on every read. */
  readonly programs: readonly ProgramHandle[];
  /** Internal maps (`.rodata`) too. The same handle objects on every read. */
  readonly maps: readonly MapHandle[];
  program(name: string): ProgramHandle | undefined;
  map(name: string): MapHandle | undefined;
  /** Creates the maps and loads every program with autoload. No verifier log is requested unless `setLog` asked for one; when the
   *  kernel refuses, libbpf loads that program again with a log.
   * @throws LoadError  `.program` is the program refused (undefined for a map or BTF), `.log` the complete verifier log */
  load(): void;
  /** The same on a thread of the pool. Until it settles every method of the object, its programs and maps throws ERR_BUSY, and so do
   *  the properties that loading changes: of programs type, expectedAttachType, autoload, fd and log, of maps maxEntries and fd. */
  loadAsync(): Promise<void>;
  /** Lines libbpf printed so far while opening and loading, at the level given to openObject; empties the list. */
  takeLibbpfLog(): string[];
  close(): void;
}

// ---------------------------------------------------------------------------------------------------------------------- programs

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
  /** BPF_F_* of program load, e.g. BPF_F_SLEEPABLE */
  setFlags(flags: number): void;
  /** Asks for the verifier's log also on success, readable as `log` afterwards.
   * @param level  bits: 1 path, 2 every state, 4 statistics
   * @param sizeBytes  default 1 MiB, at most 1 GiB; a log that does not fit makes loading fail with ENOSPC */
  setLog(level: number, sizeBytes?: number): void;

  // after load
  /** What the verifier said if setLog asked for it, else '' */
  readonly log: string;
  info(): ProgramInfo;
  /** Instructions after the verifier's rewriting, 8 bytes each. Empty when the kernel hides them (kptr_restrict, no CAP_BPF). */
  xlatedInsns(): Buffer;
  /** Size of the native code; 0 when not compiled. Part of info() too. */
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

// ---------------------------------------------------------------------------------------------------------------------- attaching

export type AttachSpec =
  | TracepointSpec
  | RawTracepointSpec
  | TraceSpec
  | KprobeSpec
  | KprobeMultiSpec
  | UprobeSpec
  | UprobeMultiSpec
  | UsdtSpec
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

/** One link for many functions, needs FPROBE and Linux 5.18; the program's expected attach type is BPF_TRACE_KPROBE_MULTI. */
export interface KprobeMultiSpec {
  kind: 'kprobeMulti';
  /** either this or `addresses` */
  symbols?: readonly string[];
  addresses?: readonly U64[] | BigUint64Array;
  retprobe?: boolean;
  /** one per function, in the order of the list */
  cookies?: readonly U64[] | BigUint64Array;
  /** Linux 6.10: one program for entry and return; the expected attach type is BPF_TRACE_KPROBE_SESSION */
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
  /** file offset of a USDT semaphore the kernel counts up while attached */
  refCtrOffset?: U64;
  cookie?: U64;
}

/** One link for many places of a file, needs Linux 6.6; the program's expected attach type is BPF_TRACE_UPROBE_MULTI. */
export interface UprobeMultiSpec {
  kind: 'uprobeMulti';
  path: string;
  offsets: readonly U64[] | BigUint64Array;
  refCtrOffsets?: readonly U64[] | BigUint64Array;
  cookies?: readonly U64[] | BigUint64Array;
  pid?: number;
  retprobe?: boolean;
}

/** libbpf's USDT support: for objects that carry its `__bpf_usdt_specs` maps. Programs that read arguments by themselves attach as `uprobe` with refCtrOffset. */
export interface UsdtSpec {
  kind: 'usdt';
  path: string;
  provider: string;
  name: string;
  pid?: number;
  cookie?: U64;
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
  /** for bpf_map_elem */
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
  /** Stops a sampling event (`perfEvent`) at once; false for every other kind: the kernel runs the program of a tracepoint, kprobe or
   *  uprobe whether its perf event is enabled or not, so nothing short of close() stops those. */
  disable(): boolean;
  /** Undoes disable(). */
  enable(): boolean;
  pin(path: string): void;
  /** 'iter' only: runs the iterator once, to the end. */
  readIter(): Buffer;
  readIterAsync(): Promise<Buffer>;
  /** 'iter' only: a new fd to read the iterator from; the caller closes it. */
  createIterFd(): number;
  /** Detaches. May take milliseconds per link: see closeMany(). */
  close(): void;
}

export type AttachItem = { program: ProgramHandle } & AttachSpec;

/** Many attachments on one thread of the pool; the event loop goes on. */
export interface AttachJob {
  readonly total: number;
  /** attached or failed so far */
  readonly done: number;
  readonly failed: number;
  /** The items not yet begun become errors with code ECANCELED. */
  cancel(): void;
  /** Never rejects: one entry per item, in order. */
  readonly result: Promise<(LinkHandle | Error)[]>;
}

export interface CloseJob {
  readonly total: number;
  readonly done: number;
  readonly result: Promise<void>;
}

// ---------------------------------------------------------------------------------------------------------------------- maps

export interface MapHandle {
  readonly name: string;
  /** BPF_MAP_TYPE_* */
  readonly type: number;
  readonly keySize: number;
  /** of one value, as declared */
  readonly valueSize: number;
  /** what lookup returns and update takes: valueSize, or for per-CPU maps roundUp(valueSize, 8) * possibleCpus() */
  readonly valueBytes: number;
  readonly perCpu: boolean;
  readonly maxEntries: number;
  /** BPF_F_* of map creation */
  readonly flags: number;
  /** -1 before load */
  readonly fd: number;
  /** libbpf made it for a data section */
  readonly internal: boolean;

  // before load
  setMaxEntries(maxEntries: number): void;

  // after load
  id(): number;
  /** @param key keySize bytes
   *  @returns undefined when there is no such key (or, in arrays, no such index) */
  lookup(key: Uint8Array): Buffer | undefined;
  /** @param flags BPF_ANY 0, BPF_NOEXIST 1, BPF_EXIST 2
   *  @throws TbpfError E2BIG when the map is full, EEXIST, ENOENT */
  update(key: Uint8Array, value: Uint8Array, flags?: number): void;
  /** @returns false when there was no such key */
  delete(key: Uint8Array): boolean;
  /** The key after this one, the first one without; undefined at the end. */
  nextKey(key?: Uint8Array): Buffer | undefined;
  /** Linux 5.14 for hashes. @throws NotSupportedError where the map type or kernel cannot */
  lookupAndDelete(key: Uint8Array): Buffer | undefined;
  /** Whole map: key i is keys[i * keySize ..], value i values[i * valueBytes ..]. Elements added or removed meanwhile may be
   *  there or not, never twice. Arrays return every index. */
  readAll(): MapContents;
  /** Removes every element; returns how many. @throws TbpfError ERR_ARG for arrays: those have zeroAll() */
  deleteAll(): number;
  /** readAll() and deleteAll() in one step: each element is read and removed under the lock of its bucket. keepKeys: afterwards their
   *  keys are put in again with values of zero bytes, unless a program has done so. @throws TbpfError ERR_ARG for arrays */
  takeAll(keepKeys: boolean): MapContents;
  /** Sets every value to zero bytes; returns how many. */
  zeroAll(): number;
  /** Further writes from user space are refused. */
  freeze(): void;
  pin(path: string): void;
  /** Only for maps of createMap() and openMap(); maps of an object are closed with it. */
  close(): void;
}

export interface MapContents {
  count: number;
  keys: Buffer;
  values: Buffer;
}

export interface CreateMapOptions {
  name?: string;
  type: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  flags?: number;
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

// ---------------------------------------------------------------------------------------------------------------------- ring buffer

/** Every record that drain() copies is preceded by this header, and starts at a multiple of 8:
 *  u32 length of the payload, u32 zero, payload, padding up to a multiple of 8. */
export const RECORD_HEADER_BYTES = 8;

/** Consumer of one BPF_MAP_TYPE_RINGBUF map; the only one, or records are lost between consumers.
 *
 *  The kernel (wake-up flag 0) wakes the consumer only for a record committed after the consumer had caught up. So after onReadable the
 *  caller may wait some ms before drain(): no further wake-ups happen meanwhile. As the fd stays readable while there is data, the
 *  watch is one-shot: onReadable is called once and the fd is no longer watched until rearm(). The pattern is
 *
 *      ring.watch(() => setTimeout(() => { while (ring.drain(max, into).more) …; ring.rearm(); }, batchMs));
 *
 *  Data that arrives between the last drain and rearm() makes the callback fire again at once: nothing is missed. */
export interface RingBufferHandle {
  readonly closed: boolean;
  /** bytes of the data area */
  readonly sizeBytes: number;
  /** bytes (with headers) written and not yet drained; records still being written count */
  readonly pendingBytes: number;
  /** Copies complete records, oldest first, and gives their room back to the kernel.
   * @param maxBytes  stop before exceeding this; a single record never splits
   * @param into  buffer to copy into, maxBytes is then capped by its length; without: a new one of the right size, in `.buffer` */
  drain(maxBytes: number, into?: ArrayBuffer): DrainResult;
  /** Calls back once when there is something to read. Replaces an earlier callback. Keeps the process alive until unwatch() or unref(). */
  watch(onReadable: () => void): void;
  /** Watches again after onReadable was called. @throws TbpfError ERR_ARG without an earlier watch() */
  rearm(): void;
  unwatch(): void;
  ref(): void;
  unref(): void;
  close(): void;
}

export interface DrainResult {
  buffer: ArrayBuffer;
  /** bytes filled, a multiple of 8 */
  bytes: number;
  count: number;
  /** there are complete records left: the limit was reached */
  more: boolean;
  /** size with header of the next complete record when `more`, else 0: when count is 0 the buffer was too small for it */
  nextBytes: number;
}

// ---------------------------------------------------------------------------------------------------------------------- perf events

export interface PerfEventOptions {
  /** PERF_TYPE_* or the type of a PMU in /sys/bus/event_source/devices */
  type: number;
  config: U64;
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

/** Instructions in a file that this process alone maps, executable, and never runs: a user probe on them shows whether the kernel takes them. */
export interface CodeCopyHandle {
  readonly closed: boolean;
  /** for `path` of uprobes, while the handle is open */
  readonly path: string;
  close(): void;
}

// ---------------------------------------------------------------------------------------------------------------------- processes

export interface SpawnHeldOptions {
  /** default: the environment of this process; `NAME=value` strings */
  env?: readonly string[];
  cwd?: string;
  /** SIGHUP is ignored in the child, as under nohup; every other signal has its default action. Default: false */
  ignoresHangup?: boolean;
}

export interface ExitStatus {
  /** exit code, undefined when killed by a signal */
  code: number | undefined;
  signal: number | undefined;
}

/** A child that waits, before exec, for resume(): probes can be attached to its pid first. It gets SIGTERM when the thread that made it dies. */
export interface ChildHandle {
  readonly pid: number;
  readonly closed: boolean;
  /** Lets it exec. @throws TbpfError ENOENT, EACCES … when exec fails; the child is then gone */
  resume(): void;
  /** Called once, also when it had already ended. Replaces an earlier callback. */
  onExit(callback: (status: ExitStatus) => void): void;
  /** @returns false when it had ended */
  kill(signal: number): boolean;
  ref(): void;
  unref(): void;
  /** Stops watching; a child not yet resumed is killed. A running one goes on. */
  close(): void;
}

/** Watches a process that is not ours through a pidfd (Linux 5.3). */
export interface PidWatchHandle {
  readonly pid: number;
  readonly closed: boolean;
  ref(): void;
  unref(): void;
  close(): void;
}

// ---------------------------------------------------------------------------------------------------------------------- ELF and symbols

export interface ReadElfSymbolsOptions {
  /** also look into separate debug files (build id and .gnu_debuglink, under /usr/lib/debug and beside the file); default true */
  debugFiles?: boolean;
  /** objects (variables) too; default functions only */
  objects?: boolean;
}

/** Defined symbols sorted by address; equal names and addresses once. Entry i's name is the NUL-terminated string at nameOffsets[i]. */
export interface ElfSymbols {
  count: number;
  addresses: Float64Array;
  sizes: Float64Array;
  /** where the first byte is in the file (for uprobes); -1 when in no loaded segment */
  fileOffsets: Float64Array;
  nameOffsets: Uint32Array;
  /** STT_* in bits 0-3, STB_* in bits 4-7 */
  info: Uint8Array;
  names: Buffer;
  /** separate file that .symtab came from */
  debugFile: string | undefined;
}

export interface ElfSegment {
  fileOffset: number;
  address: number;
  fileBytes: number;
  memoryBytes: number;
  /** PF_X 1, PF_W 2, PF_R 4 */
  flags: number;
}

export interface ElfInfo {
  /** hex, '' when there is none */
  buildId: string;
  /** ET_EXEC 2, ET_DYN 3 */
  type: number;
  /** EM_X86_64 62, EM_AARCH64 183, EM_BPF 247 … */
  machine: number;
  bits: 32 | 64;
  littleEndian: boolean;
  entry: number;
  /** PT_LOAD only: address a is at file offset a - address + fileOffset */
  segments: ElfSegment[];
  /** PT_INTERP, undefined for libraries and static programs */
  interpreter: string | undefined;
  debugLink: string | undefined;
}

export interface UsdtProbe {
  provider: string;
  name: string;
  /** corrected for prelink (.stapsdt.base) */
  address: number;
  fileOffset: number;
  /** 0 when there is none */
  semaphoreAddress: number;
  /** for refCtrOffset; 0 when there is none */
  semaphoreOffset: number;
  /** as in the note: `-4@%edi 8@-16(%rbp)` */
  arguments: string;
}

/** /proc/kallsyms sorted by address. Entry i's name is the NUL-terminated string at nameOffsets[i]; names lie in sorted order. */
export interface Kallsyms {
  count: number;
  addresses: BigUint64Array;
  nameOffsets: Uint32Array;
  names: Buffer;
  /** nm's letter as a character code: T t W w D d B b R r A a … */
  types: Uint8Array;
  /** index into moduleNames; 0 is the kernel itself ('') */
  modules: Uint16Array;
  moduleNames: string[];
  /** every address reads as zero: kptr_restrict or missing CAP_SYSLOG */
  restricted: boolean;
}

// ---------------------------------------------------------------------------------------------------------------------- the addon

export interface NativeAddon {
  /** of the libbpf that is loaded, e.g. `1.1` */
  readonly libbpfVersion: string;

  /** @param elf copied; may be changed afterwards. @throws LoadError when libbpf cannot read it */
  openObject(elf: Uint8Array, options?: OpenObjectOptions): ObjectHandle;
  loadProgram(options: LoadProgramOptions): ProgramHandle;
  /** A program that somebody has loaded. */
  openProgram(where: { id: number }): ProgramHandle;
  /** Every program that the kernel has; `functions` by its types, its own first, [] when it has none. Needs CAP_SYS_ADMIN. */
  loadedPrograms(): { id: number; type: number; name: string; functions: string[] }[];
  createMap(options: CreateMapOptions): MapHandle;
  openMap(where: { id: number } | { path: string }): MapHandle;
  openRingBuffer(map: MapHandle): RingBufferHandle;
  openPerfEvent(options: PerfEventOptions): PerfEventHandle;

  /** @param code  laid out as the file shall have it */
  copyCode(code: Uint8Array): CodeCopyHandle;

  attachMany(items: readonly AttachItem[]): AttachJob;
  /** The handles are closed at once for JavaScript; the kernel's detaching goes on in the pool. */
  closeMany(links: readonly LinkHandle[]): CloseJob;

  /** @param argv argv[0] is looked up in PATH. @throws TbpfError ENOENT, EACCES for a file that cannot be executed */
  spawnHeld(argv: readonly string[], options?: SpawnHeldOptions): ChildHandle;
  /** @throws TbpfError ESRCH when there is no such process */
  watchPid(pid: number, onExit: () => void): PidWatchHandle;

  readElfSymbols(path: string, options?: ReadElfSymbolsOptions): ElfSymbols;
  elfInfo(path: string): ElfInfo;
  readUsdtProbes(path: string): UsdtProbe[];
  /** The kernel alone takes about 0.3 us per symbol (40 ms for 120000); parsing and sorting add some 10 ms.
   * @param path default /proc/kallsyms; a recorded copy for tests */
  readKallsyms(path?: string): Kallsyms;
  /** The same on a thread of the pool: to begin early what will be needed later. */
  readKallsymsAsync(path?: string): Promise<Kallsyms>;
  /** C++ names (`_Z…`); undefined when it is not one */
  demangle(name: string): string | undefined;

  onlineCpus(): number[];
  possibleCpus(): number;
  /** Nanoseconds to add to bpf_ktime_get_boot_ns() (CLOCK_BOOTTIME), and to bpf_ktime_get_ns() (CLOCK_MONOTONIC), for the wall clock. */
  clockOffsets(): { bootToRealtimeNs: bigint; monotonicToRealtimeNs: bigint };
  /** Raises RLIMIT_MEMLOCK as far as allowed. Never throws: 0, or the errno of the refusal. Kernels from 5.11 on do not need it. */
  raiseMemlock(): number;
  /** Effective capabilities of this thread: bit n is capability n (CAP_SYS_ADMIN 21, CAP_PERFMON 38, CAP_BPF 39). */
  capabilities(): bigint;
  /** Mounts a pseudo file system of this type (`tracefs`, `bpf`, `debugfs`). */
  mount(type: string, path: string): void;

  /** Whether the running kernel knows it; takes about a millisecond. @throws when it cannot be found out (EPERM) */
  probeProgramType(programType: number): boolean;
  probeMapType(mapType: number): boolean;
  probeHelper(programType: number, helper: number): boolean;
  /** Counts run time of programs while the returned handle is open (Linux 5.8). */
  enableStats(): { close(): void };

  /** Starts a process that shares every descriptor of this one and exits right after it, so that detaching probes (tens of ms each for
   *  classic tracepoints) keeps that process waiting and not whoever waits for this one. Call it once, right before exiting.
   * @returns its pid */
  deferClosing(): number;

  /** Set once by ./index.ts: makes the Error for every failure. */
  setErrorFactory(factory: (fields: NativeErrorFields) => Error): void;
}

/** What the addon knows of a failure. */
export interface NativeErrorFields {
  /** errno name or ERR_* */
  code: string;
  /** 0 when it is not from the kernel */
  errno: number;
  /** `bpf_prog_load`, `perf_event_open` … */
  operation: string;
  /** what it was about: a map's name, a path, a symbol; or the whole sentence for ERR_* codes */
  detail: string;
  /** for loading */
  program?: string;
  log?: string;
  /** libbpf's warnings while the call ran, one per line */
  libbpf?: string;
  /** ERR_NOT_SUPPORTED: what is missing, and the Linux version that has it */
  feature?: string;
  minimumKernel?: string;
}
