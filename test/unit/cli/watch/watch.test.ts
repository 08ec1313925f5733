// The tables and the frame of --watch (language.md 8.10) without a terminal: numbers over time, what fits, what is cut.

import t from 'tap';
import type { Merged } from '../../../../lib/language/aggregate.js';
import type { MapEntry } from '../../../../lib/language/merged-map.js';
import { int64, string, type Type } from '../../../../lib/model/types/types.js';
import { MemorySink } from '../../../../lib/runtime/output/index.js';
import { bar, changeText, cut, padEnd, rateText, shape, widthOf } from '../../../../lib/cli/watch/cells.js';
import { frame, share, TableView, type Scene } from '../../../../lib/cli/watch/frame.js';
import { Lines } from '../../../../lib/cli/watch/lines.js';
import { sorted, Table } from '../../../../lib/cli/watch/table.js';
import { aggregate, mapOf, rendering } from '../../runtime/output/support.js';

const number = (value: bigint): Merged => ({ kind: 'number', value });
const stats = (count: bigint, total: bigint): Merged => ({ kind: 'stats', count, total, average: count === 0n ? 0n : total / count });
const histogram = (...buckets: readonly [bucket: number, count: bigint][]): Merged => ({ kind: 'histogram', buckets: new Map(buckets) });
const keyed = (...entries: readonly [key: string, merged: Merged][]): MapEntry[] => entries.map(([key, merged]) => ({ key, merged }));

/** Rows as `key value change rate` after readings one second apart. */
function history(type: Type, ...readings: readonly (readonly MapEntry[])[]): string[] {
  const table = new Table(mapOf('@', type, string(16), []).spec, 0);
  readings.forEach((entries, i) => table.update(mapOf('@', type, string(16), entries), (i + 1) * 1000));
  return table.reading.rows.map(({ entry, value, change, rate }) => `${entry.key as string} ${value} ${change} ${rate}`);
}

t.test('value, change and rate by kind of map', async (t) => {
  const count = aggregate('count', [], { signed: false });
  t.same(history(count, keyed(['a', number(5n)])), ['a 5 5 5'], 'the first reading is since the begin');
  t.same(history(count, keyed(['a', number(5n)]), keyed(['a', number(8n)], ['b', number(2n)])), ['a 8 3 3', 'b 2 2 2']);
  t.same(history(count, keyed(['a', number(5n)]), keyed(['a', number(2n)])), ['a 2 2 2'], 'a count that fell began anew');
  t.same(history(aggregate('sum'), keyed(['a', number(5n)]), keyed(['a', number(2n)])), ['a 2 -3 -3'], 'a sum of signed numbers may fall');
  t.same(history(int64, [{ key: 'a', value: 5n }], [{ key: 'a', value: 2n }]), ['a 2 -3 -3']);
  t.same(history(aggregate('max'), keyed(['a', number(5n)]), keyed(['a', number(9n)])), ['a 9 4 undefined'], 'a maximum has no rate');
  t.same(history(aggregate('avg'), keyed(['a', stats(2n, 10n)]), keyed(['a', stats(6n, 60n)])), ['a 10 5 4'], 'the rate is that of the values');
  t.same(history(aggregate('hist', [0n]), keyed(['a', histogram([3, 4n], [5, 1n])])), ['a 5 5 5']);
  t.same(history(string(16), [{ key: 'a', value: 'x' }]), ['a undefined undefined undefined']);
});

t.test('a longer time between readings: the rate is in a second', async (t) => {
  const type = aggregate('count', [], { signed: false });
  const table = new Table(mapOf('@', type, string(16), []).spec, 0);
  table.update(mapOf('@', type, string(16), keyed(['a', number(10n)])), 4000);
  t.equal(table.reading.rows[0]!.rate, 2.5);
  t.equal(table.reading.total, 10n);
  table.startAgain(5000);
  t.same(table.reading.rows, []);
  table.update(mapOf('@', type, string(16), keyed(['a', number(3n)])), 6000);
  t.equal(table.reading.rows[0]!.rate, 3, 'after z it is counted from zero');
});

t.test('order', async (t) => {
  const type = aggregate('count', [], { signed: false });
  const table = new Table(mapOf('@', type, string(16), []).spec, 0);
  table.update(mapOf('@', type, string(16), keyed(['10', number(7n)], ['9', number(7n)], ['x', number(90n)])), 1000);
  table.update(mapOf('@', type, string(16), keyed(['10', number(17n)], ['9', number(8n)], ['x', number(90n)])), 2000);
  const keys = (order: Parameters<typeof sorted>[1]): string => sorted(table.reading.rows, order, ({ entry }) => entry.key as string).map(({ entry }) => entry.key as string).join(' ');
  t.equal(keys('value'), 'x 10 9');
  t.equal(keys('rate'), '10 9 x');
  t.equal(keys('change'), '10 9 x');
  t.equal(keys('key'), '9 10 x');
});

t.test('cells', async (t) => {
  t.same([0, 0.04, 1.26, -3, 9.94, 9.96, 1234.6].map(rateText), ['0', '0.0', '1.3', '-3.0', '9.9', '10', '1235']);
  t.same([0n, 5n, -5n].map(changeText), ['0', '+5', '-5']);
  t.same([cut('abcdef', 3), cut('abcdef', 3, 2), cut('a日本語', 4), cut('a日本語', 2), widthOf('日本'), padEnd('日', 4)], ['abc', 'cde', 'a日', 'a', 4, '日  '], 'wide characters take two columns');
  t.same([bar(10n, 10n, 4, true), bar(5n, 10n, 4, true), bar(1n, 1000n, 4, true), bar(1n, 1000n, 4, false), bar(0n, 10n, 4, true)], ['████', '██', '▏', '@', '']);
  t.same([shape([0n, 1n, 8n], 8, true), shape([1n, 1n, 4n, 4n], 2, false), shape([], 8, true)], [' ▂█', '-@', '']);
  t.same([share([3, 3], 10), share([3, 30], 10), share([30, 30], 11), share([30, 3, 30], 11)], [[3, 3], [3, 7], [6, 5], [4, 3, 4]]);
});

function sceneOf(tables: readonly TableView[], more: Partial<Scene> = {}): Scene {
  return { title: 'a title', everySeconds: 1, paused: false, order: 'value', note: '', tables, chosen: 0, sideways: 0, output: [], unicode: true, clock: '12:00:00', ...more };
}

function viewOf(name: string, type: Type, entries: readonly MapEntry[]): TableView {
  const key = entries[0]!.key === undefined ? undefined : string(16);
  const table = new Table(mapOf(name, type, key, []).spec, 0);
  table.update(mapOf(name, type, key, entries), 1000);
  return new TableView(table, rendering);
}

t.test('frames fill the screen and never pass its edge', async (t) => {
  const counts = viewOf('@n', aggregate('count', [], { signed: false }), keyed(...Array.from({ length: 50 }, (_, i): [string, Merged] => [`key ${i} ${'x'.repeat(i)}`, number(BigInt(i + 1))])));
  const latencies = viewOf('@us', aggregate('hist', [0n]), [{ key: undefined, merged: histogram([0, 1n], [3, 40n], [9, 9n]) }]);
  const states = viewOf('@s', string(16), [{ key: 'k', value: 'a\nb\x1b[2J' }]);
  for (const [columns, rows] of [[200, 60], [80, 24], [40, 12], [10, 5], [1, 1], [20, 2]] as const) {
    for (const output of [[], ['one', 'two'], new Array<string>(30).fill('y'.repeat(300))]) {
      const lines = frame(sceneOf([counts, latencies, states], { output }), { columns, rows });
      t.equal(lines.length, rows, `${columns}x${rows}, ${output.length} lines of output`);
      t.ok(lines.every(({ text }) => widthOf(text) <= columns), `${columns}x${rows}`);
    }
  }
  const text = frame(sceneOf([counts, latencies, states], { output: ['out'] }), { columns: 80, rows: 40 }).map((line) => line.text).join('\n');
  t.match(text, /^12:00:00 {2}every 1 s {2}a title *\n@n {2}count\(\) {2}50 elements {2}total 1275 {2}1275\/s {2}rows 1-\d+ of 50\n {2}VALUE▾ +\/s {2}CHANGE {2}KEY\n {6}50 {6}50 {5}\+50 {2}key 49 x+\n/);
  t.match(text, /\n@s {2}1 element\n {2}VALUE▾? +KEY\n {2}a < b\\x1b\[2J {2}k\n/, 'what a program wrote commands nothing');
  t.match(text, /\n@us {2}hist\(\)\n {2}count 50 {2}50\/s {2}\+50 {2}p50 3 {2}p90 255 {2}p99 255\n {2}\(\.\.\., 0\) +1 █▎\n/);
});

t.test('a histogram for each key: percentiles, and shapes over the same buckets', async (t) => {
  const view = viewOf('@', aggregate('lhist', [0n, 10n, 5n]), keyed(['low', histogram([1, 8n])], ['high', histogram([3, 4n])]));
  const [, head, low, high] = frame(sceneOf([view]), { columns: 100, rows: 8 }).slice(1).map(({ text }) => text);
  t.same([head, low, high], [
    '  COUNT▾      /s  CHANGE     p50     p90     p99  DISTRIBUTION  KEY',
    '       8     8.0      +8       4       4       4  █             low',
    '       4     4.0      +4    >=10    >=10    >=10    █           high',
  ]);
});

t.test('lines of output', async (t) => {
  let changes = 0;
  const lines = new Lines(() => changes++);
  const [out, errors] = [new MemorySink(), new MemorySink()];
  lines.add(out, 'a\nb');
  lines.add(out, 'c\n\tx\x07\x1b[31mred\x1b[0m\n10 %\r20 %\n');
  lines.add(errors, 'ERROR: x\n');
  t.same(lines.last(10), ['a', 'bc', '        x\\x07red', '20 %', 'ERROR: x']);
  t.same(lines.last(2), ['20 %', 'ERROR: x']);
  t.equal(changes, 3);
  lines.release();
  t.same([out.text, errors.text], ['a\nbc\n\tx\x07\x1b[31mred\x1b[0m\n10 %\r20 %\n', 'ERROR: x\n'], 'as they were');
  for (let i = 0; i < 100_000; i++) lines.add(out, `${i}\n`);
  t.equal(lines.last(1)[0], '99999');
  t.ok(lines.droppedLines > 40_000);
  out.text = '';
  lines.release();
  t.equal(lines.droppedLines + out.text.split('\n').length - 1, 100_000, 'every line is kept or counted');
});
