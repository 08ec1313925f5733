import t from 'tap';
import { alternatives, hasWildcard, isForSeveral, matcher, shortPattern } from '../../../../lib/model/target/pattern.js';

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
  ['*ab*ab*', 'ab', false],
  ['*ab*ab*', 'aab_ab', true],
  ['a*b*b', 'ab', false],
  ['a*b*b', 'abb', true],
  ['*ab*b', 'aab', false],
  ['*a**b*', 'xaxbx', true],
];
for (const [pattern, name, want] of cases) {
  t.test(`${pattern} ${want ? 'accepts' : 'refuses'} '${name}'`, async (t) => { t.equal(matcher(pattern)(name), want); });
}

t.test('only a star is a wildcard', async (t) => {
  t.ok(hasWildcard('a*'));
  t.notOk(hasWildcard('a?[b]'));
});

t.test('a name of a million letters, and a pattern of thousands of stars', async (t) => {
  const name = 'a'.repeat(1_000_000);
  t.equal(matcher('*a*a*a*a*a*b')(name), false);
  t.equal(matcher('*a*a*a*a*a*')(name), true);
  t.equal(matcher('*'.repeat(5000))(name), true);
  t.equal(matcher(`${'*a'.repeat(5000)}*b`)(name), false);
});

const several: [pattern: string, name: string, want: boolean][] = [
  ['a|b', 'a', true],
  ['a|b', 'b', true],
  ['a|b', 'a|b', false],
  ['a|b', 'ab', false],
  ['a|b*|c', 'bc', true],
  ['a|b*|c', 'ab', false],
  ['a|', '', true],
  ['a*', 'ab', true],
];
for (const [pattern, name, want] of several) {
  t.test(`${pattern} ${want ? 'has' : 'has not'} '${name}'`, async (t) => { t.equal(alternatives(pattern)(name), want); });
}

t.test('what is for several', async (t) => {
  t.same(['a', 'a*', 'a|b', '|'].map(isForSeveral), [false, true, true, true]);
  t.equal(shortPattern('a|b'), 'a|b');
  t.equal(shortPattern('a|'.repeat(50)), `${'a|'.repeat(30)}...`);
});
