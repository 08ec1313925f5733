// Histograms of argdist as text and as rows.
//
//   facts  powers of two as bcc's print_log2_hist has them: Histogram.format('bcc'); values below 0 are taken as unsigned, so that they stand at 2^63.
//          Steps of a fixed size: a row each, from the first that is not empty to the last

import type { Histogram } from '../../lib/index.js';

export interface Bucket {
  /** null: open */
  readonly low: bigint | null;
  readonly high: bigint | null;
  readonly count: bigint;
}

export function bucketsOf(histogram: Histogram): readonly Bucket[] {
  return histogram.rows.filter(({ count }) => count > 0n).map(({ min, max, count }) => ({ low: min ?? null, high: max ?? null, count }));
}

const BAR = 40;

export function linearText(histogram: Histogram, label: string): string {
  const { rows } = histogram;
  if (rows.length === 0) return '';
  const most = rows.reduce((least, { count }) => (count > least ? count : least), 0n);
  const bounds = rows.map(({ min, max }) => `${min ?? '...'} -> ${max ?? '...'}`);
  const width = Math.max(24, ...bounds.map(({ length }) => length));
  return [
    `     ${label.padEnd(width - 5)} : count     distribution\n`,
    ...rows.map(({ count }, i) => `${bounds[i]!.padStart(width)} : ${String(count).padEnd(8)} |${'*'.repeat(Number((count * BigInt(BAR)) / most)).padEnd(BAR)}|\n`),
  ].join('');
}

const shown = [50, 90, 95, 99, 99.9] as const;

export function percentilesText(histogram: Histogram, label: string): string {
  if (histogram.count === 0n) return '';
  return `     ${label}: ${[...shown.map((q) => `p${q} <= ${histogram.percentile(q)}`), `n = ${histogram.count}`].join(', ')}\n`;
}
