// Maps over time: what was added between readings, also when the script emptied the map; columns that become one; keys that have no room.

import t from 'tap';
import type { Merged } from '../../../../lib/language/aggregate.js';
import type { MapEntry, MergedMap } from '../../../../lib/language/merged-map.js';
import { int64, string, type Type } from '../../../../lib/model/types/types.js';
import { chartOverTime, isChartMap } from '../../../../lib/runtime/output/over-time/chart-over-time.js';
import { identityOf } from '../../../../lib/runtime/output/over-time/element-numbers.js';
import { HeatOverTime, isHeatMap } from '../../../../lib/runtime/output/over-time/heat-data.js';
import { OTHERS, TimeColumns } from '../../../../lib/runtime/output/over-time/time-columns.js';
import { aggregate, mapOf, rendering } from './support.js';

const histogram = (...buckets: readonly [bucket: number, count: bigint][]): Merged => ({ kind: 'histogram', buckets: new Map(buckets) });
const number = (value: bigint): Merged => ({ kind: 'number', value });
const stats = (count: bigint, total: bigint): Merged => ({ kind: 'stats', count, total, average: total / count });
const keyed = (type: Type, ...entries: readonly [key: string, merged: Merged][]): MergedMap => mapOf('@', type, string(16), entries.map(([key, merged]): MapEntry => ({ key, merged })));

t.test('a heat map: differences, and what was there when the map was emptied', async (t) => {
  const type = aggregate('hist', [0n]);
  const over = new HeatOverTime(keyed(type).spec, rendering, 0);
  over.read(keyed(type, ['a', histogram([3, 5n])]), 1000);
  over.emptied(keyed(type, ['a', histogram([3, 7n], [5, 1n])]));
  over.emptied(keyed(type, ['a', histogram([3, 1n])]));
  over.read(keyed(type, ['a', histogram([3, 2n])], ['b\x1b', histogram([4, 9n])]), 2000);
  over.read(keyed(type, ['a', histogram([3, 2n])], ['b\x1b', histogram([4, 1n])]), 3000);
  t.same(over.data(), {
    name: '@', otherKeys: 0, times: [0, 1000, 2000, 3000],
    rows: [{ label: '[2, 4)', min: '2', max: '3' }, { label: '[4, 8)', min: '4', max: '7' }, { label: '[8, 16)', min: '8', max: '15' }],
    keys: [{ name: 'a', total: 11, cells: [0, 0, 5, 1, 0, 5, 1, 2, 1] }, { name: 'b\\x1b', total: 10, cells: [1, 1, 9, 2, 1, 1] }],
  }, '5, then 2 and 1 more until it was emptied, 1 until it was emptied again, then 2; b began anew');
});

t.test('a heat map of nothing', async (t) => {
  const type = aggregate('lhist', [0n, 10n, 5n]);
  const over = new HeatOverTime(mapOf('@', type, undefined, []).spec, rendering, 5);
  over.read(mapOf('@', type, undefined, []), 6);
  t.same(over.data(), { name: '@', otherKeys: 0, times: [5, 6], rows: [], keys: [] });
});

function charted(type: Type, addedWords: readonly number[] | undefined, ...readings: readonly (readonly [key: string, entry: Omit<MapEntry, 'key'>][])[]): string {
  const spec = { ...mapOf('@', type, string(16), []).spec, ...(addedWords && { addedWords }) };
  const over = chartOverTime(spec, rendering, 0);
  readings.forEach((entries, i) => over.read({ spec, entries: entries.map(([key, entry]) => ({ key, ...entry })) }, (i + 1) * 2000));
  const { views, keys, adds } = over.data();
  return `${views.join('|')} ${adds} ${keys.map(({ name, total, lines }) => `${name}=${total} ${lines.map((line) => line.map((value) => value ?? '-').join(' ')).join('|')}`).join('; ')}`;
}

t.test('charts by kind of map', async (t) => {
  const count = aggregate('count', [], { signed: false });
  t.equal(charted(count, [0], [['a', { merged: number(4n) }]], [['a', { merged: number(10n) }], ['b', { merged: number(1n) }]], [['a', { merged: number(2n) }]]),
    'per second|in all true a=12 2 3 1|4 10 12; b=1 0 0.5 0|0 1 1', 'a count that fell began anew');
  t.equal(charted(aggregate('sum'), [0], [['a', { merged: number(4n) }]], [['a', { merged: number(-2n) }]]), 'per second|in all true a=-2 2 -3|4 -2', 'a sum may fall');
  t.equal(charted(int64, [0], [['a', { value: 4n }]], [['a', { value: 6n }]]), 'per second|in all true a=6 2 1|4 6', 'a number that is only added to');
  t.equal(charted(int64, undefined, [['a', { value: 4n }]], [], [['a', { value: 6n }]]), 'value false a=6 4 - 6', 'another number is what it is');
  t.equal(charted(aggregate('max'), undefined, [['a', { merged: number(4n) }]], [['a', { merged: number(4n) }]]), 'value false a=4 4 4');
  t.equal(charted(aggregate('avg'), [0, 1], [['a', { merged: stats(2n, 10n) }]], [['a', { merged: stats(4n, 50n) }]], [['a', { merged: stats(4n, 50n) }]]),
    'average|values per second false a=12.5 5 20 -|1 1 0', 'the average of what came');
  const point = (epoch: bigint, value: bigint): [number, { epoch: bigint; value: bigint }] => [Number(epoch % 2n), { epoch, value }];
  t.equal(charted(aggregate('tseries', [500_000_000n, 2n]), undefined, [['a', { merged: { kind: 'tseries', points: new Map([point(1n, 5n), point(2n, 6n)]) } }]],
    [['a', { merged: { kind: 'tseries', points: new Map([point(2n, 7n), point(3n, 8n)]) } }]]), 'value false a=8 5 7 8', 'intervals that have left the window are kept');
});

t.test('percentiles', async (t) => {
  const type = aggregate('hist', [0n]);
  const readings: [bucket: number, count: bigint][] = [[3, 9n], [5, 1n]];
  t.equal(charted(type, undefined, [['a', { merged: histogram(...readings) }]], [['a', { merged: histogram(...readings, [8, 10n]) }]], [['a', { merged: histogram(...readings, [8, 10n]) }]]),
    'p50|p90|p99|values per second true a=20 3 127 -|3 127 -|15 127 -|5 5 0', 'of what came since the last reading, not of all; where nothing came there is a gap');
  t.equal(charted(type, undefined, [['a', { merged: histogram([3, 1n]) }], ['b', { merged: histogram([4, 5n]) }]]), 'p50|p90|p99|values per second true b=5 7|7|7|2.5; a=1 3|3|3|0.5', 'the key with most values first');
  const spec = mapOf('@', type, undefined, []).spec;
  const over = chartOverTime(spec, rendering, 0);
  t.same(over.data(), { name: '@', views: ['percentiles'], times: [], keys: [], otherKeys: 0, adds: false });
  over.read({ spec, entries: [{ key: undefined, value: undefined, merged: histogram([3, 98n], [5, 2n]) }] } as never, 1000);
  over.emptied({ spec, entries: [{ key: undefined, value: undefined, merged: histogram([3, 98n], [5, 2n], [8, 900n]) }] } as never);
  over.read({ spec, entries: [] }, 2000);
  t.same(over.data(), {
    name: '@', views: ['percentiles'], times: [1000, 2000], otherKeys: 0, adds: false,
    keys: [{ name: 'p99', total: 127, lines: [[15, 127]] }, { name: 'p90', total: 127, lines: [[3, 127]] }, { name: 'p50', total: 127, lines: [[3, 127]] }],
  }, 'a map without keys has a line for each, with the percentile of all behind it');
});

t.test('which maps', async (t) => {
  const spec = (type: Type): MergedMap['spec'] => mapOf('@', type, undefined, []).spec;
  t.same([aggregate('hist', [0n]), aggregate('count'), aggregate('tseries', [1n, 1n]), int64, string(8)].map((type) => [isHeatMap(spec(type)), isChartMap(spec(type))]), [[true, true], [false, true], [false, true], [false, true], [false, false]]);
  t.notOk(isChartMap({ ...spec(int64), scriptName: undefined }), 'maps of tbpf itself');
});

t.test('columns: each two become one, nothing is lost; keys without room share', async (t) => {
  const columns = new TimeColumns<number>(0, (a, b) => a + b);
  for (let i = 1; i <= 2001; i++) columns.push(i, [['a', 1], [`key ${i}`, 2]], (id) => id);
  t.ok(columns.columns.length <= 600, String(columns.columns.length));
  const sum = (id: string): number => columns.columns.reduce((total, { cells }) => total + (cells.get(id) ?? 0), 0);
  t.equal(sum('a'), 2001);
  t.equal(columns.names.size, 300);
  t.equal(columns.otherKeys, 2001 - 299);
  t.equal(sum(OTHERS), 2 * columns.otherKeys);
  t.equal(columns.columns.at(-1)!.endMs, 2001);
});

t.test('identities of keys', async (t) => {
  const keys = [undefined, 1, '1', [1, 'a'], [1, ['a']], { x: 1n }, new Uint8Array([1, 2]), true, ['a,b'], ['a', 'b']];
  t.equal(new Set(keys.map((key) => identityOf(key))).size, keys.length);
});
