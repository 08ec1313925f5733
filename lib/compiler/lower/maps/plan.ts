// Which kernel map holds each map of the script, and how its elements lie in it (ARCHITECTURE.md, "Maps are specialised").
//
//   scalar plain        array of one: value, then a u64 that is 1 when it was written
//   scalar aggregate    per-CPU array of one;  histogram: one element a bucket
//   counting probes      per-CPU array, indexed by which probe it was: a map that only says `@m[probe] = count()` and its like. See probe-index.ts
//   keyed by a stack     as below, in two maps: a key of 1 KB takes long to hash, most stacks have few frames. See shortKeys
//   keyed plain         hash;  keyed aggregate: per-CPU hash;  histogram: the key is padded to 8 bytes and followed by a u64 bucket

import type { MapSpec, MapTypeName } from '../../../model/bpf/object-spec.js';
import type { ManifestMap } from '../../../model/layout/manifest.js';
import { STACK_ENTRY_BYTES, placeElements, roundUp, sizeOf } from '../../../model/types/size.js';
import { portable } from '../../../model/types/portable.js';
import type { AggregateType, Type } from '../../../model/types/types.js';
import type { AggregateRecord } from '../../../language/aggregate.js';
import { aggregates } from '../../../language/aggregates/index.js';
import type { MapInfo } from '../../../language/typed-program.js';
import type { ProbeIndex } from './probe-index.js';

export interface MapPlan {
  readonly info: MapInfo;
  readonly manifest: ManifestMap;
  readonly spec: MapSpec;
  /** undefined: scalar */
  readonly key: Type | undefined;
  /** type of a plain value; of aggregates the aggregate type */
  readonly value: Type;
  readonly aggregate?: { readonly record: AggregateRecord; readonly type: AggregateType; readonly valueBytes: number };
  /** histograms: where the u64 bucket index follows the key (keyed), or that the array is indexed by it (scalar: 0) */
  readonly bucketOffset?: number;
  readonly flagOffset?: number;
  /** an array with an element for each probe: where those of each program begin */
  readonly probeIndex?: ProbeIndex;
  /** the kernel map of elements whose key has at most `mostBytes` in the stack it ends in; the stack's length stands at lengthOffset */
  readonly short?: { readonly spec: MapSpec; readonly lengthOffset: number; readonly mostBytes: number };
}

/** What the script does with a map. */
export interface MapUse {
  /** the script looks elements up one by one only: it neither loops over the map nor takes its address */
  readonly divisible: boolean;
  /** the script never reads the map in a program, see added-maps.ts */
  readonly onlyAddedTo: boolean;
  /** the script adds to elements by `probe` only */
  readonly probeIndex: ProbeIndex | undefined;
}

/** Frames of a short stack: a key of 128 bytes. Below a deeper one walking the stack takes so long that hashing 1 KB adds little. */
const SHORT_STACK = 15;

const declaredTypes: Readonly<Record<string, MapTypeName>> = { hash: 'hash', lruhash: 'lru_hash', percpuhash: 'percpu_hash', percpulruhash: 'lru_percpu_hash' };

/** @param index  position among the script's maps: makes kernel names unique where identifiers are cut to 15 characters */
export function planMap(info: MapInfo, index: number, maxKeys: number, { divisible, onlyAddedTo, probeIndex: byProbe }: MapUse): MapPlan {
  const value = info.value!;
  const scalar = info.key === 'scalar' || info.key === undefined;
  const key = scalar ? undefined : (info.key as Type);
  const record = value.kind === 'aggregate' ? aggregates.get(value.name)! : undefined;
  const valueBytes = record ? record.valueBytes(value as AggregateType) : sizeOf(value);
  const buckets = record?.bucketCount?.(value as AggregateType);
  const entries = info.declared ? Number(info.declared.maxEntries) : maxKeys;
  const name = kernelName('AT_', info.name, index);
  const probeIndex = record?.addedWords && buckets === undefined && !info.declared ? byProbe : undefined;

  let type: MapTypeName;
  let keySize: number;
  let valueSize = valueBytes;
  let maxEntries = entries;
  let bucketOffset: number | undefined;
  let flagOffset: number | undefined;
  if (key === undefined) {
    keySize = 4;
    maxEntries = buckets ?? 1;
    type = record ? 'percpu_array' : 'array';
    if (buckets !== undefined) bucketOffset = 0;
    else if (!record) {
      flagOffset = roundUp(valueBytes, 8);
      valueSize = flagOffset + 8;
    }
  } else if (probeIndex) {
    keySize = 4;
    maxEntries = probeIndex.names.length;
    type = 'percpu_array';
  } else {
    keySize = sizeOf(key);
    type = info.declared ? declaredTypes[info.declared.kind]! : record ? 'percpu_hash' : 'hash';
    if (buckets !== undefined) {
      bucketOffset = roundUp(keySize, 8);
      keySize = bucketOffset + 8;
    }
  }
  const spec: MapSpec = { name, type, keySize, valueSize, maxEntries, flags: 0 };
  const addedWords = record ? record.addedWords : value.kind === 'int' && valueBytes === 8 ? [0] : undefined;
  const short = divisible && !info.declared && !probeIndex && bucketOffset === undefined && key ? shortKeys(key, { ...spec, name: kernelName('ATs_', info.name, index) }) : undefined;
  return {
    info, key, value, bucketOffset, flagOffset, probeIndex, short, spec,
    ...(record ? { aggregate: { record, type: value as AggregateType, valueBytes } } : {}),
    manifest: {
      name, scriptName: info.name, mapType: type, perCpu: type.includes('percpu'), maxEntries, keySize, valueSize, value: portable(value),
      ...(key ? { key: portable(key) } : {}),
      shape: record ? { kind: 'aggregate' } : flagOffset !== undefined ? { kind: 'flagged', flagOffset } : { kind: 'plain' },
      ...(addedWords && onlyAddedTo && !type.startsWith('lru') ? { addedWords } : {}),
      ...(probeIndex ? { keyTexts: probeIndex.names } : {}),
      ...(short ? { shortKeys: { name: short.spec.name, keySize: short.spec.keySize } } : {}),
    },
  };
}

/** The map for short keys, of a key that is a stack or a tuple that ends in one. */
function shortKeys(key: Type, spec: MapSpec): MapPlan['short'] {
  const last = key.kind === 'tuple' ? key.elements.at(-1) : key;
  if (last?.kind !== 'stack' || last.mode === 'build_id' || last.limit <= SHORT_STACK) return undefined;
  const lengthOffset = key.kind === 'tuple' ? placeElements(key.elements).offsets.at(-1)! : 0;
  const keySize = lengthOffset + sizeOf({ ...last, limit: SHORT_STACK });
  return { spec: { ...spec, keySize }, lengthOffset, mostBytes: SHORT_STACK * STACK_ENTRY_BYTES };
}

/** `@start` -> `AT_start`; at most 15 characters, unique through the index when cut. */
function kernelName(prefix: string, scriptName: string, index: number): string {
  const plain = `${prefix}${scriptName.slice(1)}`;
  if (plain.length <= 15) return plain;
  const suffix = `_${index}`;
  return plain.slice(0, 15 - suffix.length) + suffix;
}
