// hist(n[, k]): a histogram whose buckets double, 2^k of them per power of two.
//
//   parameters  [k]
//   bucket      0: n < 0;  1 … 2·2^k: the single value bucket-1;  above: from 2^p·(2^k + (bucket-1 mod 2^k)), p = ((bucket-1) >> k) - 1
//   idea        with l = how far n must be shifted right to fit into k+1 bits, the bucket is (l << k) + (n >> l) + 1; l is found
//               by halving, so a value costs six compares
//   facts       language.md 5.2, 5.5

import type { AggregateType } from '../../model/types/types.js';
import { Cell } from '../../model/ir/builder.js';
import { u64 } from '../../model/ir/ir.js';
import { type HistogramRow, defineAggregate } from '../aggregate.js';
import { badHistBits } from '../diagnostics.js';
import { bucketCounters, histogramOf, rowsBetween, totalOf } from './buckets.js';
import { histogramPrinting } from './histogram-layout.js';
import { rowValue } from './words.js';

const suffixes = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

const bitsOf = (type: AggregateType): number => Number(type.parameters[0] ?? 0n);

/** Lowest value of a bucket ≥ 1. */
function lowestOf(bucket: number, k: number): bigint {
  const index = bucket - 1;
  if (index < 2 << k) return BigInt(index);
  const power = (index >> k) - 1;
  return (BigInt((1 << k) + (index & ((1 << k) - 1)))) << BigInt(power);
}

/** The lower bound of a bucket as labels spell it: from 2^10 on in units of 1024. */
function labelOf(bucket: number, k: number): string {
  const index = bucket - 1;
  if (index < 2 << k) return String(index);
  const power = (index >> k) - 1;
  return `${lowestOf(bucket, k) >> BigInt(power - (power % 10))}${suffixes[Math.floor(power / 10)]}`;
}

type Row = Omit<HistogramRow, 'count'>;

/** Rows by k and bucket: maps with thousands of keys need the same few again and again. */
const rowsMade = new Map<number, Row>();

function rowOf(bucket: number, type: AggregateType): Row {
  const k = bitsOf(type);
  const id = bucket * 8 + k;
  let row = rowsMade.get(id);
  if (row === undefined) rowsMade.set(id, row = makeRow(bucket, k));
  return row;
}

function makeRow(bucket: number, k: number): Row {
  if (bucket === 0) return { min: undefined, max: -1n, label: '(..., 0)' };
  const min = lowestOf(bucket, k);
  const max = lowestOf(bucket + 1, k) - 1n;
  return { min, max, label: bucket <= 2 << k ? `[${min}]` : `[${labelOf(bucket, k)}, ${labelOf(bucket + 1, k)})` };
}

export const hist = defineAggregate({
  ...bucketCounters,
  name: 'hist',
  doc: 'Counts values in buckets that double in width; with k, every power of two is divided into 2^k buckets.',
  params: [
    { name: 'n', accepts: 'value', doc: 'the value to count' },
    { name: 'k', accepts: 'literal', optional: true, doc: 'how fine: 2^k buckets for each power of two, 0 to 5; default 0' },
  ],
  checkLiterals: ([k]) => (k !== undefined && (k < 0n || k > 5n) ? badHistBits.with({ bits: k }) : undefined),
  parameters: ([k]) => [k ?? 0n],
  bucketCount: (type) => ((64 - bitsOf(type)) << bitsOf(type)) + 1,

  lowerBucket(b, [n], type) {
    const k = bitsOf(type);
    const index = new Cell('bucket', u64);
    const rest = new Cell('rest', u64);
    const base = new Cell('base', u64);
    const positive = b.newBlock('hist_positive');
    const done = b.newBlock('hist_done');
    b.write(index, b.const(0, u64));
    b.branch('slt', n!, b.const(0), done, positive, false);
    b.enter(positive);
    b.write(rest, n!);
    b.write(base, b.const(1, u64));
    for (const step of k === 0 ? [32, 16, 8, 4, 2] : [32, 16, 8, 4, 2, 1]) {
      const shift = b.newBlock(`hist_shift_${step}`);
      const next = b.newBlock(`hist_below_${step}`);
      const value = b.read(rest);
      // the immediate operand of a comparison has 32 bits
      if (step === 32) b.branch('eq', b.shr(value, step + k), b.const(0), next, shift);
      else b.branch('ult', value, b.const(1 << (step + k)), next, shift);
      b.enter(shift);
      b.write(rest, b.shr(value, step));
      b.write(base, b.add(b.read(base), step << k));
      b.jump(next);
      b.enter(next);
    }
    const value = b.read(rest);
    // k = 0 leaves 0 … 3 of which 3 belongs with 2: cheaper than a branch that goes either way
    const last = k === 0 ? b.sub(value, b.shr(b.add(value, 1), 2)) : value;
    b.write(index, b.add(b.read(base), last));
    b.jump(done);
    b.enter(done);
    return b.read(index);
  },

  printing: histogramPrinting((merged, type) => rowsBetween(histogramOf('hist', merged), rowOf, type), { divides: true }),
  rows: (merged, type) => rowsBetween(merged, rowOf, type),
  sortKey: (merged) => totalOf(histogramOf('hist', merged)),
  toValue: (merged, type) => rowsBetween(histogramOf('hist', merged), rowOf, type).map(rowValue),
});
