// The gate's counts: what is a pass, a failure, a skip in a TAP stream.

import t from 'tap';
import { addCounts, addSummaries, countTap, countsLine } from '../../../scripts/tap-counts.js';

const subtest = (name: string, points: string, closing = `ok 1 - ${name}`) =>
  `# Subtest: ${name}\n${points.trimEnd().split('\n').map((line) => `    ${line}`).join('\n')}\n${closing}\n`;

const cases: [title: string, stream: string, want: string][] = [
  ['a point is a point', 'TAP version 14\nok 1 - a\nok 2 - b\n1..2\n', '2 passed, 0 failed, 0 skipped'],
  ['the point that closes a subtest is not counted', `TAP version 14\n${subtest('s', 'ok 1 - a\nok 2 - b\n1..2')}1..1\n`, '2 passed, 0 failed, 0 skipped'],
  ['subtests of subtests', `TAP version 14\n${subtest('s', `${subtest('in', 'ok 1 - a\n1..1')}1..1`)}1..1\n`, '1 passed, 0 failed, 0 skipped'],
  ['a failure counts once, not in each subtest around it', `TAP version 14\n${subtest('s', 'ok 1 - a\nnot ok 2 - b\n1..2', 'not ok 1 - s')}1..1\n`, '1 passed, 1 failed, 0 skipped'],
  ['a subtest that failed although its points are ok', `TAP version 14\n${subtest('s', 'ok 1 - a\n1..1', 'not ok 1 - s')}1..1\n`, '1 passed, 1 failed, 0 skipped'],
  ['skip and todo', 'TAP version 14\nok 1 - a # SKIP why\nnot ok 2 - b # TODO later\nok 3 - c\n1..3\n', '1 passed, 0 failed, 2 skipped'],
  ['a skipped subtest', `TAP version 14\n${subtest('s', '1..0 # SKIP no kprobes', 'ok 1 - s # SKIP no kprobes')}1..1\n`, '0 passed, 0 failed, 1 skipped'],
  ['fewer points than planned', 'TAP version 14\n1..3\nok 1 - a\n', '1 passed, 1 failed, 0 skipped'],
  ['a stream that breaks off', `TAP version 14\n# Subtest: s\n    ok 1 - a\n`, '1 passed, 1 failed, 0 skipped'],
  ['bail out', 'TAP version 14\nok 1 - a\nBail out! no more\n', '1 passed, 1 failed, 0 skipped'],
  ['nothing', '', '0 passed, 1 failed, 0 skipped'],
  ['a plan of nothing', 'TAP version 14\n1..0\n', '0 passed, 1 failed, 0 skipped'],
  ['only noise', 'Segmentation fault\n', '0 passed, 1 failed, 0 skipped'],
];

for (const [title, stream, want] of cases) {
  t.test(title, async (t) => {
    const summary = countTap(stream, 'stream');
    t.equal(countsLine(summary), want);
    t.equal(summary.failures.length, summary.failed);
    t.equal(summary.skips.length, summary.skipped);
  });
}

t.test('names tell the way through the subtests', async (t) => {
  const { failures, skips } = countTap(`TAP version 14\n${subtest('s', 'not ok 1 - b\nok 2 - c # SKIP why\n1..2', 'not ok 1 - s')}1..1\n`, 'stream');
  t.same(failures, ['s > b']);
  t.same(skips, ['s > c: why']);
});

t.test('without some of its tests', async (t) => {
  const stream = (last: string) => `TAP version 14\n${subtest('good', 'ok 1 - a\n1..1')}${subtest('bad', 'not ok 1 - b\nok 2 - c # SKIP why\n1..2', 'not ok 2 - bad')}${last}`;
  const counts = (last: string, ...without: string[]) => countsLine(countTap(stream(last), 'stream', new Set(without)));
  t.equal(counts('1..2\n'), '1 passed, 1 failed, 1 skipped');
  t.equal(counts('1..2\n', 'bad'), '1 passed, 0 failed, 0 skipped');
  t.equal(counts('1..2\n', 'good'), '0 passed, 1 failed, 1 skipped');
  t.equal(counts('1..2\n', 'elsewhere'), '1 passed, 1 failed, 1 skipped');
  t.equal(counts('', 'bad'), '1 passed, 0 failed, 0 skipped', 'a process that died in a test that is left out');
});

t.test('sums', async (t) => {
  t.same(addCounts([{ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 20, skipped: 30 }]), { passed: 11, failed: 22, skipped: 33 });
  t.same(addCounts([]), { passed: 0, failed: 0, skipped: 0 });
  const one = { passed: 1, failed: 1, skipped: 1, failures: ['f'], unsteady: ['u'], skips: ['s'] };
  t.same(addSummaries([one, one]), { passed: 2, failed: 2, skipped: 2, failures: ['f', 'f'], unsteady: ['u', 'u'], skips: ['s', 's'] });
});
