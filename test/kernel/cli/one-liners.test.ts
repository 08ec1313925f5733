// The worked examples of the language reference (appendix A) on the running kernel: exact standard output.

import t from 'tap';
import { runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

interface Case {
  readonly program: string;
  readonly parameters?: readonly string[];
  readonly json?: boolean;
  /** all of stdout but the two newlines before the maps, see `maps` */
  readonly printed?: string;
  readonly maps?: string;
  readonly status?: number;
}

const cases: readonly Case[] = [
  { program: 'begin { $x = 7; $y = $x--; printf("%d %d\\n", $x, $y); }', printed: '6 7\n' },
  { program: 'begin { print((1, "ab", (true, -3))); }', printed: '(1, ab, (true, -3))\n' },
  { program: 'begin { @m["b"] = 2; @m["a"] = 9; }', maps: '@m[b]: 2\n@m[a]: 9\n' },
  { program: 'begin { @s["b"] = "x"; @s["a"] = "y"; }', maps: '@s[a]: y\n@s[b]: x\n' },
  { program: 'begin { @c[1, "k"] = count(); }', maps: '@c[1, k]: 1\n' },
  { program: 'begin { @c[1, "k"] = count(); }', json: true, printed: '{"type": "map", "data": {"@c": {"1,k": 1}}}\n' },
  { program: 'begin { printf("%5d|%-5d|%05d|%x|%#x\\n", 42, 42, 42, 255, 255); }', printed: '   42|42   |00042|ff|0xff\n' },
  { program: 'begin { printf("%d %lld\\n", 4294967297, 4294967297); }', printed: '1 4294967297\n' },
  { program: 'begin { printf("%s %d\\n", true, true); print(false); }', printed: 'true 1\nfalse\n' },
  { program: 'begin { $r = (b=2, a="x"); print($r); print($r.a); }', printed: '{ .b = 2, .a = x }\nx\n' },
  { program: 'begin { for ($i : 0..3) { @[$i] = $i * 10; } }', maps: '@[0]: 0\n@[1]: 10\n@[2]: 20\n' },
  { program: 'begin { $s = str($1); printf("%s %d %d\\n", $s, strlen($s), $#); }', parameters: ['hello'], printed: 'hello 5 1\n' },
  { program: 'enum c { RED = 1, BLUE }; begin { @ = BLUE; printf("%s %d\\n", RED, RED); }', printed: 'RED 1\n', maps: '@: BLUE\n' },
  { program: 'begin { @a = avg(3); @a = avg(4); @s = stats(3); @s = stats(4); }', maps: '@a: 3\n@s: { .count = 2, .average = 3, .total = 7 }\n' },
  { program: 'begin { @[1] = 5; @[2] = 50; @[3] = 500; print(@, 2, 10); clear(@); }', printed: '@[2]: 5\n@[3]: 50\n' },
  { program: 'begin { $x = 0; print($x ?: 5); print(sizeof(uint32*[10])); }', printed: '5\n80\n' },
  { program: 'macro add($v, n) { $v += n; $v } begin { $x = 1; print(add($x, 2)); print($x); }', printed: '3\n3\n' },
  { program: 'begin { exit(3); } end { printf("bye\\n"); }', printed: 'bye\n', status: 3 },
  { program: 'begin { @x = 1; @x += 41; print(@x); clear(@x); }', printed: '@x: 42\n' },
  { program: 'begin { @ = lhist(3, 0, 10, 1); }', maps: `@:\n[3]                    1 |${'@'.repeat(52)}|\n\n` },
  {
    program: 'begin { @ = hist(1500); @ = hist(-1); }',
    maps: [
      '@:',
      `(..., 0)               1 |${'@'.repeat(52)}|`,
      ...['[0]', '[1]', '[2, 4)', '[4, 8)', '[8, 16)', '[16, 32)', '[32, 64)', '[64, 128)', '[128, 256)', '[256, 512)', '[512, 1K)'].map((label) => `${label.padEnd(16)}       0 |${' '.repeat(52)}|`),
      `[1K, 2K)               1 |${'@'.repeat(52)}|`, '', '',
    ].join('\n'),
  },
  { program: 'begin { print("abc"[1]); print("abc" + 1); }', printed: '98\nbc\n' },
  { program: 'begin { print(1m); print(0x10 + 010); print(2e3); print(1_000); }', printed: '60000000000\n24\n2000\n1000\n' },
  { program: 'begin { let $x : uint16 = 65535; $x++; print($x); }', printed: '0\n' },
  { program: 'begin { @a[1] = 1; print(has_key(@a, 1)); print(delete(@a, 1)); print(delete(@a, 1)); }', printed: 'true\ntrue\nfalse\n' },
];

/** An emulated guest starts two a second: there a selection, with every kind of map, loops, strings and statuses. */
const selected = process.env['TBPF_GUEST'] ? cases.filter((_, i) => [0, 2, 4, 10, 11, 13, 17, 20, 24].includes(i)) : cases;

t.test('appendix A', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  for (const { program, parameters = [], json, printed = '', maps = '', status = 0 } of selected) {
    await t.test(`${json ? 'JSON: ' : ''}${program}`, async (t) => {
      const ended = await runCommand(['-q', ...(json ? ['-f', 'json'] : []), '-e', program, ...parameters]);
      t.equal(ended.stdout, printed + (json ? '' : `\n\n${maps}`));
      t.equal(ended.stderr, '');
      t.equal(ended.status, status);
    });
  }
});

t.test('a parameter that was not given', async (t) => {
  if (!needs(t, 'root')) return;
  const { stdout, status } = await runCommand(['-q', '-e', 'begin { if ($1 == 0) { printf("none\\n"); } }']);
  t.match(stdout, /^stdin:1:\d+-\d+: WARNING: Positional parameter \$1 is empty or not provided\. \n[^]*\nnone\n\n\n$/);
  t.equal(status, 0);
});
