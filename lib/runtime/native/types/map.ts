// A map (addon/map.cc, map_bulk.cc).

import type { RawMap } from '../../../model/layout/raw-map.js';

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
  /** The key after this one, the first one without; undefined at the end. Only tests call it. */
  nextKey(key?: Uint8Array): Buffer | undefined;
  /** Linux 5.14 for hashes. @throws NotSupportedError where the map type or kernel cannot */
  lookupAndDelete(key: Uint8Array): Buffer | undefined;
  /** Whole map: key i is keys[i * keySize ..], value i values[i * valueBytes ..]. Elements added or removed meanwhile may be
   *  there or not, never twice. Arrays return every index. */
  readAll(): RawMap<Buffer>;
  /** The same on a thread of the pool; the map may be closed meanwhile. */
  readAllAsync(): Promise<RawMap<Buffer>>;
  /** Removes every element; returns how many. @throws TbpfError ERR_ARG for arrays: those have zeroAll() */
  deleteAll(): number;
  /** readAll() and deleteAll() in one step: each element is read and removed under the lock of its bucket. keepKeys: afterwards their
   *  keys are put in again with values of zero bytes, unless a program has done so. @throws TbpfError ERR_ARG for arrays */
  takeAll(keepKeys: boolean): RawMap<Buffer>;
  /** takeAll(false) on a thread of the pool. */
  takeAllAsync(): Promise<RawMap<Buffer>>;
  /** Sets every value to zero bytes; returns how many. */
  zeroAll(): number;
  /** Further writes from user space are refused. Only tests call it. */
  freeze(): void;
  pin(path: string): void;
  /** Only for maps of createMap() and openMap(); maps of an object are closed with it. */
  close(): void;
}

export interface CreateMapOptions {
  name?: string;
  type: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  flags?: number;
}

