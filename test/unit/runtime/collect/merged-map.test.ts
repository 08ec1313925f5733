import t from 'tap';
import type { ManifestMap } from '../../../../lib/model/layout/manifest.js';
import { roundUp, sizeOf } from '../../../../lib/model/types/size.js';
import { type AggregateType, type Type, bool, int32, int64, int8, string, uint64, uint8 } from '../../../../lib/model/types/types.js';
import type { MergedMap } from '../../../../lib/language/merged-map.js';
import { aggregateOf } from '../../../../lib/language/aggregates/index.js';
import { readMap } from '../../../../lib/runtime/collect/index.js';
import { type Sample, encode, put } from './support.js';

const aggregate = (name: string, options: Partial<AggregateType> = {}): AggregateType => ({ kind: 'aggregate', name, signed: true, parameters: [], ...options });

function plainMap(key: Type | undefined, value: Type, elements: readonly (readonly [Sample | undefined, Sample])[]): MergedMap {
  const keySize = key ? sizeOf(key) : 4;
  const valueSize = sizeOf(value);
  const spec: ManifestMap = { name: 'm', scriptName: '@', mapType: 'hash', perCpu: false, maxEntries: 100, key, value, keySize, valueSize, shape: { kind: 'plain' } };
  const keys = new Uint8Array(keySize * elements.length);
  const values = new Uint8Array(valueSize * elements.length);
  elements.forEach(([k, v], i) => {
    if (key) keys.set(new Uint8Array(encode(key, k!).buffer, 0, keySize), i * keySize);
    values.set(new Uint8Array(encode(value, v).buffer, 0, valueSize), i * valueSize);
  });
  return readMap(spec, { count: elements.length, keys, values }, 1);
}

/** words: for each element, for each CPU, its words. A key with a bucket is [key, bucket]. */
function aggregateMap(type: AggregateType, key: Type | undefined, cpus: number, elements: readonly (readonly [key: Sample, bucket: number, words: readonly (readonly (number | bigint)[])[]])[], options?: Parameters<typeof readMap>[3]): MergedMap {
  const record = aggregateOf(type);
  const valueSize = record.valueBytes(type);
  const userBytes = key ? sizeOf(key) : 0;
  const keySize = !key ? 4 : record.bucketCount ? roundUp(userBytes, 8) + 8 : userBytes;
  const spec: ManifestMap = { name: 'm', scriptName: '@', mapType: 'percpu_hash', perCpu: true, maxEntries: 100, key, value: type, keySize, valueSize, shape: { kind: 'aggregate' } };
  const keys = new Uint8Array(keySize * elements.length);
  const values = new Uint8Array(valueSize * cpus * elements.length);
  const keyView = new DataView(keys.buffer);
  const valueView = new DataView(values.buffer);
  elements.forEach(([k, bucket, words], i) => {
    if (key) put(keyView, i * keySize, key, k);
    if (!key) keyView.setUint32(i * keySize, bucket, true);
    else if (record.bucketCount) keyView.setBigUint64(i * keySize + roundUp(userBytes, 8), BigInt(bucket), true);
    words.forEach((cpu, c) => cpu.forEach((word, w) => valueView.setBigInt64((i * cpus + c) * valueSize + w * 8, BigInt.asIntN(64, BigInt(word)), true)));
  });
  return readMap(spec, { count: elements.length, keys, values }, cpus, options);
}

const keysOf = (map: MergedMap): unknown[] => map.entries.map((entry) => entry.key);
const mergedOf = (map: MergedMap): unknown[] => map.entries.map((entry) => entry.merged);

// ---- order (language.md 5.4) ---------------------------------------------------------------------------------------

const orders: readonly (readonly [title: string, key: Type, value: Type, elements: readonly (readonly [Sample, Sample])[], want: readonly unknown[]])[] = [
  ['integers by value', string(4), int64, [['b', 9n], ['a', 10n], ['c', -1n]], ['c', 'b', 'a']],
  ['unsigned values beyond 2^63', string(4), uint64, [['b', 1n << 63n], ['a', 1n]], ['a', 'b']],
  ['values beyond 2^53 exactly', int8, int64, [[1, (1n << 53n) + 1n], [2, 1n << 53n], [3, (1n << 53n) + 2n]], [2, 1, 3]],
  ['equal values by key', string(4), int64, [['b', 1n], ['a', 1n]], ['a', 'b']],
  ['strings by key', string(4), string(4), [['b', 'x'], ['a', 'y']], ['a', 'b']],
  ['integer keys as signed', int64, bool, [[1n, 1], [-1n, 1], [0n, 0]], [-1n, 0n, 1n]],
  ['unsigned keys as signed', uint64, bool, [[1n, 1], [1n << 63n, 1]], [1n << 63n, 1n]],
  ['string keys bytewise', string(8), bool, [['Z', 1], ['a', 1], ['\u{1f600}', 1], ['\uff5e', 1]], ['Z', 'a', '\uff5e', '\u{1f600}']],
  ['tuple keys field by field', { kind: 'tuple', elements: [int32, string(4)] }, bool, [[[2, 'a'], 1], [[1, 'b'], 1], [[1, 'a'], 1]], [[1, 'a'], [1, 'b'], [2, 'a']]],
];
for (const [title, key, value, elements, want] of orders) t.test(title, async (t) => { t.same(keysOf(plainMap(key, value, elements)), want); });

t.test('aggregates: count by sum over CPUs', async (t) => {
  const map = aggregateMap(aggregate('count', { signed: false }), string(8), 2, [['bash', 0, [[5], [6]]], ['cat', 0, [[1], [2]]]]);
  t.same(map.entries, [{ key: 'cat', merged: { kind: 'number', value: 3n } }, { key: 'bash', merged: { kind: 'number', value: 11n } }]);
});

t.test('aggregates: min and max compare unsigned', async (t) => {
  t.same(keysOf(aggregateMap(aggregate('min'), int8, 1, [[1, 0, [[-5, 1]]], [2, 0, [[7, 1]]]])), [2, 1]);
});

t.test('aggregates: stats by average', async (t) => {
  t.same(keysOf(aggregateMap(aggregate('stats'), int8, 1, [[1, 0, [[100, 100]]], [2, 0, [[4, 2]]], [3, 0, [[-9, 3]]]])), [3, 1, 2]);
});

t.test('aggregates: hist by number of events, buckets gathered', async (t) => {
  const map = aggregateMap(aggregate('hist', { parameters: [0n] }), string(5), 2, [['ab', 3, [[1], [1]]], ['cd', 3, [[9], [0]]], ['ab', 0, [[0], [2]]], ['ab', 7, [[0], [0]]]]);
  t.same(map.entries, [
    { key: 'ab', merged: { kind: 'histogram', buckets: new Map([[3, 2n], [0, 2n]]) } },
    { key: 'cd', merged: { kind: 'histogram', buckets: new Map([[3, 9n]]) } },
  ]);
});

t.test('aggregates: tseries by key bytes', async (t) => {
  const type = aggregate('tseries', { parameters: [10n, 4n] });
  const map = aggregateMap(type, int32, 1, [[256, 1, [[5, 1, 9]]], [1, 1, [[6, 1, 9]]], [-1, 1, [[7, 1, 9]]]]);
  t.same(keysOf(map), [256, 1, -1]);
});

// ---- merging -------------------------------------------------------------------------------------------------------

t.test('sums beyond 32 and 53 bits', async (t) => {
  const sum = (words: readonly bigint[], signed = true): unknown => mergedOf(aggregateMap(aggregate('sum', { signed }), int8, words.length, [[1, 0, words.map((word) => [word, 1n])]]))[0];
  t.same(sum([0xffff_ffffn, 1n]), { kind: 'number', value: 1n << 32n });
  t.same(sum([-1n, -2n]), { kind: 'number', value: -3n });
  t.same(sum([1n << 62n, 1n << 61n, 3n]), { kind: 'number', value: (1n << 62n) + (1n << 61n) + 3n });
  t.same(sum([-1n, 5n], false), { kind: 'number', value: 4n });
  t.same(sum([(1n << 63n) - 1n, 1n]), { kind: 'number', value: -(1n << 63n) });
});

t.test('min over CPUs ignores those that never wrote', async (t) => {
  t.same(mergedOf(aggregateMap(aggregate('min'), int8, 3, [[1, 0, [[0, 0], [9, 1], [12, 1]]]])), [{ kind: 'number', value: 9n }]);
});

// ---- elements of arrays always exist -------------------------------------------------------------------------------

t.test('scalar aggregate never written', async (t) => {
  for (const name of ['count', 'sum', 'min', 'max', 'avg', 'stats']) {
    const type = aggregate(name);
    const zeros = new Array<number>(aggregateOf(type).valueBytes(type) / 8).fill(0);
    t.same(aggregateMap(type, undefined, 2, [[0, 0, [zeros, zeros]]]).entries, [], name);
    t.equal(aggregateMap(type, undefined, 2, [[0, 0, [zeros, zeros]]], { truncationTrailer: '', zeroed: true }).entries.length, 1, `${name} after zero()`);
  }
});

t.test('scalar sum of zero is there', async (t) => {
  t.same(mergedOf(aggregateMap(aggregate('sum'), undefined, 2, [[0, 0, [[0, 0], [0, 1]]]])), [{ kind: 'number', value: 0n }]);
});

t.test('scalar hist: buckets are the indices of the array', async (t) => {
  const type = aggregate('hist', { parameters: [0n] });
  const elements = Array.from({ length: 65 }, (_, i) => [0, i, [[i === 4 ? 2 : 0], [i === 4 || i === 64 ? 1 : 0]]] as const);
  t.same(mergedOf(aggregateMap(type, undefined, 2, elements)), [{ kind: 'histogram', buckets: new Map([[4, 3n], [64, 1n]]) }]);
  t.same(aggregateMap(type, undefined, 2, elements.map(([k, b]) => [k, b, [[0], [0]]] as const)).entries, []);
});

t.test('scalar plain value with its flag', async (t) => {
  const spec: ManifestMap = { name: 'm', scriptName: '@', mapType: 'array', perCpu: false, maxEntries: 1, value: uint8, keySize: 4, valueSize: 16, shape: { kind: 'flagged', flagOffset: 8 } };
  const values = new Uint8Array(16);
  values[0] = 7;
  t.same(readMap(spec, { count: 1, keys: new Uint8Array(4), values }, 1).entries, []);
  values[8] = 1;
  t.same(readMap(spec, { count: 1, keys: new Uint8Array(4), values }, 1).entries, [{ key: undefined, value: 7 }]);
});

t.test('an empty map', async (t) => {
  t.same(plainMap(int32, int64, []).entries, []);
});

t.test('keyed values zeroed stay', async (t) => {
  t.same(mergedOf(aggregateMap(aggregate('count'), int8, 2, [[1, 0, [[0], [0]]]])), [{ kind: 'number', value: 0n }]);
});
