// sum(n): the total of a quantity.
//
//   element  u64 total, u64 flag: 1 once written (a total of 0 is a value too)

import { defineAggregate } from '../aggregate.js';
import { numberOf, numberPrinting } from './number-layout.js';
import { readWord, wrap } from './words.js';

export const sum = defineAggregate({
  name: 'sum',
  doc: 'Adds n to a running total. Every CPU keeps its own total; readers see their sum. The result has the sign of n.',
  params: [{ name: 'n', accepts: 'value', doc: 'the amount to add' }],
  castable: true,
  sumsWords: true,
  addedWords: [0],
  valueBytes: () => 16,
  lowerUpdate(b, element, [n]) {
    b.addInPlace(element, 0, n!);
    b.store(element, 8, 8, 1);
  },
  lowerInitial(b, to, offset, [n]) {
    b.store(to, offset, 8, n!);
    b.store(to, offset + 8, 8, 1);
  },
  lowerRead: {
    accumulators: 1,
    add: (b, [total], element) => [b.add(total!, b.load(element, 0, 8))],
    finish: (_, [total]) => total!,
  },
  isPresent: (perCpu) => perCpu.some((view) => view.getBigUint64(8, true) !== 0n),
  merge(elements, type) {
    let value = 0n;
    for (const { perCpu } of elements) for (const view of perCpu) value += readWord(view, 0, type.signed);
    return { kind: 'number', value: wrap(value, type.signed) };
  },
  printing: numberPrinting('map', (merged) => numberOf('sum', merged)),
  sortKey: (merged) => numberOf('sum', merged),
  toValue: (merged) => numberOf('sum', merged),
});
