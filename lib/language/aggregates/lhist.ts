// lhist(n, min, max, step): a histogram whose buckets are equally wide.
//
//   parameters  [min, max, step]
//   bucket      0: n < min;  1 + (max-min)/step: everything from the last multiple of step above min on, n = max too;  else 1 + (n-min)/step
//   facts       language.md 5.2, 5.6; bounds print in units of 1024 when step is a multiple of it

import type { Message } from '../../model/diagnostics/diagnostic.js';
import type { AggregateType } from '../../model/types/types.js';
import { Cell } from '../../model/ir/builder.js';
import { u64 } from '../../model/ir/ir.js';
import { defineAggregate } from '../aggregate.js';
import * as say from '../diagnostics.js';
import { bucketCounters, histogramOf, rowsBetween, totalOf } from './buckets.js';
import { histogramPrinting } from './histogram-layout.js';
import { rowValue } from './words.js';

const MAX_BUCKETS = 1000n;
const KILO = 1024n;
const MEGA = KILO * KILO;

interface Bounds { readonly min: bigint; readonly max: bigint; readonly step: bigint }

function boundsOf(type: AggregateType): Bounds {
  const [min, max, step] = type.parameters;
  return { min: min!, max: max!, step: step! };
}

/** Index of the bucket that is open above. */
function overflowOf({ min, max, step }: Bounds): number {
  return 1 + Number((max - min) / step);
}

function labelOf(value: bigint, step: bigint): string {
  if (step % KILO !== 0n || value === 0n) return String(value);
  if (value % MEGA === 0n) return `${value / MEGA}M`;
  return value % KILO === 0n ? `${value / KILO}K` : String(value);
}

function rowOf(bucket: number, type: AggregateType): { min: bigint | undefined; max: bigint | undefined; label: string } {
  const bounds = boundsOf(type);
  const { min, step } = bounds;
  if (bucket === 0) return { min: undefined, max: min - 1n, label: `(..., ${labelOf(min, step)})` };
  const low = min + BigInt(bucket - 1) * step;
  // where max is no multiple of step above min, the last whole bucket ends before max: what lies between is counted here, too
  if (bucket === overflowOf(bounds)) return { min: low, max: undefined, label: `[${labelOf(low, step)}, ...)` };
  const high = low + step;
  return { min: low, max: high - 1n, label: step === 1n ? `[${low}]` : `[${labelOf(low, step)}, ${labelOf(high, step)})` };
}

function checkLiterals([min, max, step]: readonly (bigint | undefined)[]): Message | undefined {
  if (min === undefined || min < 0n) return say.badLhistBound.with({ bound: 'min' });
  if (max === undefined || max < 0n) return say.badLhistBound.with({ bound: 'max' });
  if (step === undefined) return say.noLiteral.with({ name: 'lhist', parameter: 'step' });
  if (step <= 0n) return say.badLhistStep.with({ step });
  if (min >= max) return say.emptyLhistRange.with({ min, max });
  const buckets = (max - min) / step;
  if (buckets > MAX_BUCKETS) return say.tooManyBuckets.with({ most: MAX_BUCKETS, count: buckets });
  if (step > max - min) return say.lhistStepTooLarge.with({ step, range: max - min });
  return undefined;
}

export const lhist = defineAggregate({
  ...bucketCounters,
  name: 'lhist',
  doc: 'Counts values in buckets of equal width between min and max, and what lies below and above in one bucket each.',
  params: [
    { name: 'n', accepts: 'value', doc: 'the value to count' },
    { name: 'min', accepts: 'literal', doc: 'lower bound of the first bucket' },
    { name: 'max', accepts: 'literal', doc: 'upper bound of the last bucket, itself outside' },
    { name: 'step', accepts: 'literal', doc: 'width of a bucket' },
  ],
  checkLiterals,
  badLiteral: (parameter) => (parameter === 'step' ? undefined : say.badLhistBound.with({ bound: parameter as 'min' | 'max' })),
  parameters: ([min, max, step]) => [min ?? 0n, max ?? 0n, step ?? 1n],
  bucketCount: (type) => overflowOf(boundsOf(type)) + 1,

  lowerBucket(b, [n], type) {
    const { min, step, max } = boundsOf(type);
    const overflow = overflowOf({ min, max, step });
    const index = new Cell('bucket', u64);
    const inside = b.newBlock('lhist_inside');
    const above = b.newBlock('lhist_above');
    const done = b.newBlock('lhist_done');
    b.write(index, b.const(0, u64));
    b.branch('slt', n!, b.const(min), done, inside, false);
    b.enter(inside);
    const distance = min === 0n ? n! : b.sub(n!, min);
    const power = powerOfTwo(step);
    const steps = power === undefined ? b.binary('udiv', distance, b.const(step), u64) : power === 0 ? distance : b.binary('lshr', distance, b.const(power), u64);
    const bucket = b.add(steps, 1);
    b.write(index, bucket);
    b.branch('ugt', bucket, b.const(overflow), above, done, false);
    b.enter(above);
    b.write(index, b.const(overflow, u64));
    b.jump(done);
    b.enter(done);
    return b.read(index);
  },

  printing: histogramPrinting((merged, type) => rowsBetween(histogramOf('lhist', merged), rowOf, type), { divides: false }),
  rows: (merged, type) => rowsBetween(merged, rowOf, type),
  sortKey: (merged) => totalOf(histogramOf('lhist', merged)),
  toValue: (merged, type) => rowsBetween(histogramOf('lhist', merged), rowOf, type).map(rowValue),
});

function powerOfTwo(n: bigint): number | undefined {
  return (n & (n - 1n)) === 0n ? n.toString(2).length - 1 : undefined;
}
