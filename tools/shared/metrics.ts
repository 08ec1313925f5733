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
  return { bounds: a.bounds, counts: a.counts.map((count, index) => count + b.counts[index]!), count: a.count + b.count };
}
