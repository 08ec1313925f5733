// Metrics: what servers of them know, and how histograms of scripts become theirs.
//
//   facts  numbers are JavaScript's, as in OpenTelemetry's packages: above 2^53 they are rounded

import type { Histogram } from '../../lib/index.js';

/** counter: it only grows;  gauge: it is as it is;  histogram: counts of values up to each bound */
export type MetricKind = 'counter' | 'gauge' | 'histogram';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | Buckets;
}

export interface Buckets {
  /** upper bounds, inclusive and ascending; what is above the last counts in one bucket more */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  /** of hist(): the same by powers of two, however large */
  readonly native?: NativeBuckets;
}

/** Buckets of Prometheus's native histograms with schema 0. hist() does not know which of 2^k … 2^(k+1) - 1 a value was: all are in the bucket from 2^k to 2^(k+1),
 *  which by Prometheus's rule has 2^(k+1) and not 2^k. One has the bucket that ends with it. */
export interface NativeBuckets {
  readonly zero: number;
  /** values below zero, whose size hist() does not keep: they count as -1 */
  readonly negative: number;
  /** counts by index i: what is above 2^(i-1) and up to 2^i */
  readonly positive: ReadonlyMap<number, number>;
}

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly kind: MetricKind;
  readonly read: () => Promise<Series[]>;
}

/** A series of a metric, with what all series of its name have in common. */
export interface Sample extends Series {
  readonly name: string;
  readonly help: string;
  readonly kind: MetricKind;
}

/** 2^0 - 1 to 2^40 - 1: of nanoseconds 18 minutes, of bytes a terabyte */
const POWERS = 41;

/** hist(): below zero, zero, and powers of two. Finer rows of hist(x, k) lie within them. */
export function powerBounds(): number[] {
  return [-1, ...Array.from({ length: POWERS }, (_, power) => 2 ** power - 1)];
}

/** lhist(x, min, max, step): below min, each step, and what is not below max. */
export function linearBounds([min, max, step]: readonly bigint[]): number[] {
  const bounds = [Number(min) - 1];
  for (let bound = min! + step!; bound <= max!; bound += step!) bounds.push(Number(bound) - 1);
  return bounds;
}

/** The bounds never change, so that servers may subtract one reading from the next. */
export function bucketsOf(histogram: Histogram, bounds: readonly number[]): Buckets {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (const { max, count } of histogram.rows) {
    const index = max === undefined ? -1 : bounds.findIndex((bound) => Number(max) <= bound);
    counts[index < 0 ? bounds.length : index]! += Number(count);
  }
  return { bounds, counts, count: Number(histogram.count) };
}

/** Two values of counters, or of histograms with the same bounds. */
export function added(a: number | Buckets | undefined, b: number | Buckets): number | Buckets {
  if (a === undefined) return b;
  if (typeof a === 'number' || typeof b === 'number') return (a as number) + (b as number);
  return {
    bounds: a.bounds, counts: a.counts.map((count, index) => count + b.counts[index]!), count: a.count + b.count,
    ...(a.native && b.native && { native: addedNative(a.native, b.native) }),
  };
}

function addedNative(a: NativeBuckets, b: NativeBuckets): NativeBuckets {
  const positive = new Map(a.positive);
  for (const [index, count] of b.positive) positive.set(index, (positive.get(index) ?? 0) + count);
  return { zero: a.zero + b.zero, negative: a.negative + b.negative, positive };
}

/** Of hist(), also with finer rows. */
export function nativeOf({ rows }: Histogram): NativeBuckets {
  let [zero, negative] = [0, 0];
  const positive = new Map<number, number>();
  for (const { min, max, count } of rows) {
    const each = Number(count);
    if (each === 0) continue;
    if (min === undefined || min < 0n) negative += each;
    else if (max === 0n) zero += each;
    else {
      const index = max === 1n ? 0 : min.toString(2).length;
      positive.set(index, (positive.get(index) ?? 0) + each);
    }
  }
  return { zero, negative, positive };
}
