// bpf`…${value}…`: a value is a literal, whatever it holds. Scripts with hostile values parse to the tree that they have with harmless ones, and what
// stands in the places of the values are the values.

import t from 'tap';
import { parse } from '../../../lib/compiler/parse/index.js';
import { bpf } from '../../../lib/api/script-text.js';
import { Source } from '../../../lib/model/source/source.js';
import { dice } from '../../helpers/dice.js';

type Given = string | number | bigint | boolean;
type Template = (...values: Given[]) => { readonly text: string };

/** Holes where an expression may stand, for values of any kind. */
const templates: Readonly<Record<string, Template>> = {
  call: (a, b) => bpf`begin { printf("%s %d\n", ${a}, ${b}); }`,
  predicate: (a, b) => bpf`tracepoint:sched:sched_switch /comm == ${a} && pid != ${b}/ { exit(); }`,
  key: (a, b) => bpf`begin { @m[${a}] = ${b}; }`,
  'behind strings and comments': (a, b) => bpf`/* " */ // '"
begin { print("/*\"//"); /* } */ print(${a}); // "
  print(${b}); }`,
  record: (a, b) => bpf`begin { emit("e", (x = ${a}, y = ${b})); }`,
  ternary: (a, b) => bpf`begin { $x = pid ? ${a} : ${b}; }`,
  'nothing between': (a, b) => bpf`begin{print(${a});print(${b})}`,
  macro: (a, b) => bpf`macro m() { ${a} } begin { print(m()); print(${b}); }`,
};
/** The first hole is a part of an attach point: a file. */
const places: Readonly<Record<string, Template>> = {
  file: (a, b) => bpf`uprobe:${a}:main { print(${b}); }`,
  'several files': (a, b) => bpf`BEGIN, uprobe:${a}:main, uprobe:${a}:exit /${b}/ { }`,
};

const pieces = [
  '"', '\\', '\\"', '"; } begin { system("id"); } //', "'", '`', '${', '}', '{', '/*', '*/', '//', '\n', '\r', '\t', '\x1b[2J', '\x7f', '\x80', '%s', '%n', '\\n', '\\x41', '\\101', '7', '0', ' ', 'a',
  'ä', '漢', '\u{1f600}', '\udcff', '\udc80', '\u2028', '\ufeff', '$1', '@m', ':', ',', '/', '#define x y\n', '#!', 'exit()', '") ; system("',
];

const random = dice(1);
const text = (): string => Array.from({ length: random.below(8) }, () => random.one(pieces)).join('');
const other = (): Given => random.one<() => Given>([
  () => random.below(1000) - 500, () => BigInt(random.below(2 ** 31)) ** 2n, () => -(2n ** 63n), () => 2n ** 64n - 1n, () => random.below(2) === 0, text,
])();

interface Read { readonly shape: string; readonly literals: readonly (string | bigint | boolean)[] }

/** A script as a tree without spans and without its literals, and the literals in their order. */
function read(script: string): Read | undefined {
  const problems: string[] = [];
  const tree = parse(new Source('script', script), ({ message }) => problems.push(message));
  if (tree === undefined || problems.length > 0) return undefined;
  const literals: (string | bigint | boolean)[] = [];
  const shape = JSON.stringify(tree, function (this: Record<string, unknown>, key, value: unknown) {
    if (/span$/i.test(key) || key === 'raw' || key === 'suffix') return undefined;
    const { kind } = this;
    if ((key === 'value' && (kind === 'string' || kind === 'integer' || kind === 'bool')) || (kind === 'attach-point' && key === 'parts')) {
      literals.push(...(Array.isArray(value) ? value as string[] : [value as string | bigint | boolean]));
      return null;
    }
    return value;
  });
  return { shape, literals };
}

/** A harmless value of the same kind. */
function harmless(value: Given): Given {
  if (typeof value === 'string') return 'x';
  return typeof value === 'boolean' ? value : value < 0 ? -7 : 7;
}

/** As it is in the tree: a sign is an operator. */
function asLiteral(value: Given): string | bigint | boolean {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return value < 0 ? -BigInt(value) : BigInt(value);
}

for (const [title, template] of Object.entries({ ...templates, ...places })) {
  t.test(title, async (t) => {
    for (let i = 0; i < 400; i++) {
      // an attach point knows no escapes but of quotes and backslashes
      const first = title in places ? text().replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '') : other();
      const values = [first, other()] as const;
      const { text: script } = template(...values);
      const found = read(script);
      const plain = read(template(harmless(first), harmless(values[1])).text);
      if (found === undefined || plain === undefined) {
        t.fail(`does not parse: ${script}`);
        continue;
      }
      if (found.shape !== plain.shape) t.equal(found.shape, plain.shape, script);
      const missing = values.map(asLiteral).filter((value) => !found.literals.includes(value));
      if (missing.length > 0) t.same(found.literals, values.map(asLiteral), script);
    }
    t.pass('400 scripts with values');
  });
}

t.test('what cannot be a literal is refused', async (t) => {
  const refused: readonly (readonly [name: string, make: () => unknown, code: string, message: RegExp])[] = [
    ['inside of a string', () => bpf`begin { print("${'x'}"); }`, 'ERR_OPTION_VALUE', /value 1 .* inside of a string/],
    ['inside of a comment', () => bpf`begin { /* ${1} */ }`, 'ERR_OPTION_VALUE', /inside of a comment/],
    ['inside of a comment to the end of the line', () => bpf`begin { } // ${true}`, 'ERR_OPTION_VALUE', /inside of a comment/],
    ['a string that a value before has not closed', () => bpf`begin { print(${'"'}); print("${'x'}"); }`, 'ERR_OPTION_VALUE', /value 2 .* inside of a string/],
    ['NUL', () => bpf`begin { print(${'a\0b'}); }`, 'ERR_OPTION_VALUE', /NUL/],
    ['a fraction', () => bpf`begin { print(${1.5}); }`, 'ERR_OPTION_TYPE', /1\.5/],
    ['no number', () => bpf`begin { print(${NaN}); }`, 'ERR_OPTION_TYPE', /NaN/],
    ['a number that a double holds inexactly', () => bpf`begin { print(${2 ** 53}); }`, 'ERR_OPTION_TYPE', /9007199254740992/],
    ['65 bits', () => bpf`begin { print(${2n ** 64n}); }`, 'ERR_OPTION_TYPE', /64 bits/],
    ['an object', () => bpf`begin { print(${{} as unknown as string}); }`, 'ERR_OPTION_TYPE', /object/],
    ['undefined', () => bpf`begin { print(${undefined as unknown as string}); }`, 'ERR_OPTION_TYPE', /undefined/],
    ['a script', () => bpf`begin { print(${bpf`1` as unknown as string}); }`, 'ERR_OPTION_TYPE', /value 1/],
  ];
  for (const [name, make, code, message] of refused) t.throws(make, { code, message }, name);
});

const rows: [title: string, text: string, want: string][] = [
  ['numbers', bpf`${1} ${-1} ${0xffff_ffff_ffff_ffffn}`.text, '1 (-1) 18446744073709551615'],
  ['truth', bpf`${true} ${false}`.text, 'true false'],
  ['escapes of the script stay as they are written', bpf`printf("\n", ${1})`.text, 'printf("\\n", 1)'],
  ['a string before, a comment before', bpf`"a\"b" /* " */ ${'x'} // "
${'y'}`.text, '"a\\"b" /* " */ "x" // "\n"y"'],
  ['a digit behind an escape', bpf`${'\x017'}`.text, '"\\0017"'],
  ['half of a character', bpf`${'\ud800'}`.text, '"\\357\\277\\275"'],
];
for (const [title, text, want] of rows) t.test(title, async (t) => t.equal(text, want));
