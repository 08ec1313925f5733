import t from 'tap';
import { aggregateOf, aggregates } from '../../../../lib/language/aggregates/index.js';
import { typeOf } from './support.js';

t.test('every record says what it is', async (t) => {
  t.same([...aggregates.keys()], ['count', 'sum', 'min', 'max', 'avg', 'stats', 'hist', 'lhist', 'tseries']);
  for (const record of aggregates.values()) {
    t.match(record.doc, /\.$/, record.name);
    for (const param of record.params) t.ok(param.doc, `${record.name} ${param.name}`);
    t.equal(record.valueBytes(typeOf(record.name)) % 8, 0, record.name);
  }
  t.throws(() => aggregateOf(typeOf('median')), /there is no map function 'median'/);
});

t.test('castable are count sum min max avg', async (t) => {
  const castable = [...aggregates.values()].filter((record) => record.castable);
  t.same(castable.map((record) => record.name), ['count', 'sum', 'min', 'max', 'avg']);
  t.ok(castable.every((record) => record.lowerRead));
});

type Literals = readonly (bigint | undefined)[];
const checks: readonly (readonly [name: string, literals: Literals, option: string | undefined, want: string | undefined])[] = [
  ['hist', [undefined], undefined, undefined],
  ['hist', [5n], undefined, undefined],
  ['hist', [6n], undefined, 'hist: bits 6 must be 0..5'],
  ['lhist', [0n, 100n, 10n], undefined, undefined],
  ['lhist', [0n, 1000n, 1n], undefined, undefined],
  ['lhist', [0n, 100n, 0n], undefined, 'lhist() step must be >= 1 (0 provided)'],
  ['lhist', [0n, 1001n, 1n], undefined, 'lhist() too many buckets, must be <= 1000 (would need 1001)'],
  ['lhist', [10n, 5n, 1n], undefined, 'lhist() min must be less than max (provided min 10 and max 5)'],
  ['lhist', [5n, 5n, 1n], undefined, 'lhist() min must be less than max (provided min 5 and max 5)'],
  ['lhist', [0n, 10n, 11n], undefined, 'lhist() step is too large for the given range (provided step 11 for range 10)'],
  ['lhist', [-1n, 10n, 1n], undefined, 'lhist: invalid min value (must be non-negative literal)'],
  ['lhist', [undefined, 10n, 1n], undefined, 'lhist: invalid min value (must be non-negative literal)'],
  ['lhist', [0n, -10n, 1n], undefined, 'lhist: invalid max value (must be non-negative literal)'],
  ['lhist', [0n, 10n, undefined], undefined, 'lhist: invalid step value'],
  ['tseries', [1000n, 20n], undefined, undefined],
  ['tseries', [1000n, 20n], 'avg', undefined],
  ['tseries', [0n, 20n], undefined, 'tseries() interval_ns must be >= 1 (0 provided)'],
  ['tseries', [1n, 0n], undefined, 'tseries() num_intervals must be >= 1 (0 provided)'],
  ['tseries', [1n, 1000000n], undefined, 'tseries() num_intervals must be < 1000000 (1000000 provided)'],
  ['tseries', [1n, 5n], 'median', 'tseries() expects one of the following aggregation functions: avg, max, min, sum ("median" provided)'],
];
for (const [name, literals, option, want] of checks) {
  t.test(`${name}(${[...literals, option ?? ''].join(', ')})`, async (t) => {
    t.equal(aggregates.get(name)!.checkLiterals!(literals, option)?.text, want);
  });
}

/** labels and inclusive bounds of the rows of one bucket each */
const rows: readonly (readonly [name: string, parameters: readonly bigint[], bucket: number, label: string, min: bigint | undefined, max: bigint | undefined])[] = [
  ['hist', [0n], 0, '(..., 0)', undefined, -1n],
  ['hist', [0n], 1, '[0]', 0n, 0n],
  ['hist', [0n], 2, '[1]', 1n, 1n],
  ['hist', [0n], 3, '[2, 4)', 2n, 3n],
  ['hist', [0n], 11, '[512, 1K)', 512n, 1023n],
  ['hist', [0n], 12, '[1K, 2K)', 1024n, 2047n],
  ['hist', [0n], 21, '[512K, 1M)', 524288n, 1048575n],
  ['hist', [0n], 32, '[1G, 2G)', 1n << 30n, (1n << 31n) - 1n],
  ['hist', [0n], 64, '[4E, 8E)', 1n << 62n, (1n << 63n) - 1n],
  ['hist', [3n], 16, '[15]', 15n, 15n],
  ['hist', [3n], 17, '[16, 18)', 16n, 17n],
  ['hist', [3n], 25, '[32, 36)', 32n, 35n],
  ['hist', [2n], 4 * 11 + 2, '[5K, 6K)', 5n << 10n, (6n << 10n) - 1n],
  ['hist', [2n], 4 * 10 + 4, '[3584, 4K)', 3584n, 4095n],
  ['lhist', [10n, 100n, 10n], 0, '(..., 10)', undefined, 9n],
  ['lhist', [10n, 100n, 10n], 1, '[10, 20)', 10n, 19n],
  ['lhist', [10n, 100n, 10n], 10, '[100, ...)', 100n, undefined],
  ['lhist', [0n, 10n, 1n], 4, '[3]', 3n, 3n],
  ['lhist', [0n, 10n, 1n], 11, '[10, ...)', 10n, undefined],
  ['lhist', [0n, 8192n, 1024n], 1, '[0, 1K)', 0n, 1023n],
  ['lhist', [0n, 8192n, 1024n], 0, '(..., 0)', undefined, -1n],
  ['lhist', [0n, 4194304n, 1048576n], 2, '[1M, 2M)', 1n << 20n, (2n << 20n) - 1n],
  ['lhist', [1000n, 8192n, 1024n], 1, '[1000, 2024)', 1000n, 2023n],
  ['lhist', [0n, 4096n, 2048n], 3, '[4K, ...)', 4096n, undefined],
];
for (const [name, parameters, bucket, label, min, max] of rows) {
  t.test(`${name} ${parameters.join(' ')}, bucket ${bucket}: ${label}`, async (t) => {
    const record = aggregates.get(name)!;
    t.same(record.rows!({ kind: 'histogram', buckets: new Map([[bucket, 7n]]) }, typeOf(name, { parameters })), [{ label, min, max, count: 7n }]);
  });
}

t.test('rows go from the first to the last bucket that has events', async (t) => {
  const type = typeOf('hist', { parameters: [0n] });
  const found = aggregateOf(type).rows!({ kind: 'histogram', buckets: new Map([[5, 1n], [2, 4n], [9, 0n]]) }, type);
  t.same(found.map((row) => [row.label, row.count]), [['[1]', 4n], ['[2, 4)', 0n], ['[4, 8)', 0n], ['[8, 16)', 1n]]);
  t.same(aggregateOf(type).rows!({ kind: 'histogram', buckets: new Map() }, type), []);
});

t.test('bucket counts', async (t) => {
  t.equal(aggregateOf(typeOf('hist')).bucketCount!(typeOf('hist', { parameters: [0n] })), 65);
  t.equal(aggregateOf(typeOf('hist')).bucketCount!(typeOf('hist', { parameters: [5n] })), (59 << 5) + 1);
  t.equal(aggregateOf(typeOf('lhist')).bucketCount!(typeOf('lhist', { parameters: [0n, 100n, 10n] })), 12);
  t.equal(aggregateOf(typeOf('tseries')).bucketCount!(typeOf('tseries', { parameters: [1n, 7n] })), 7);
});

t.test('what elements are ordered by', async (t) => {
  const key = (name: string, merged: Parameters<NonNullable<ReturnType<typeof aggregateOf>>['sortKey']>[0]): bigint => aggregateOf(typeOf(name)).sortKey(merged, typeOf(name));
  t.equal(key('sum', { kind: 'number', value: -4n }), -4n);
  t.equal(key('min', { kind: 'number', value: -4n }), (1n << 64n) - 4n, 'min and max compare unsigned');
  t.equal(key('stats', { kind: 'stats', count: 2n, total: 9n, average: 4n }), 4n);
  t.equal(key('hist', { kind: 'histogram', buckets: new Map([[0, 2n], [4, 5n]]) }), 7n);
  t.throws(() => key('count', { kind: 'histogram', buckets: new Map() }), /cannot work on a merged 'histogram'/);
});

t.test('values for JavaScript', async (t) => {
  const value = (name: string, merged: Parameters<NonNullable<ReturnType<typeof aggregateOf>>['toValue']>[0], parameters: bigint[] = []) =>
    aggregateOf(typeOf(name)).toValue(merged, typeOf(name, { parameters }));
  t.equal(value('avg', { kind: 'stats', count: 2n, total: 9n, average: 4n }), 4n);
  t.same(value('stats', { kind: 'stats', count: 2n, total: 9n, average: 4n }), { count: 2n, average: 4n, total: 9n });
  t.same(value('hist', { kind: 'histogram', buckets: new Map([[0, 1n]]) }, [0n]), [{ min: null, max: -1n, count: 1n }]);
  t.same(value('tseries', { kind: 'tseries', points: new Map([[1, { epoch: 8n, value: 1n }], [0, { epoch: 7n, value: 3n }]]) }, [10n, 3n]),
    [{ interval_start: 70n, value: 3n }, { interval_start: 80n, value: 1n }]);
});
