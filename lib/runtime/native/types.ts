// The addon's surface as TypeScript sees it: plain functions, and in ./types one file per kernel noun, as in addon/.
//
//   made by   addon/*.cc (Node-API); got with `loadNative()` of ./index.js, never by requiring the .node file
//   errors    every call may throw a TbpfError (or LoadError, PermissionError, NotSupportedError): `code` is an errno name
//             (`EPERM`), `ERR_ARG` for a wrong argument, `ERR_CLOSED` for use after close, `ERR_BUSY` while loading
//   owners    every handle has close(); a second close() does nothing; whatever is left open is closed with its environment
//             (worker thread or process). Closing an object closes its programs and maps; links live on until closed.
//   units     sizes in bytes, times in ns; kernel addresses, cookies, config words are bigint (a safe non-negative number is accepted too);
//             addresses and offsets inside ELF files are numbers
//   facts     include/uapi/linux/bpf.h, perf_event.h; libbpf 1.1

import type { ElfInfo, ElfSymbols, Kallsyms, ReadElfSymbolsOptions, UsdtProbe } from './types/elf.js';
import type { AttachItem, AttachJob, CloseJob } from './types/jobs.js';
import type { LinkHandle } from './types/link.js';
import type { CreateMapOptions, MapHandle } from './types/map.js';
import type { ObjectHandle, OpenObjectOptions } from './types/object.js';
import type { CodeCopyHandle, PerfEventHandle, PerfEventOptions, TaskEventsHandle } from './types/perf-event.js';
import type { ChildHandle, PidWatchHandle, SpawnHeldOptions } from './types/process.js';
import type { LoadProgramOptions, ProgramHandle } from './types/program.js';
import type { PerfBufferHandle } from './types/perf-buffer.js';
import type { RingBufferHandle } from './types/ring-buffer.js';

export type * from './types/elf.js';
export type * from './types/jobs.js';
export type * from './types/link.js';
export type * from './types/map.js';
export type * from './types/numbers.js';
export type * from './types/object.js';
export type * from './types/perf-buffer.js';
export type * from './types/perf-event.js';
export type * from './types/process.js';
export type * from './types/program.js';
export type * from './types/ring-buffer.js';
export { RECORD_HEADER_BYTES } from './types/ring-buffer.js';

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
  /** Only tests call it. */
  createMap(options: CreateMapOptions): MapHandle;
  openMap(where: { id: number } | { path: string }): MapHandle;
  openRingBuffer(map: MapHandle): RingBufferHandle;
  /** @param pages  of each CPU's ring, a power of two. CPUs that are offline are left out */
  openPerfBuffer(map: MapHandle, cpus: readonly number[], pages: number): PerfBufferHandle;
  openPerfEvent(options: PerfEventOptions): PerfEventHandle;

  /** Watches what all processes map. @param pages  of each CPU's ring, a power of two. @throws TbpfError EACCES, EPERM: needs CAP_PERFMON */
  openTaskEvents(cpus: readonly number[], pages: number): TaskEventsHandle;

  /** @param code  laid out as the file shall have it */
  copyCode(code: Uint8Array): CodeCopyHandle;

  attachMany(items: readonly AttachItem[]): AttachJob;
  /** Takes the programs off. `result` resolves when those that ran meanwhile have finished, too: nothing writes to their maps any more.
   *  The kernel waits a while for each (Linux 6.13: 30 ms), and for many at once. Handles of what hangs on a perf event stay open for closeMany(). */
  detachMany(links: readonly LinkHandle[]): CloseJob;
  /** The handles are closed at once for JavaScript; what the kernel has to do goes on in the pool, one after the other. */
  closeMany(links: readonly LinkHandle[]): CloseJob;

  /** @param argv argv[0] is looked up in PATH. @throws TbpfError ENOENT, EACCES for a file that cannot be executed */
  spawnHeld(argv: readonly string[], options?: SpawnHeldOptions): ChildHandle;
  /** @throws TbpfError ESRCH when there is no such process */
  watchPid(pid: number, onExit: () => void): PidWatchHandle;

  readElfSymbols(path: string, options?: ReadElfSymbolsOptions): ElfSymbols;
  elfInfo(path: string): ElfInfo;
  /** In the order of the file; [] without notes. */
  readUsdtProbes(path: string): UsdtProbe[];
  /** The kernel alone takes about 0.3 us per symbol (40 ms for 120000); parsing and sorting add some 10 ms.
   * @param path default /proc/kallsyms; a recorded copy for tests */
  readKallsyms(path?: string): Kallsyms;
  /** The same on a thread of the pool: to begin early what will be needed later. */
  readKallsymsAsync(path?: string): Promise<Kallsyms>;
  /** Joins BPF object files to one, the sections of the first in front. @throws TbpfError with libbpf's words, when they do not fit together */
  linkObjects(output: string, inputs: readonly string[]): void;
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
  /** Counts run time of programs while the returned handle is open (Linux 5.8). Only tests call it. */
  enableStats(): { close(): void };

  /** Writes what a socket, pipe or terminal takes without waiting. @returns bytes written; 0: nothing fits now
   * @throws TbpfError EPIPE when the reader has gone */
  sendNow(fd: number, bytes: Uint8Array): number;

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
