// Failures of helpers and of the script, wherever they happen: each place says its own and counts all of them.

import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';

/** Calls that fail until a map has room, by the block that they stand in; `fails` is the number of failures. */
const places: readonly { readonly title: string; readonly script: string; readonly fails: number }[] = [
  { title: 'in a program', script: 'begin { @full[1] = 1; @full[2] = 2; @full[3] = 3; exit(); }', fails: 2 },
  { title: 'in a loop', script: 'begin { for ($i : 0..10) { @full[$i] = 1; } exit(); }', fails: 9 },
  { title: 'in a function', script: 'fn f($k: uint64): uint64 { @full[$k] = 1; return 1; } begin { $n = f(1) + f(2) + f(3); printf("%d\\n", $n); exit(); }', fails: 2 },
  { title: 'in a loop of a function', script: 'fn f($k: uint64): uint64 { for ($i : 0..4) { @full[$i + $k] = 1; } return 1; } begin { $n = f(1) + f(9); printf("%d\\n", $n); exit(); }', fails: 7 },
  {
    title: 'in a program that has no stack to spare', fails: 2,
    script: `begin { ${Array.from({ length: 40 }, (_, i) => `$a${i} = (${i}, "a text of twenty bytes"); @[$a${i}] = nsecs;`).join(' ')} @full[1] = 1; @full[2] = 2; @full[3] = 3; ${Array.from({ length: 40 }, (_, i) => `print($a${i}.0);`).join(' ')} exit(); }`,
  },
];

for (const { title, script, fails } of places) {
  t.test(`a map that is full ${title}`, async (t) => {
    if (!needs(t, 'root')) return;
    const { stdout, stderr, status } = await runLive(`let @full = hash(1);\n${script}\nend { clear(@full); }`);
    t.equal(status, 0, stderr);
    t.notMatch(stdout, /@full/);
    t.equal(failures(stderr), fails, stderr);
  });
}

t.test('two kinds of failures in one block, each at its place', async (t) => {
  if (!needs(t, 'root')) return;
  const { stdout, stderr } = await runLive('let @full = hash(1);\nbegin { @full[1] = 1;\n$t = ("a", "bc");\n$x = $t.1[pid + 9];\n@full[2] = 2;\n$y = $t.0[pid + 9]; exit(); }\nend { clear(@full); }');
  t.match(stdout, /^\s*$/);
  t.strictSame([...stderr.matchAll(/^stdin:(\d):[^ ]* WARNING/gm)].map(([, line]) => line), ['4', '5', '6'], stderr);
});

t.test('a long block costs the verifier so much for each', async (t) => {
  if (!needs(t, 'root')) return;
  const perStatement = verified(200) / 200;
  t.ok(perStatement < 32, `${perStatement} instructions`);
});

/** Failures that were told: a line, or a number of them. */
function failures(stderr: string): number {
  const more = [...stderr.matchAll(/… and (\d+) more time/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  return (stderr.match(/Map full/g) ?? []).length + more;
}

/** Instructions that the verifier looked at. */
function verified(statements: number): number {
  const script = `begin { ${Array.from({ length: statements }, (_, i) => `@values${i % 10}[pid] = ${i};`).join(' ')} }`;
  const { output } = compile(new Source('long.bt', script), runningMachine(), {});
  const object = loadNative().openObject(output!.elf);
  try {
    object.load();
    return object.programs[0]!.info().verifiedInsns;
  } finally {
    object.close();
  }
}
