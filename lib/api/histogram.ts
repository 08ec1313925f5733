// A histogram of hist() or lhist() as a value: its rows, and what is usually asked of it.

import type { AggregateType } from '../model/types/types.js';
import type { HistogramRow, Merged } from '../language/aggregate.js';
import { percentileOf } from '../language/aggregates/percentile.js';
import { OptionError } from '../model/diagnostics/errors.js';
import { describe } from './describe.js';

export type Buckets = Extract<Merged, { kind: 'histogram' }>;

/** What the language knows of a histogram: its rows, and how bpftrace prints it. Given from outside, so that importing the library does not load it. */
export interface HistogramLayout {
  rows(buckets: Buckets, type: AggregateType): readonly HistogramRow[];
  text(buckets: Buckets, type: AggregateType): string;
}

export interface Row {
  /** the least and the greatest value that the row counts; undefined where it is open */
  readonly min: bigint | undefined;
  readonly max: bigint | undefined;
  readonly count: bigint;
}

/** structuredClone() and postMessage() make `{ count, rows }` of it, as toJSON() does. */
export class Histogram {
  readonly #buckets: Buckets;
  readonly #type: AggregateType;
  readonly #layout: HistogramLayout;
  readonly #rows: readonly HistogramRow[];
  /** of all rows */
  readonly count: bigint;
  /** From the first row that is not empty to the last. */
  readonly rows: readonly Row[];

  /** @internal */
  constructor(buckets: Buckets, type: AggregateType, layout: HistogramLayout) {
    this.#buckets = buckets;
    this.#type = type;
    this.#layout = layout;
    this.#rows = layout.rows(buckets, type);
    this.count = this.#rows.reduce((sum, row) => sum + row.count, 0n);
    this.rows = this.#rows.map(({ min, max, count }) => ({ min, max, count }));
  }

  /** A value that `q` percent of what was counted do not exceed: the upper bound of the row in which they end; of a row that is open above its
   *  lower bound. 0n of an empty histogram.
   * @param q  0 to 100 */
  percentile(q: number): bigint {
    if (typeof q !== 'number' || !(q >= 0 && q <= 100)) throw new OptionError('q', `percentile() is given ${describe(q)}: it takes a number from 0 to 100`, 'ERR_OPTION_VALUE');
    return percentileOf(this.#rows, q)?.value ?? 0n;
  }

  /** What was counted since `earlier`, a reading of the same map.
   * @throws OptionError  it has other rows */
  minus(earlier: Histogram): Histogram {
    if (!(earlier instanceof Histogram) || !sameRows(earlier.#type, this.#type)) throw new OptionError('earlier', 'minus() takes an earlier histogram of the same map', 'ERR_OPTION_VALUE');
    const buckets = new Map(this.#buckets.buckets);
    for (const [bucket, count] of earlier.#buckets.buckets) buckets.set(bucket, (buckets.get(bucket) ?? 0n) - count);
    for (const [bucket, count] of buckets) if (count === 0n) buckets.delete(bucket);
    return new Histogram({ kind: 'histogram', buckets }, this.#type, this.#layout);
  }

  /** As bpftrace prints it, or as the tools of bcc print powers of two.
   * @param label  bcc: what the numbers are */
  format(layout: 'bpftrace' | 'bcc' = 'bpftrace', label = 'value'): string {
    if (layout === 'bcc') return bccText(this.#rows, label);
    return this.#layout.text(this.#buckets, this.#type);
  }

  toJSON(): object {
    return { count: this.count, rows: this.rows };
  }
}

function sameRows(a: AggregateType, b: AggregateType): boolean {
  return a.name === b.name && a.parameters.length === b.parameters.length && a.parameters.every((parameter, i) => parameter === b.parameters[i]);
}

const NARROW = { heading: '     ', labelWidth: 19, numberWidth: 10, bar: 40 };
const WIDE = { heading: '               ', labelWidth: 29, numberWidth: 20, bar: 20 };

/** The rows of bcc's print_log2_hist: from 0 -> 1 on; wide when numbers pass 32 bits. bcc counts without sign: what is below zero stands in the last row
 *  that there can be. */
function bccText(rows: readonly HistogramRow[], label: string): string {
  const counts = new Map<number, bigint>();
  for (const { min, count } of rows) if (count > 0n) counts.set(slotOf(min), (counts.get(slotOf(min)) ?? 0n) + count);
  if (counts.size === 0) return '';
  const last = Math.max(...counts.keys());
  const { heading, labelWidth, numberWidth, bar } = last <= 32 ? NARROW : WIDE;
  const most = [...counts.values()].reduce((a, b) => (b > a ? b : a), 0n);
  let text = `${heading}${label.padEnd(labelWidth)} : count     distribution\n`;
  for (let slot = 1; slot <= last; slot++) {
    const count = counts.get(slot) ?? 0n;
    const low = slot === 1 ? 0n : 1n << BigInt(slot - 1);
    const high = (1n << BigInt(slot)) - 1n;
    const stars = most === 0n ? 0 : Number((count * BigInt(bar)) / most);
    text += `${String(low).padStart(numberWidth)} -> ${String(high).padEnd(numberWidth)} : ${String(count).padEnd(8)} |${'*'.repeat(stars).padEnd(bar)}|\n`;
  }
  return text;
}

const SIGN_SLOT = 64;

/** Slot 1 holds 0 and 1, slot n what has n bits.
 * @param min  undefined: what is below zero */
function slotOf(min: bigint | undefined): number {
  if (min === undefined) return SIGN_SLOT;
  return min <= 1n ? 1 : min.toString(2).length;
}
