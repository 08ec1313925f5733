import t from 'tap';
import { loopSpans } from '../../../../lib/model/ir/loop-spans.js';

const rows: [title: string, targets: readonly (readonly number[])[], spans: readonly (readonly [number, number])[]][] = [
  ['nothing', [], []],
  ['no loop', [[1, 2], [2], []], [[0, 0], [1, 1], [2, 2]]],
  ['a loop of one', [[1], [1, 2], []], [[0, 0], [1, 1], [2, 2]]],
  ['a loop', [[1], [2], [1, 3], []], [[0, 0], [1, 2], [1, 2], [3, 3]]],
  ['a loop in a loop', [[1], [2], [2, 3], [1, 4], []], [[0, 0], [1, 3], [1, 3], [1, 3], [4, 4]]],
  ['loops that overlap', [[1], [2], [0, 3], [1, 4], []], [[0, 3], [0, 3], [0, 3], [0, 3], [4, 4]]],
  ['loops side by side', [[0, 1], [2], [1]], [[0, 0], [1, 2], [1, 2]]],
];
for (const [title, targets, want] of rows) {
  t.test(title, async (t) => {
    const { start, end } = loopSpans(targets);
    t.same([...start].map((first, i) => [first, end[i]]), want);
  });
}
