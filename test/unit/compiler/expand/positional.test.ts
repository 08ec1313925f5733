// Positional parameters in expressions and attach points.

import t from 'tap';
import { headlines, run, statements } from './helper.js';

const parameters = ['12', 'abc', '0x10', '-5', '0b11', '2m', '', 'kprobe:f', '007x'];
const cases: [source: string, want: string][] = [
  ['$x = $1', '$x = 12;'],
  ['$x = $1 + $3', '$x = 28;'],
  ['$x = $2', '$x = "abc";'],
  ['$x = $4', '$x = -5;'],
  ['$x = $5', '$x = 3;'],
  ['$x = $6', '$x = 120000000000;'],
  ['$x = $9', '$x = "007x";'],
  ['$x = $#', '$x = 9;'],
  ['$x = str($1)', '$x = "12";'],
  ['$x = str($3)', '$x = "0x10";'],
  ['$x = str($2 + 1)', '$x = "bc";'],
  ['$x = str($3 + 1 + 1)', '$x = "10";'],
  ['$x = str($1, 2)', '$x = "1";'],
  ['$x = str($y, $1)', '$x = str($y, 12);'],
  ['unroll ($5) { }', 'unroll (3) { }'],
];
for (const [source, want] of cases) t.equal(statements(source, { parameters }), want, source);

t.match(run('begin { $x = $1; }', { parameters }).expanded?.tree.items[0], { body: { statements: [{ value: { kind: 'integer', positional: 1 } }] } }, 'a number remembers which parameter it was');

t.same(headlines('begin { $x = $7; }', { parameters }), ['stdin:1:14-16: WARNING: Positional parameter $7 is empty or not provided. ']);
t.same(headlines('begin { $x = $2; }', { parameters: ['1'] }), ['stdin:1:14-16: WARNING: Positional parameter $2 is empty or not provided. ']);
t.match(statements('$x = $2; $y = str($2)', { parameters: [] }), /^\$x = 0; \$y = "";/);

const points: [attachPoint: string, want: unknown][] = [
  ['i:ms:$1', { parts: ['i', 'ms', '12'] }],
  ['$8', { parts: ['kprobe', 'f'] }],
  ['uprobe:/bin/$2:x$1', { parts: ['uprobe', '/bin/abc', 'x12'] }],
  ['uprobe:"/bin/$2":f', { parts: ['uprobe', '/bin/$2', 'f'] }],
  ['name=i:ms:$1', { label: 'name', parts: ['i', 'ms', '12'] }],
  ['uprobe:/a@$2.c:$1', { parts: ['uprobe', '/a'], location: ['abc.c', '12'] }],
  ['uprobe:/a:f$x', { parts: ['uprobe', '/a', 'f$x'] }],
];
for (const [text, want] of points) {
  const item = run(`${text} { }`, { parameters }).expanded?.tree.items[0];
  t.match(item?.kind === 'probe' ? item.attachPoints[0] : undefined, want as object, text);
}
t.same(headlines('kprobe:$1x { }', { parameters }), [
  'stdin:1:1-11: ERROR: invalid trailing character for positional param: x. Try quoting this entire part if this is intentional e.g. "$1x".',
]);
