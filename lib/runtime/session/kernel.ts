// What a session asks of a kernel: the running one (native-kernel.ts), or the BPF machine of lib/sim in tests.
//
//   idea   programs and maps by their names in the manifest; nothing here knows of ELF files, links or file descriptors

import type { ManifestProgram } from '../../model/layout/manifest.js';
import type { RawMap } from '../../model/layout/raw-map.js';
import type { TbpfError } from '../../model/diagnostics/errors.js';
import type { DrainResult } from '../native/types.js';

/** A map as user space sees it. */
export interface SessionMap {
  /** Key i is keys[i * keySize ..]; per-CPU values are rounded up to 8 bytes and lie one after the other. */
  readAll(): RawMap;
  /** The same on another thread. */
  readAllAside(): Promise<RawMap>;
  /** Removes every element; arrays have zeroAll() only. */
  deleteAll(): void;
  zeroAll(): void;
  /** One element's bytes, as readAll() has them; undefined: there is no such key. */
  lookup(key: Uint8Array): Uint8Array | undefined;
  /** @returns whether there was such an element; not of arrays */
  delete(key: Uint8Array): boolean;
  /** Reads every element and removes it in the same step; not of arrays. keepKeys: they are there again afterwards, with values of
   *  zero, unless a program was faster. */
  takeAll(keepKeys: boolean): RawMap;
  /** takeAll(false) on another thread. */
  takeAllAside(): Promise<RawMap>;
  /** Reads an element and removes it in the same step; undefined: there is none. */
  takeKey(key: Uint8Array): Uint8Array | undefined;
}

/** A buffer of records, see RingBufferHandle for the way watch() and rearm() work together. */
export interface EventRing {
  drain(maxBytes: number, into: ArrayBuffer): DrainResult;
  readonly pendingBytes: number;
  watch(onReadable: () => void): void;
  rearm(): void;
  unwatch(): void;
  /** Whether watching keeps the process alive; it does at first. */
  ref(): void;
  unref(): void;
}

/** One probe that could not be attached. */
export interface AttachFailure {
  readonly program: ManifestProgram;
  readonly error: TbpfError;
}

/** A match of a wildcard that cannot be probed, while others are. */
export interface LeftOut {
  /** probe string */
  readonly probe: string;
  readonly error: TbpfError;
}

export interface AttachReport {
  /** `probeCount` without what was left out */
  readonly attached: readonly ManifestProgram[];
  readonly failures: readonly AttachFailure[];
  readonly leftOut: readonly LeftOut[];
  /** the user ended attaching early (^C) */
  readonly cancelled: boolean;
}

export interface SessionKernel {
  /** possible CPUs: how many values an element of a per-CPU map has */
  readonly cpuCount: number;
  /** undefined: the script sends no events */
  readonly ring: EventRing | undefined;
  /** Records with packets behind them (skboutput); undefined: the script captures none. */
  readonly packets: EventRing | undefined;
  map(name: string): SessionMap;
  /** Runs a program that is not attached to anything (begin, end, signal) once. */
  run(program: string, repeat?: number): RunResult;
  /** Attaches in this order. */
  attach(programs: readonly ManifestProgram[], progress?: AttachProgress): Promise<AttachReport>;
  /** Stops events at once and takes the programs off. Resolves when none runs any more, those of earlier calls included, or after `limitMs`. */
  detach(limitMs?: number): Promise<void>;
  /** Detaches, and resolves when the kernel has closed everything that was attached. */
  release(): Promise<void>;
  /** Output of the iterators that were attached, piece by piece. */
  iterate(): AsyncIterable<Uint8Array>;
  /** Frees everything. */
  close(): void;
}

export interface RunResult {
  readonly retval: number;
  /** of one run; 0 where the kernel does not measure it */
  readonly durationNs: number;
}

export interface AttachProgress {
  /** called now and then while many are attached */
  update(done: number, total: number): void;
  /** asked now and then: true ends attaching */
  cancelled(): boolean;
}
