// Maps: keys, values, functions of maps, histograms; what is printed at the end and by print.

import { family, product, type DifferentialProgram, type Format } from '../program.js';

const keys = [['1'], ['-1', '1', '0'], ['4294967296', '7'], ['"a"'], ['"b"', '"a"', '"ab"'], ['1, 2'], ['2, 1', '1, 2', '1, 1'], ['1, "x"'], ['"x", 2', '"a", 9'], ['1, 2, 3'], ['"a", "b", "c"', '"a", "a", "z"'], ['1, -1, "neg"'], ['(uint8)200'], ['"with space"'], ['""', '"x"']];
const plain = product(keys, ['number', 'text', 'same', 'tuple']).map(([list, kind]) => {
  const value = (at: number): string => ({ number: String((at + 3) * 7 % 10 + at), text: `"v${at}"`, same: String(5 + at), tuple: `(${at}, "t")` })[kind]!;
  return [`${kind} by ${list.join(' | ')}`, list.map((key, at) => `@m[${key}] = ${value(at)}`).join('; ')] as const;
});

const scalars = ['0', '5', '-5', '4294967296', '"text"', '""', '(1, 2)', '(1, "x", (2, 3))', '(uint8)255', '(int8)255'].map((value) => [value, `@s = ${value}; print(@s)`] as const);

const functions = ['count()', 'sum(%)', 'sum(-%)', 'min(%)', 'max(%)', 'min(-%)', 'max(-%)', 'avg(%)', 'avg(-%)', 'stats(%)'];
const lists = [['5'], ['1', '2', '4'], ['9', '3', '7', '3'], ['0', '0'], ['4294967296', '1']];
const call = (text: string, n: string): string => text.replace('%', n);
const aggregates = product(functions, lists).flatMap(([text, list]) => [
  [`@ = ${text} of ${list.join(' ')}`, list.map((n) => `@ = ${call(text, n)}`).join('; ')] as const,
  // elements of the same value have no order: two zeros, two counts of 1
  ...(list[0] === '0' || (text === 'count()' && list.length === 2) ? [] : [[`@[k] = ${text} of ${list.join(' ')}`, list.map((n, at) => `@[${at === 0 ? 0 : 3}] = ${call(text, n)}; @k["k", ${at}] = ${at}`).join('; ')] as const]),
]);

const printed = product(['@m', '@m, 2', '@m, 1', '@m, 10', '@m, 2, 10', '@m, 0, 3'], ['count', 'number', 'sum', 'text', 'avg']).map(([what, kind]) => {
  const fill = ({
    count: '@m[1] = count(); @m[2] = count(); @m[2] = count(); @m[3] = count(); @m[3] = count(); @m[3] = count()', number: '@m["a"] = 50; @m["b"] = 7; @m["c"] = 1000',
    sum: '@m[1] = sum(50); @m[2] = sum(10); @m[3] = sum(70)', text: '@m[3] = "x"; @m[1] = "z"; @m[2] = "y"', avg: '@m[1] = avg(50); @m[1] = avg(10); @m[2] = avg(20); @m[3] = avg(99)',
  })[kind]!;
  return [`print(${what}) ${kind}`, `${fill}; print(${what})`] as const;
});

const emptied = product(['clear(@m)', 'zero(@m)', 'clear(@m); print(@m)', 'zero(@m); print(@m)'], ['@m[1] = 5', '@m = 7', '@m[1] = count()', '@m[1] = sum(4)', '@m["a"] = "text"', '@m = hist(5)', '@m[1] = hist(5)', '@m = stats(3)', '@m = avg(3)'])
  .map(([after, fill]) => [`${fill}; ${after}`, `${fill}; ${after}`] as const);

const deleted = ['@m[1] = 5; delete(@m[1])', '@m[1] = 5; @m[2] = 6; delete(@m[1])', '@m["a", 1] = 5; @m["b", 1] = 6; delete(@m["a", 1])', '@m[1] = count(); @m[2] = count(); delete(@m[2])', '@m = 5; delete(@m)', '@m[1] = 5; delete(@m[2])', '@m[1] = "x"; delete(@m[1]); @m[1] = "y"']
  .map((body) => [body, body] as const);

const numbers = [['1'], ['0'], ['-1'], ['0', '1', '2', '3', '4'], ['5', '5', '6', '100'], ['1000', '1023', '1024', '1025', '2048'], ['1', '1000000'], ['65536', '70000', '1048576'], ['1073741824', '1099511627776'], ['-5', '0', '5'], ['7', '7', '7', '7', '8', '16', '17', '31', '32']];
const histograms = product(['hist(%)', 'lhist(%, 0, 100, 10)', 'lhist(%, 0, 10, 1)', 'lhist(%, 0, 10000, 1000)', 'lhist(%, 2, 8, 2)', 'lhist(%, 0, 8192, 1024)'], numbers).flatMap(([text, list]) => [
  [`@ = ${text} of ${list.join(' ')}`, list.map((n) => `@ = ${call(text, n)}`).join('; ')] as const,
  ...(text === 'hist(%)' || list.length === 5 ? [
    [`@[k] = ${text} of ${list.join(' ')}`, `${list.map((n, at) => `@["${'abc'[at % 3]}"] = ${call(text, n)}`).join('; ')}; print(@, 1)`] as const,
    [`@[k, n] = ${text} of ${list.join(' ')}, printed divided`, `${list.map((n, at) => `@["x", ${at > 0 ? 1 : 0}] = ${call(text, n)}`).join('; ')}; print(@, 2, 2); clear(@)`] as const,
  ] : []),
]);

const bars = [1, 2, 3, 7, 13, 26, 51].map((count) => [`${count} of 52`, `$i = 0; while ($i < 52) { @h = hist(3); $i++ } $j = 0; while ($j < ${count}) { @h = hist(9); @l = lhist($j, 0, 60, 5); $j++ }`] as const);

export function maps(format: Format): DifferentialProgram[] {
  const prefix = format === 'json' ? 'json ' : '';
  return [
    ...family(`${prefix}map`, plain, format), ...family(`${prefix}scalar`, scalars, format), ...family(`${prefix}aggregate`, aggregates, format), ...family(`${prefix}print map`, printed, format),
    ...family(`${prefix}emptied`, emptied, format), ...family(`${prefix}delete`, deleted, format), ...family(`${prefix}histogram`, histograms, format), ...family(`${prefix}bars`, bars, format),
  ];
}
