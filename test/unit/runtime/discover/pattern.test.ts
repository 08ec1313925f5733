import t from 'tap';
import { hasWildcard, matcher } from '../../../../lib/runtime/discover/pattern.js';

const cases: [pattern: string, name: string, want: boolean][] = [
  ['vfs_read', 'vfs_read', true],
  ['vfs_read', 'vfs_readv', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['**', 'anything', true],
  ['vfs_*', 'vfs_', true],
  ['vfs_*', 'xvfs_read', false],
  ['*_read', 'vfs_read', true],
  ['*_read', 'vfs_reads', false],
  ['ab*ba', 'aba', false],
  ['ab*ba', 'abba', true],
  ['*sched*', 'a_sched_b', true],
  ['*sched*', 'shed', false],
  ['a*b*c', 'a.b.c', true],
  ['a.b*c*', 'axbc', false],
  ['a+*(b)*', 'a+(b)', true],
];
for (const [pattern, name, want] of cases) {
  t.test(`${pattern} ${want ? 'accepts' : 'refuses'} '${name}'`, async (t) => { t.equal(matcher(pattern)(name), want); });
}

t.test('only a star is a wildcard', async (t) => {
  t.ok(hasWildcard('a*'));
  t.notOk(hasWildcard('a?[b]'));
});
