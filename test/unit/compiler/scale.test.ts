// Long programs: what a statement costs does not depend on how many there are.
//
//   facts  each of these once took minutes, a heap without end, or the stack of JavaScript

import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { FixtureTarget } from '../../helpers/fixture-target.js';

const repeated = (count: number, one: (index: number) => string, between = ' '): string => Array.from({ length: count }, (_, i) => one(i)).join(between);

const rows: [title: string, script: string][] = [
  ['many stack slots', 'begin { unroll(100) { unroll(20) { @x++; } } }'],
  ['a variable behind many joins', 'begin { $x = (uint64)pid; unroll(100) { unroll(60) { if (cpu == 3) { $y = cpu; } } } @y = $x; }'],
  ['a chain of values', 'begin { $x = (uint64)0; unroll(100) { unroll(100) { $x = $x + pid; } } @y = $x; }'],
  ['keys with padding, and keys that helpers fill', 'begin { unroll(100) { unroll(4) { @m[comm, pid] = 1 / cpu; } } }'],
  ['more code than a jump passes over', `begin { ${repeated(900, (i) => `@a[${i}] = ${i};`)} }`],
  ['as many else as there may be', `begin { ${repeated(900, (i) => `if (pid == ${i}) { @x = ${i}; }`, ' else ')} }`],
  ['300 strings as values', `begin { if (pid > 1) { ${repeated(300, (i) => `@m[${i}] = str($1 + ${i});`)} } }`],
  ['300 strings, each or another', `begin { if (pid > 1) { ${repeated(300, (i) => `$s${i} = ${i} == pid ? str($1 + ${i}) : "abc";`)} } }`],
  ['a slot that is alive among many others', 'begin { @m[1] = cpu; unroll(100) { unroll(10) { @m[2] = cpu; } } @m[1] = cpu; }'],
];

for (const [title, script] of rows) {
  t.test(title, async (t) => {
    const { output, diagnostics } = compile(new Source('stdin', script), new FixtureTarget());
    t.same(diagnostics.filter(({ severity }) => severity === 'error'), []);
    t.ok(output);
  });
}

t.test('many events', async (t) => {
  const script = (count: number): string => Array.from({ length: count / 100 }, (_, probe) => `interval:s:${probe + 1} { ${Array.from({ length: 100 }, (_, i) => `printf("${probe} ${i}\\n");`).join(' ')} }`).join('\n');
  const { output } = compile(new Source('stdin', script(2000)), new FixtureTarget());
  t.equal(output?.manifest.events.length, 2000);
});
