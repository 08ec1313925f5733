// count(): how often.
//
//   element  u64 count of one CPU
//   facts    a count of zero was never written: the one aggregate that needs no flag

import { defineAggregate } from '../aggregate.js';
import { numberOf, numberPrinting } from './number-layout.js';
import { readWord, wrap } from './words.js';

export const count = defineAggregate({
  name: 'count',
  doc: 'Counts how often it is called. Every CPU keeps its own count; readers see their sum.',
  params: [],
  castable: true,
  sumsWords: true,
  addedWords: [0],
  valueBytes: () => 8,
  lowerUpdate(b, element) {
    b.addInPlace(element, 0, 1);
  },
  lowerInitial(b, to, offset) {
    b.store(to, offset, 8, 1);
  },
  lowerRead: {
    accumulators: 1,
    add: (b, [sum], element) => [b.add(sum!, b.load(element, 0, 8))],
    finish: (_, [sum]) => sum!,
  },
  isPresent: (perCpu) => perCpu.some((view) => view.getBigUint64(0, true) !== 0n),
  merge(elements) {
    let value = 0n;
    for (const { perCpu } of elements) for (const view of perCpu) value += readWord(view, 0, false);
    return { kind: 'number', value: wrap(value, false) };
  },
  printing: numberPrinting('map', (merged) => numberOf('count', merged)),
  sortKey: (merged) => numberOf('count', merged),
  toValue: (merged) => numberOf('count', merged),
});
