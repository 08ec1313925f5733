// tseries(n, interval_ns, num[, agg]): one value for each of the last `num` intervals of time.
//
//   parameters  [interval in ns, num]; option: avg, max, min, sum, or none: the last value
//   bucket      slot = epoch % num, epoch = now / interval
//   element     u64 value, u64 meta (avg: count; none: time of the value in ns; else 1), u64 epoch; epoch 0: never used
//   facts       language.md 5.2, 5.7; a slot that holds another epoch starts anew; merging keeps the newest epoch of a slot

import type { IrBuilder } from '../../model/ir/builder.js';
import type { Comparison, Value as IrValue } from '../../model/ir/ir.js';
import { u64 } from '../../model/ir/ir.js';
import type { AggregateType } from '../../model/types/types.js';
import { type Merged, defineAggregate } from '../aggregate.js';
import { diamond } from '../branches.js';
import * as say from '../diagnostics.js';
import { newestEpoch, seriesJson, seriesText } from './series-layout.js';
import { average, readWord, wrap, wrongKind } from './words.js';

const VALUE = 0;
const META = 1;
const EPOCH = 2;
const MAX_INTERVALS = 1_000_000n;
const options = ['avg', 'max', 'min', 'sum'];

export type Series = Extract<Merged, { kind: 'tseries' }>;

export function seriesOf(merged: Merged): Series {
  return merged.kind === 'tseries' ? merged : wrongKind('tseries', merged.kind);
}

function epochOf(b: IrBuilder, now: IrValue, type: AggregateType): IrValue {
  return b.binary('udiv', now, b.const(type.parameters[0]!, u64), u64);
}

function storeFirst(b: IrBuilder, to: IrValue, offset: number, [n, now]: readonly IrValue[], type: AggregateType): void {
  b.store(to, offset + VALUE * 8, 8, n!);
  b.store(to, offset + META * 8, 8, type.option === undefined ? now! : 1);
  b.store(to, offset + EPOCH * 8, 8, epochOf(b, now!, type));
}

/** Adds to a slot that holds the present epoch already. */
function lowerSameEpoch(b: IrBuilder, element: IrValue, [n, now]: readonly IrValue[], type: AggregateType): void {
  switch (type.option) {
    case undefined:
      b.store(element, VALUE * 8, 8, n!);
      b.store(element, META * 8, 8, now!);
      return;
    case 'avg':
      b.addInPlace(element, META * 8, 1);
      b.addInPlace(element, VALUE * 8, n!);
      return;
    case 'sum':
      b.addInPlace(element, VALUE * 8, n!);
      return;
    default: {
      const replaces: Comparison = type.option === 'min' ? (type.signed ? 'sgt' : 'ugt') : type.signed ? 'slt' : 'ult';
      diamond(b, replaces, b.load(element, VALUE * 8, 8, type.signed), n!, () => b.store(element, VALUE * 8, 8, n!));
    }
  }
}

/** One slot of all CPUs: only those that saw its newest epoch count. */
function mergeSlot(perCpu: readonly DataView[], type: AggregateType): { epoch: bigint; value: bigint } | undefined {
  let epoch = 0n;
  for (const view of perCpu) {
    const here = readWord(view, EPOCH, false);
    if (here > epoch) epoch = here;
  }
  if (epoch === 0n) return undefined;
  let value: bigint | undefined;
  let count = 0n;
  let newest = -1n;
  for (const view of perCpu) {
    if (readWord(view, EPOCH, false) !== epoch) continue;
    const part = readWord(view, VALUE, type.signed);
    const meta = readWord(view, META, false);
    count += meta;
    switch (type.option) {
      case 'sum': case 'avg': value = (value ?? 0n) + part; break;
      case 'min': if (value === undefined || part < value) value = part; break;
      case 'max': if (value === undefined || part > value) value = part; break;
      default: if (meta > newest) [newest, value] = [meta, part];
    }
  }
  const total = wrap(value ?? 0n, type.signed);
  return { epoch, value: type.option === 'avg' ? average(total, count) : total };
}

export const tseries = defineAggregate({
  name: 'tseries',
  doc: 'Keeps one value for each of the last num intervals: the last one, or their avg, max, min or sum.',
  params: [
    { name: 'n', accepts: 'value', doc: 'the value' },
    { name: 'interval_ns', accepts: 'literal', doc: 'length of an interval in nanoseconds' },
    { name: 'num_intervals', accepts: 'literal', doc: 'how many intervals are kept' },
    { name: 'agg', accepts: 'option', optional: true, doc: 'what an interval makes of its values: "avg", "max", "min" or "sum"; default: the last value' },
  ],
  castable: false,
  clock: 'tai',
  orderedByKeyBytes: true,

  checkLiterals([interval, num], option) {
    if (interval === undefined || interval < 1n) return say.badIntervalLength.with({ given: interval ?? 0n });
    if (num === undefined || num < 1n) return say.tooFewIntervals.with({ given: num ?? 0n });
    if (num >= MAX_INTERVALS) return say.tooManyIntervals.with({ limit: MAX_INTERVALS, given: num });
    if (option !== undefined && !options.includes(option)) return say.unknownSeriesFunction.with({ known: options, given: option });
    return undefined;
  },
  parameters: ([interval, num]) => [interval ?? 1n, num ?? 1n],
  valueBytes: () => 24,
  bucketCount: (type) => Number(type.parameters[1]),
  lowerBucket: (b, [, now], type) => b.binary('umod', epochOf(b, now!, type), b.const(type.parameters[1]!, u64), u64),

  lowerUpdate(b, element, args, type) {
    diamond(b, 'eq', b.load(element, EPOCH * 8, 8), epochOf(b, args[1]!, type),
      () => lowerSameEpoch(b, element, args, type), () => storeFirst(b, element, 0, args, type), true);
  },
  lowerInitial: storeFirst,

  isPresent: (perCpu) => perCpu.some((view) => readWord(view, EPOCH, false) !== 0n),
  merge(elements, type) {
    const points = new Map<number, { epoch: bigint; value: bigint }>();
    for (const { bucket, perCpu } of elements) {
      const point = mergeSlot(perCpu, type);
      if (point) points.set(bucket, point);
    }
    return { kind: 'tseries', points };
  },
  printing: {
    jsonType: 'tseries', rows: true,
    // the series of all keys end at the same time
    printer(all, type, { strftime }) {
      const newest = newestEpoch(all.map(seriesOf));
      return { text: (merged) => seriesText(seriesOf(merged), newest, type, strftime), json: (merged) => seriesJson(seriesOf(merged), newest, type, strftime) };
    },
  },
  sortKey: () => 0n,
  toValue(merged, type) {
    const points = [...seriesOf(merged).points.values()].sort((a, b) => (a.epoch < b.epoch ? -1 : 1));
    return points.map(({ epoch, value }) => ({ interval_start: epoch * type.parameters[0]!, value }));
  },
});
