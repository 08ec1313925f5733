// Programs that share a script print what they print alone.

import t from 'tap';
import { runInSim } from '../helpers/sim-session.js';
import { joinPrograms, splitOutput } from './batch.js';
import type { Difference } from './differences.js';
import { explain } from './explain.js';
import { families } from './families/index.js';
import { languageRows } from './language-rows.js';
import type { DifferentialProgram, Format } from './program.js';

const bodies: readonly string[] = ['$x = 1; @m[$x] = "a $x @m"; print(@m)', 'printf("no newline")', '@m = hist(5); @[1] = 2', '$x = "s"; print($x); // $x @m', '@ = 3; if (@ > 2) { print(@) }', ''];

function programs(format: Format): DifferentialProgram[] {
  return bodies.map((body, index) => ({ name: String(index), body, format, mayBeRefused: false }));
}

for (const format of ['text', 'json'] as const) {
  t.test(format, async (t) => {
    const all = programs(format);
    const together = runInSim(joinPrograms(all).script, { format });
    t.equal(together.stderr, '');
    const parts = splitOutput(together.stdout, all.length, format)!;
    for (const [index, program] of all.entries()) {
      const alone = splitOutput(runInSim(joinPrograms([program]).script, { format }).stdout, 1, format)!;
      t.equal(parts[index], alone[0], program.body);
    }
  });
}

t.test('what a program prints is its own', async (t) => {
  const stdout = '\n==> 0\none\n==> 1\n@d1_m: 4\n\n==> end\n\n\n@d0_a: 1\n@d1_h:\n[1] 2\n\n@d1_m: 4\n';
  t.same(splitOutput(stdout, 2, 'text'), ['one\n\n@a: 1\n', '@m: 4\n\n\n@h:\n[1] 2\n\n@m: 4\n']);
  t.equal(splitOutput('\n==> 0\none\n', 2, 'text'), undefined, 'the run broke off');
});

t.test('the program of a line', async (t) => {
  const [first, second] = programs('text');
  const batch = joinPrograms([{ ...first!, body: '$a = 1;\n$b = 2' }, second!]);
  const lines = batch.script.split('\n');
  t.equal(batch.programOfLine(lines.indexOf('$b_0 = 2;') + 1)?.body, '$a = 1;\n$b = 2');
  t.equal(batch.programOfLine(lines.indexOf('printf("no newline");') + 1), second);
  t.equal(batch.programOfLine(1), undefined);
});

t.test('programs have names of their own, 600 at least', async (t) => {
  const all = [...families, ...languageRows().programs];
  t.equal(new Set(all.map(({ name }) => name)).size, all.length);
  t.ok(all.filter(({ mayBeRefused }) => !mayBeRefused).length >= 600);
});

t.test('why outputs differ', async (t) => {
  const known: Difference[] = [
    { since: '1', what: 'rewritten', rewrite: (text) => text.replaceAll('old', 'new') },
    { since: '1', what: 'ignored', ignore: /^\n/gm },
    { since: '1', what: 'JSON only', format: 'json', rewrite: (text) => text.toUpperCase() },
    { since: '1', what: 'by name', programs: /^named$/ },
  ];
  const rows: [title: string, name: string, old: string, now: string, want: string[]][] = [
    ['rewritten', 'any', 'old', 'new', ['rewritten']],
    ['what is ignored stands in theirs', 'any', 'a\n\n', 'a\n', ['ignored']],
    ['what is ignored stands in ours only', 'any', 'a\n', 'a\n\n', ['ignored']],
    ['both', 'any', 'old\n', '\nnew\n', ['rewritten', 'ignored']],
    ['a rewriting of the other format', 'any', 'a', 'A', []],
    ['the name of the program', 'named', 'a', 'b', ['by name']],
    ['a fault', 'any', 'a', 'b', []],
  ];
  for (const [title, name, old, now, want] of rows) t.same(explain({ name, format: 'text' }, old, now, known).map(({ what }) => what), want, title);
});
