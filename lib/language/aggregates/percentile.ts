// Percentiles of a histogram, from its rows.
//
//   facts  a histogram knows rows, not values: a percentile is the upper bound of the row in which it ends, so what is said is never too small.
//          Of a row that is open above only the lower bound is known

import type { HistogramRow } from '../aggregate.js';

type Row = Pick<HistogramRow, 'min' | 'max' | 'count'>;

/** Those that are shown beside a histogram. */
export const SHOWN_PERCENTILES = [50, 90, 99] as const;

export interface Percentile {
  readonly value: bigint;
  /** the row is open above: the percentile is `value` or more */
  readonly isLeast: boolean;
}

/** A value that `q` percent of what was counted do not exceed; undefined of an empty histogram.
 * @param q  0 to 100 */
export function percentileOf(rows: readonly Row[], q: number): Percentile | undefined {
  const rank = rankOf(rows.reduce((sum, { count }) => sum + count, 0n), q);
  let seen = 0n;
  for (const { min, max, count } of rows) {
    seen += count;
    if (seen >= rank && count > 0n) return max === undefined ? { value: min!, isLeast: true } : { value: max, isLeast: false };
  }
  return undefined;
}

/** How many values lie at or below the percentile; the first is number 1. */
function rankOf(count: bigint, q: number): bigint {
  // in millionths of a percent: percentages with a few decimals stay exact
  const scaled = BigInt(Math.round(q * 1e6));
  const rank = (count * scaled + 99_999_999n) / 100_000_000n;
  return rank < 1n ? 1n : rank;
}

/** `127`, or `>=1000` where only the lower bound is known; `-` of an empty histogram. */
export function percentileText(percentile: Percentile | undefined): string {
  if (percentile === undefined) return '-';
  return percentile.isLeast ? `>=${percentile.value}` : String(percentile.value);
}

/** `p50 7, p90 15, p99 31`: the line below a histogram's rows. */
export function percentilesLine(rows: readonly Row[]): string {
  return SHOWN_PERCENTILES.map((q) => `p${q} ${percentileText(percentileOf(rows, q))}`).join(', ');
}
