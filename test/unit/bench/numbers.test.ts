import t from 'tap';
import { fixed, geometricMean, median, table } from '../../../bench/numbers.js';

const medians: [values: number[], want: number][] = [
  [[3], 3],
  [[3, 1, 2], 2],
  [[10, 1, 2, 3], 2.5],
  [[100, 20, 3], 20],
  [[], NaN],
];
for (const [values, want] of medians) t.test(`median of ${values.join(' ') || 'nothing'}`, async (t) => { t.ok(Object.is(median(values), want)); });

t.test('geometric mean', async (t) => { t.equal(geometricMean([0.5, 2, 8]).toFixed(6), '2.000000'); });

t.test('a number that was not measured is a dash', async (t) => { t.same([fixed(1.25, 1), fixed(NaN, 1), fixed(undefined, 1)], ['1.3', '–', '–']); });

t.test('table', async (t) => {
  t.equal(table(['program', 'ns'], [['count', '51.0'], ['kstack-key', '1609.6']]), `
| program    |     ns |
| ---------- | -----: |
| count      |   51.0 |
| kstack-key | 1609.6 |`.trimStart());
});
