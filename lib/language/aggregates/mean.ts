// avg(n) and stats(n): both keep a total and a count; they differ in what readers see.
//
//   element  u64 total, u64 count

import type { AggregateType } from '../../model/types/types.js';
import type { IrBuilder } from '../../model/ir/builder.js';
import { Cell } from '../../model/ir/builder.js';
import type { Value as IrValue } from '../../model/ir/ir.js';
import { s64 } from '../../model/ir/ir.js';
import { type AggregateRecord, type Merged, defineAggregate } from '../aggregate.js';
import { diamond } from '../branches.js';
import { numberPrinting, statsJson, statsText } from './number-layout.js';
import { average, readWord, wrap, wrongKind } from './words.js';

const totalAndCount = {
  params: [{ name: 'n', accepts: 'value', doc: 'the value to add' }],
  addedWords: [0, 1],
  valueBytes: () => 16,
  lowerUpdate(b, element, [n]) {
    b.addInPlace(element, 0, n!);
    b.addInPlace(element, 8, 1);
  },
  lowerInitial(b, to, offset, [n]) {
    b.store(to, offset, 8, n!);
    b.store(to, offset + 8, 8, 1);
  },
  isPresent: (perCpu) => perCpu.some((view) => view.getBigUint64(8, true) !== 0n),
  merge(elements, type) {
    let total = 0n;
    let count = 0n;
    for (const { perCpu } of elements) {
      for (const view of perCpu) {
        total += readWord(view, 0, type.signed);
        count += readWord(view, 1, false);
      }
    }
    total = wrap(total, type.signed);
    return { kind: 'stats', count, total, average: average(total, count) };
  },
} as const satisfies Partial<AggregateRecord>;

function stat(name: string, merged: Merged): Extract<Merged, { kind: 'stats' }> {
  return merged.kind === 'stats' ? merged : wrongKind(name, merged.kind);
}

/** total / count towards zero; the machine divides unsigned numbers only, and by 0 gives 0. */
function lowerAverage(b: IrBuilder, total: IrValue, count: IrValue, type: AggregateType): IrValue {
  if (!type.signed) return b.binary('udiv', total, count);
  const result = new Cell('average', s64);
  diamond(b, 'slt', total, 0, () => b.write(result, b.emit('neg', s64, [b.binary('udiv', b.emit('neg', s64, [total]), count, s64)])), () => b.write(result, b.binary('udiv', total, count, s64)));
  return b.read(result);
}

export const avg = defineAggregate({
  ...totalAndCount,
  name: 'avg',
  doc: 'Keeps the total and the number of values; readers see total / count, cut to an integer.',
  castable: true,
  keepsClock: true,
  lowerRead: {
    accumulators: 2,
    add: (b, [total, count], element) => [b.add(total!, b.load(element, 0, 8)), b.add(count!, b.load(element, 8, 8))],
    finish: (b, [total, count], type) => lowerAverage(b, total!, count!, type),
  },
  printing: numberPrinting('stats', (merged) => stat('avg', merged).average),
  sortKey: (merged) => stat('avg', merged).average,
  toValue: (merged) => stat('avg', merged).average,
});

export const stats = defineAggregate({
  ...totalAndCount,
  name: 'stats',
  doc: 'Keeps the total and the number of values; prints count, average and total.',
  castable: false,
  printing: {
    jsonType: 'stats', rows: false,
    printer(_all, _type, { divisor }) {
      const shown = (merged: Merged) => {
        const { count, average: mean, total } = stat('stats', merged);
        return { count, average: mean / divisor, total };
      };
      return { text: (merged) => statsText(shown(merged)), json: (merged) => statsJson(shown(merged)) };
    },
  },
  sortKey: (merged) => stat('stats', merged).average,
  toValue(merged) {
    const { count, average: mean, total } = stat('stats', merged);
    return { count, average: mean, total };
  },
});
