// Which kernel map holds each map of the script, and how its elements lie in it (design.md 2, "Maps are specialised").
//
//   scalar plain        array of one: value, then a u64 that is 1 when it was written
//   scalar aggregate    per-CPU array of one;  histogram: one element a bucket
//   keyed plain         hash;  keyed aggregate: per-CPU hash;  histogram: the key is padded to 8 bytes and followed by a u64 bucket

import type { MapSpec, MapTypeName } from '../../model/bpf/object-spec.js';
import type { ManifestMap } from '../../model/layout/manifest.js';
import { roundUp, sizeOf } from '../../model/types/size.js';
import { portable } from '../../model/types/portable.js';
import type { AggregateType, Type } from '../../model/types/types.js';
import type { AggregateRecord } from '../../language/aggregate.js';
import { aggregates } from '../../language/aggregates/index.js';
import type { MapInfo } from '../../language/typed-program.js';

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
}

const declaredTypes: Readonly<Record<string, MapTypeName>> = { hash: 'hash', lruhash: 'lru_hash', percpuhash: 'percpu_hash', percpulruhash: 'lru_percpu_hash' };

/** @param index  position among the script's maps: makes kernel names unique where identifiers are cut to 15 characters */
export function planMap(info: MapInfo, index: number, maxKeys: number): MapPlan {
  const value = info.value!;
  const scalar = info.key === 'scalar' || info.key === undefined;
  const key = scalar ? undefined : (info.key as Type);
  const record = value.kind === 'aggregate' ? aggregates.get(value.name)! : undefined;
  const valueBytes = record ? record.valueBytes(value as AggregateType) : sizeOf(value);
  const buckets = record?.bucketCount?.(value as AggregateType);
  const entries = info.declared ? Number(info.declared.maxEntries) : maxKeys;
  const name = kernelName(info.name, index);

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
  } else {
    keySize = sizeOf(key);
    type = info.declared ? declaredTypes[info.declared.kind]! : record ? 'percpu_hash' : 'hash';
    if (buckets !== undefined) {
      bucketOffset = roundUp(keySize, 8);
      keySize = bucketOffset + 8;
    }
  }
  return {
    info, key, value, bucketOffset, flagOffset,
    ...(record ? { aggregate: { record, type: value as AggregateType, valueBytes } } : {}),
    spec: { name, type, keySize, valueSize, maxEntries, flags: 0 },
    manifest: {
      name, scriptName: info.name, mapType: type, perCpu: type.includes('percpu'), maxEntries, keySize, valueSize, value: portable(value),
      ...(key ? { key: portable(key) } : {}),
      shape: record ? { kind: 'aggregate' } : flagOffset !== undefined ? { kind: 'flagged', flagOffset } : { kind: 'plain' },
    },
  };
}

/** `@start` -> `AT_start`; at most 15 characters, unique through the index when cut. */
function kernelName(scriptName: string, index: number): string {
  const plain = `AT_${scriptName.slice(1)}`;
  if (plain.length <= 15) return plain;
  const suffix = `_${index}`;
  return plain.slice(0, 15 - suffix.length) + suffix;
}
