// What hist() and lhist() have in common: one u64 count per bucket and CPU.

import type { AggregateType } from '../../model/types/types.js';
import type { AggregateRecord, HistogramRow, Merged } from '../aggregate.js';
import { readWord, wrongKind } from './words.js';

export type Histogram = Extract<Merged, { kind: 'histogram' }>;

export function histogramOf(name: string, merged: Merged): Histogram {
  return merged.kind === 'histogram' ? merged : wrongKind(name, merged.kind);
}

/** The halves that do not depend on what the buckets mean. */
export const bucketCounters = {
  castable: false,
  sumsWords: true,
  addedWords: [0],
  valueBytes: () => 8,
  lowerUpdate(b, element) {
    b.addInPlace(element, 0, 1);
  },
  lowerInitial(b, to, offset) {
    b.store(to, offset, 8, 1);
  },
  isPresent: (perCpu) => perCpu.some((view) => view.getBigUint64(0, true) !== 0n),
  merge(elements) {
    const buckets = new Map<number, bigint>();
    for (const { bucket, perCpu } of elements) {
      let count = 0n;
      for (const view of perCpu) count += readWord(view, 0, false);
      if (count !== 0n) buckets.set(bucket, (buckets.get(bucket) ?? 0n) + count);
    }
    return { kind: 'histogram', buckets };
  },
} as const satisfies Partial<AggregateRecord>;

/** All events of a histogram: what keys are ordered by. */
export function totalOf(histogram: Histogram): bigint {
  let total = 0n;
  for (const count of histogram.buckets.values()) total += count;
  return total;
}

/** Rows from the first to the last non-empty bucket; those in between are there even when empty. */
export function rowsBetween(
  histogram: Histogram,
  row: (bucket: number, type: AggregateType) => Omit<HistogramRow, 'count'>,
  type: AggregateType,
): HistogramRow[] {
  let first = Infinity;
  let last = -Infinity;
  for (const [bucket, count] of histogram.buckets) {
    if (count === 0n) continue;
    if (bucket < first) first = bucket;
    if (bucket > last) last = bucket;
  }
  const rows: HistogramRow[] = [];
  for (let bucket = first; bucket <= last; bucket++) {
    const { min, max, label } = row(bucket, type);
    rows.push({ min, max, label, count: histogram.buckets.get(bucket) ?? 0n });
  }
  return rows;
}
