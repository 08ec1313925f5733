// From the bytes of a kernel map to a MergedMap.
//
//   in     what the kernel holds: keys and values as bytes, one value per possible CPU where the map is per-CPU
//   out    MergedMap
//   facts  per-CPU values are padded to 8 bytes each; a scalar map is an array with one element
//          (bucket maps: one per bucket), its keys are u32 indices

import type { ManifestMap } from '../../model/layout/manifest.js';
import type { Value } from '../../model/layout/value.js';
import type { RawMap } from '../../model/layout/raw-map.js';
import type { AggregateType } from '../../model/types/types.js';
import { roundUp, sizeOf } from '../../model/types/size.js';
import type { AggregateRecord, Merged } from '../../language/aggregate.js';
import type { MapEntry, MergedMap } from '../../language/merged-map.js';
import { aggregateOf } from '../../language/aggregates/index.js';
import { compileReader, defaultReadOptions, type ReadOptions } from './reader.js';
import { orderByKey, orderByKeyBytes, orderByNumber } from './order.js';

/** An element before its key is decoded. */
interface FoundEntry {
  /** byte offset of the key in RawMap.keys */
  readonly keyAt: number;
  readonly value?: Value;
  readonly merged?: Merged;
}

export interface MapReadOptions extends ReadOptions {
  /** the script called zero() on this scalar map since it was last cleared: its element is there though its bytes say nothing */
  readonly zeroed?: boolean;
}

/** Number of bytes of the user's part of a key. */
function userKeyBytes(spec: ManifestMap): number {
  return spec.key === undefined ? 0 : sizeOf(spec.key);
}

export function readMap(spec: ManifestMap, raw: RawMap, cpuCount: number, options: MapReadOptions = defaultReadOptions): MergedMap {
  const keys = viewOf(raw.keys);
  const type = spec.value;
  const found = type.kind === 'aggregate' ? readAggregates(spec, type, raw, cpuCount, options) : readPlain(spec, raw, options);
  if (spec.key === undefined) {
    return { spec, entries: found.map(({ value, merged }) => entryOf(undefined, value, merged)), zero: zeroEntry(spec, options) };
  }

  const readKey = compileReader(spec.key, options);
  const entries = found.map(({ keyAt, value, merged }) => ({ keyAt, entry: entryOf(readKey(keys, keyAt), value, merged) }));
  if (type.kind === 'aggregate') {
    const record = aggregateOf(type);
    if (record.orderedByKeyBytes) return { spec, entries: orderByKeyBytes(entries, raw.keys, userKeyBytes(spec)) };
    return { spec, entries: orderByNumber(entries, ({ merged }) => record.sortKey(merged!, type), spec.key) };
  }
  if (type.kind === 'int' || type.kind === 'enum') return { spec, entries: orderByNumber(entries, ({ value }) => value as number | bigint, spec.key) };
  return { spec, entries: orderByKey(entries, spec.key) };
}

function entryOf(key: Value | undefined, value: Value | undefined, merged: Merged | undefined): MapEntry {
  return merged ? { key, merged } : { key, value: value ?? null };
}

/** An element of a scalar map that was never written (language.md 5.4). */
export function zeroEntry(spec: ManifestMap, options: ReadOptions = defaultReadOptions): MapEntry {
  if (spec.value.kind === 'aggregate') return { key: undefined, merged: aggregateOf(spec.value).merge([], spec.value) };
  return { key: undefined, value: compileReader(spec.value, options)(new DataView(new ArrayBuffer(sizeOf(spec.value))), 0) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readPlain(spec: ManifestMap, raw: RawMap, options: MapReadOptions): FoundEntry[] {
  const values = viewOf(raw.values);
  const read = compileReader(spec.value, options);
  const found: FoundEntry[] = [];
  for (let i = 0; i < raw.count; i++) {
    const at = i * spec.valueSize;
    if (spec.shape.kind === 'flagged' && values.getBigUint64(at + spec.shape.flagOffset, true) === 0n) continue;
    found.push({ keyAt: i * spec.keySize, value: read(values, at) });
  }
  return found;
}

function readAggregates(spec: ManifestMap, type: AggregateType, raw: RawMap, cpuCount: number, options: MapReadOptions): FoundEntry[] {
  const record = aggregateOf(type);
  const elements = new PerCpuElements(spec, raw, spec.perCpu ? cpuCount : 1, record.valueBytes(type));
  const keys = viewOf(raw.keys);
  if (spec.key === undefined) {
    const all = Array.from({ length: raw.count }, (_, i) => i);
    if (!options.zeroed && !all.some((i) => record.isPresent(elements.views(i), type))) return [];
    return [{ keyAt: 0, merged: mergeGroup(record, type, elements, all, (i) => keys.getUint32(i * spec.keySize, true)) }];
  }
  if (!record.bucketCount) {
    return Array.from({ length: raw.count }, (_, i) => ({ keyAt: i * spec.keySize, merged: mergeGroup(record, type, elements, [i], noBucket) }));
  }
  const bucketAt = roundUp(userKeyBytes(spec), 8);
  const bucketOf = (element: number): number => keys.getUint32(element * spec.keySize + bucketAt, true);
  return groupByUserKey(spec, raw).map((group) => ({ keyAt: group[0]! * spec.keySize, merged: mergeGroup(record, type, elements, group, bucketOf) }));
}

const noBucket = (): number => 0;

/** Indices of elements, gathered by the user's part of their key, in the order the keys were met. */
function groupByUserKey(spec: ManifestMap, raw: RawMap): number[][] {
  const size = userKeyBytes(spec);
  const keys = Buffer.from(raw.keys.buffer, raw.keys.byteOffset, raw.keys.byteLength);
  const groups = new Map<string, number[]>();
  for (let i = 0; i < raw.count; i++) {
    const id = keys.toString('latin1', i * spec.keySize, i * spec.keySize + size);
    const group = groups.get(id);
    if (group) group.push(i);
    else groups.set(id, [i]);
  }
  return [...groups.values()];
}

function mergeGroup(record: AggregateRecord, type: AggregateType, elements: PerCpuElements, group: readonly number[], bucketOf: (element: number) => number): Merged {
  if (!record.sumsWords) return record.merge(group.map((i) => ({ bucket: bucketOf(i), perCpu: elements.views(i) })), type);
  if (!record.bucketCount) return { kind: 'number', value: elements.sum(group[0]!, type.signed) };
  const buckets = new Map<number, bigint>();
  for (const i of group) {
    const count = elements.sum(i, false);
    if (count !== 0n) buckets.set(bucketOf(i), count);
  }
  return { kind: 'histogram', buckets };
}

/** The bytes of all elements on all CPUs. */
class PerCpuElements {
  private readonly all: DataView;
  private readonly stride: number;

  constructor(
    spec: ManifestMap,
    raw: RawMap,
    private readonly cpuCount: number,
    private readonly valueBytes: number,
  ) {
    this.all = viewOf(raw.values);
    this.stride = roundUp(spec.valueSize, 8);
  }

  views(element: number): DataView[] {
    const from = this.all.byteOffset + element * this.cpuCount * this.stride;
    return Array.from({ length: this.cpuCount }, (_, cpu) => new DataView(this.all.buffer, from + cpu * this.stride, this.valueBytes));
  }

  /** The first words of all CPUs added up, modulo 2^64. Halves are added as numbers, exact for a million CPUs. */
  sum(element: number, signed: boolean): bigint {
    let low = 0;
    let high = 0;
    const from = element * this.cpuCount * this.stride;
    for (let cpu = 0, at = from; cpu < this.cpuCount; cpu++, at += this.stride) {
      low += this.all.getUint32(at, true);
      high += this.all.getUint32(at + 4, true);
    }
    if (high === 0 && low <= Number.MAX_SAFE_INTEGER) return BigInt(low);
    const sum = (BigInt(high) << 32n) + BigInt(low);
    return signed ? BigInt.asIntN(64, sum) : BigInt.asUintN(64, sum);
  }
}
