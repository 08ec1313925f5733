// The BPF machine of lib/sim as a session's kernel: programs are fired by whoever makes events up, instead of being attached.

import type { Manifest, ManifestProgram } from '../model/layout/manifest.js';
import { RECORD_HEADER_BYTES, type DrainResult } from '../runtime/native/types.js';
import type { AttachReport, EventRing, RunResult, SessionKernel, SessionMap } from '../runtime/session/kernel.js';
import { putStartValue, type StartValues } from '../runtime/session/start-values.js';
import type { KeyedMap, Machine } from '../sim/index.js';

const RING_BYTES = 1 << 20;

export class SimKernel implements SessionKernel {
  readonly ring: EventRing | undefined;
  readonly packets: EventRing | undefined;
  readonly attached: string[] = [];

  constructor(
    readonly machine: Machine,
    manifest: Manifest,
    startValues: StartValues,
    /** task of begin, end and signal programs: tbpf's own */
    private readonly ownTask: { readonly pid: number; readonly tgid: number; readonly comm: string; readonly uid: number },
  ) {
    for (const spec of manifest.startValues) putStartValue(machine.rodata, 0, spec, startValues);
    if (manifest.ringBuffer !== undefined) this.ring = new SimRing(() => machine.ringBuffer(manifest.ringBuffer!).drain());
    if (manifest.packets !== undefined) this.packets = new SimRing(() => machine.perfEventArray(manifest.packets!).drain().map(({ bytes }) => bytes));
  }

  get cpuCount(): number {
    return this.machine.cpus;
  }

  map(name: string): SessionMap {
    const map = this.machine.keyedMap(name);
    return {
      readAllAside: () => Promise.resolve(readAll(map)), takeAllAside: () => Promise.resolve(takeAll(map, false)), takeKey: (key) => takeKey(map, key), lookup: (key) => valueOf(map, key),
      readAll: () => readAll(map), delete: (key) => map.delete(key) === 0, deleteAll: () => map.clear(), zeroAll: () => zeroAll(map), takeAll: (keepKeys) => takeAll(map, keepKeys),
    };
  }

  run(program: string): RunResult {
    const { retval } = this.machine.run(program, { task: this.ownTask });
    return { retval: Number(retval), durationNs: 0 };
  }

  attach(programs: readonly ManifestProgram[]): Promise<AttachReport> {
    this.attached.push(...programs.map(({ probe }) => probe));
    return Promise.resolve({ attached: programs, failures: [], leftOut: [], cancelled: false });
  }

  detach(): Promise<void> {
    return Promise.resolve();
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  async *iterate(): AsyncGenerator<Uint8Array> {
    for (const piece of this.machine.seqOutput) yield await Promise.resolve(piece);
  }

  close(): void {}
}

function readAll(map: KeyedMap): { count: number; keys: Uint8Array; values: Uint8Array } {
  const entries = map.entries();
  return { count: entries.length, keys: Buffer.concat(entries.map(([key]) => key)), values: Buffer.concat(entries.map(([, value]) => value)) };
}

function takeKey(map: KeyedMap, key: Uint8Array): Uint8Array | undefined {
  const value = valueOf(map, key);
  if (value !== undefined) map.delete(key);
  return value;
}

function valueOf(map: KeyedMap, key: Uint8Array): Uint8Array | undefined {
  return map.entries().find(([each]) => Buffer.compare(each, key) === 0)?.[1];
}

function takeAll(map: KeyedMap, keepKeys: boolean): { count: number; keys: Uint8Array; values: Uint8Array } {
  const taken = readAll(map);
  if (keepKeys) zeroAll(map);
  else map.clear();
  return taken;
}

function zeroAll(map: KeyedMap): void {
  for (const [key, value] of map.entries()) map.update(key, new Uint8Array(value.length));
}

/** A buffer of the machine in the addon's shape. */
class SimRing implements EventRing {
  ref(): void {}
  unref(): void {}
  private readonly records: Uint8Array[] = [];

  constructor(private readonly written: () => readonly Uint8Array[]) {}

  get pendingBytes(): number {
    this.take();
    return this.records.reduce((sum, record) => sum + paddedBytes(record), 0);
  }

  drain(maxBytes: number, into = new ArrayBuffer(Math.max(maxBytes, RING_BYTES))): DrainResult {
    this.take();
    const view = new DataView(into);
    const room = Math.min(maxBytes, into.byteLength);
    let bytes = 0;
    let count = 0;
    for (; this.records.length > 0 && bytes + paddedBytes(this.records[0]!) <= room; count++) {
      const record = this.records.shift()!;
      view.setUint32(bytes, record.length, true);
      new Uint8Array(into).set(record, bytes + RECORD_HEADER_BYTES);
      bytes += paddedBytes(record);
    }
    const more = this.records.length > 0;
    return { buffer: into, bytes, count, more, nextBytes: more ? paddedBytes(this.records[0]!) : 0 };
  }

  watch(): void {
    throw new Error('nothing happens by itself in the machine: fire programs and handle their events');
  }

  rearm(): void {}

  unwatch(): void {}

  private take(): void {
    this.records.push(...this.written());
  }
}

function paddedBytes(record: Uint8Array): number {
  return (RECORD_HEADER_BYTES + record.length + 7) & ~7;
}
