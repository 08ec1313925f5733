// What has come into the buckets of a histogram between two readings.

import type { Adding } from './changes.js';

/** Counts by bucket. */
export type Buckets = ReadonlyMap<number, bigint>;

export const addingBuckets: Adding<Buckets> = {
  held: ({ merged }) => (merged?.kind === 'histogram' ? merged.buckets : undefined),
  since: (now, before) => (before === undefined ? now : notEmpty(sum(now, before, -1n))),
  join: (a, b) => sum(a, b, 1n),
};

/** How many values there are. */
export function totalOf(buckets: Buckets): bigint {
  let total = 0n;
  for (const count of buckets.values()) total += count;
  return total;
}

/** a + sign·b. Where a bucket would have less than nothing, the element has begun anew: all of `a` has come. */
function sum(a: Buckets, b: Buckets, sign: 1n | -1n): Buckets {
  const result = new Map(a);
  for (const [bucket, count] of b) result.set(bucket, (result.get(bucket) ?? 0n) + sign * count);
  for (const [bucket, count] of result) {
    if (count < 0n) return a;
    if (count === 0n) result.delete(bucket);
  }
  return result;
}

function notEmpty(buckets: Buckets): Buckets | undefined {
  return buckets.size === 0 ? undefined : buckets;
}
