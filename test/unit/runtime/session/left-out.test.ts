import t from 'tap';
import { TbpfError } from '../../../../lib/model/diagnostics/errors.js';
import type { ManifestProgram } from '../../../../lib/model/layout/manifest.js';
import { isOfPattern, LeftOutProbes } from '../../../../lib/runtime/session/left-out.js';
import { describeLeftOut } from '../../../../lib/trace/left-out.js';

const program = (name: string, block: number, probeCount = 3): ManifestProgram => ({ name, probe: `uprobe:/f:${name}`, block, probeCount, attach: { kind: 'uprobe', path: '/f', fileOffset: 1n, return: false, ofPattern: true } });
const refused = new TbpfError('refused', { code: 'ENOTSUPP' });

t.test('a program stands for fewer probes', async (t) => {
  const [some, all] = [program('some', 0), program('all', 0)];
  const leftOut = new LeftOutProbes();
  leftOut.add(some, 'a', refused);
  leftOut.add(some, 'b', refused);
  t.equal(leftOut.without(some).probeCount, 1);
  t.equal(leftOut.without(all), all);
});

t.test('a block of which nothing is live has failed', async (t) => {
  const [live, left, dead] = [program('live', 0), program('left', 0), program('dead', 1)];
  const leftOut = new LeftOutProbes();
  leftOut.add(left, 'left', refused);
  leftOut.add(dead, 'dead', refused);
  t.strictSame(leftOut.judge([live]), { leftOut: [{ probe: 'left', error: refused }], failures: [{ program: dead, error: refused }] });
});

t.test('only matches of wildcards may be left out', async (t) => {
  t.equal(isOfPattern(program('one', 0)), true);
  t.equal(isOfPattern({ ...program('one', 0), attach: { kind: 'begin' } }), false);
});

const names = (count: number) => ({ leftOut: Array.from({ length: count }, (_, i) => ({ probe: `p${i}`, error: refused })) });
const words: readonly (readonly [title: string, count: number, policy: string, sentence: string | undefined])[] = [
  ['none', 0, 'error', undefined],
  ['one', 1, 'error', '1 match of a wildcard cannot be probed and is left out.'],
  ['two', 2, 'warn', '2 matches of wildcards cannot be probed and are left out.'],
  ['two that nobody wants to hear of', 2, 'ignore', undefined],
];
for (const [title, count, policy, sentence] of words) {
  t.test(`what is said of ${title}`, async (t) => {
    const said = describeLeftOut(names(count), { config: { missing_probes: policy } });
    t.equal(said.sentence, sentence);
    t.strictSame(said.names, sentence === undefined ? [] : Array.from({ length: count }, (_, i) => `p${i}: refused`));
  });
}
