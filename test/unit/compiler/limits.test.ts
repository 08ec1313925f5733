// How much a script may hold: what is too much is refused at once, with one message that names the limit; up to there time grows with the length.

import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { parse } from '../../../lib/compiler/parse/index.js';
import { Source } from '../../../lib/model/source/source.js';
import { FixtureTarget } from '../../helpers/fixture-target.js';

const repeated = (count: number, one: (index: number) => string, between = ' '): string => Array.from({ length: count }, (_, i) => one(i)).join(between);
const nested = (count: number): string => repeated(count, (i) => `struct s${i + 1} { struct s${i} inner; };`, '\n');

// ---- more than there is room for ---------------------------------------------------------------------------------

const refused: [title: string, script: string, message: RegExp][] = [
  ['100,000 statements', `begin { ${repeated(100_000, () => '@x++;')} }`, /^syntax: the script is too long: it has more than 250000 words$/],
  ['100,000 probes', repeated(100_000, (i) => `interval:s:${i + 1} { @x++; }`, '\n'), /^syntax: the script is too long: it has more than 250000 words$/],
  ['10,000 else if', `begin { ${repeated(10_000, (i) => `if (pid == ${i}) { @x = ${i}; }`, ' else ')} }`, /^syntax: nested too deeply: more than 1000 levels/],
  ['10,000 ? :', `begin { @x = ${repeated(10_000, (i) => `pid == ${i} ? ${i} :`)} 0; }`, /^syntax: nested too deeply: more than 1000 levels/],
  ['10,000 blocks in each other', `begin { ${'if (pid) { '.repeat(10_000)} ${'}'.repeat(10_000)} }`, /^syntax: nested too deeply: more than 1000 levels/],
  ['5,000 maps', `begin { ${repeated(5000, (i) => `@m${i} = 1;`)} }`, /^The probe names 5000 maps, tbpf looks at 256 at most/],
  ['1,000 histograms', `begin { ${repeated(1000, (i) => `@m${i} = hist(1);`)} }`, /^The probe names 1000 maps, tbpf looks at 256 at most/],
  ['a tuple of 20,000 elements', `begin { $x = (${repeated(20_000, String, ', ')}); print($x); }`, /^The value is too large: a program handles values of at most 131072 bytes and 4096 parts$/],
  ['a record of 20,000 fields', `begin { $x = (${repeated(20_000, (i) => `f${i}=${i}`, ', ')}); print($x.f1); }`, /^The value is too large: a program handles values of at most 131072 bytes and 4096 parts$/],
  ['10,000 structs in each other', `struct s0 { int x; };\n${nested(10_000)}\nbegin { print(sizeof(struct s10000)); }`, /^C definition: types are nested more than 64 levels deep$/],
];

for (const [title, script, message] of refused) {
  t.test(title, async (t) => {
    const { diagnostics } = compile(new Source('stdin', script), new FixtureTarget());
    t.match(diagnostics.map((d) => d.message), [message], 'the limit is named, once');
  });
}

// ---- linear time -------------------------------------------------------------------------------------------------

/** Processor time is measured; eight times the work takes 64 times as long where the time grows with the square. */
const TIMES = 8;
const MOST_GROWTH = 30;

const growing: [title: string, count: number, script: (count: number) => string, what: 'parse' | 'compile'][] = [
  ['reading statements', 2500, (n) => `begin { ${repeated(n, () => '@x++;')} }`, 'parse'],
  ['reading probes and map declarations', 1000, (n) => repeated(n, (i) => `let @m${i} = hash(1);\nbegin { @m${i}[1] = 1; }`, '\n'), 'parse'],
  ['reading elements', 4000, (n) => `begin { $x = (${repeated(n, String, ', ')}); }`, 'parse'],
  ['reading C definitions', 2500, (n) => `${repeated(n, (i) => `#define D${i} ${i}`, '\n')}\nbegin { }`, 'parse'],
  ['compiling statements', 150, (n) => `begin { ${repeated(n, () => '@x++;')} }`, 'compile'],
  ['compiling events', 100, (n) => `begin { ${repeated(n, (i) => `printf("${i} %d\\n", pid);`)} }`, 'compile'],
  ['compiling map elements', 60, (n) => `begin { ${repeated(n, (i) => `@[pid, ${i}] = cpu;`)} }`, 'compile'],
  ['compiling conditions', 120, (n) => `begin { ${repeated(n, (i) => `if (pid == ${i}) { @x = ${i}; }`)} }`, 'compile'],
];

for (const [title, count, script, what] of growing) {
  t.test(`${title} takes time that grows with their number`, async (t) => {
    const time = (n: number): number => {
      const source = new Source('stdin', script(n));
      const before = process.cpuUsage();
      if (what === 'parse') t.ok(parse(source, (d) => t.fail(d.message)));
      else t.ok(compile(source, new FixtureTarget()).output);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const best = (n: number, runs: number): number => Math.min(...Array.from({ length: runs }, () => time(n)));
    const few = best(count, 3);
    const many = best(count * TIMES, 1);
    t.ok(many < few * MOST_GROWTH, `${(few / 1000).toFixed()} ms, ${TIMES} times as many: ${(many / 1000).toFixed()} ms`);
  });
}
