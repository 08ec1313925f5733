// Metrics in protobuf: who wants it, and the bytes of each kind.

import t from 'tap';
import { added, nativeOf } from '../../../../tools/shared/metrics.js';
import { familyBytes, wantsProtobuf } from '../../../../tools/serve/exposition.js';
import type { Histogram } from '../../../../lib/index.js';

const FORM = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
for (const [accept, wanted] of [
  [`${FORM},application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5,*/*;q=0.1`, true],
  ['application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; q=0.7', true],
  ['application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', false],
  ['application/vnd.google.protobuf;proto=other;encoding=delimited', false], [`${FORM};q=0`, false], ['*/*', false], [undefined, false],
] as const) t.test(`Accept: ${accept ?? ''}`, async (t) => t.equal(wantsProtobuf(accept), wanted));

const histogram = (...rows: readonly [min: bigint | undefined, max: bigint | undefined, count: bigint][]): Histogram => ({ rows: rows.map(([min, max, count]) => ({ min, max, count })) }) as unknown as Histogram;

t.test('rows of hist() as buckets of powers of two', async (t) => {
  const native = nativeOf(histogram([undefined, -1n, 4n], [0n, 0n, 3n], [1n, 1n, 5n], [2n, 3n, 0n], [4n, 7n, 2n], [8n, 9n, 1n], [10n, 11n, 6n], [2n ** 62n, 2n ** 63n - 1n, 9n]));
  t.same({ ...native, positive: [...native.positive] }, { zero: 3, negative: 4, positive: [[0, 5], [3, 2], [4, 7], [63, 9]] });
});

t.test('histograms that count together', async (t) => {
  const of = (index: number, count: number) => ({ bounds: [1], counts: [count, 0], count, native: { zero: 1, negative: 0, positive: new Map([[index, count]]) } });
  const sum = added(added(of(0, 2), of(0, 3)), of(5, 7));
  t.match(sum, { counts: [12, 0], count: 12, native: { zero: 3 } });
  t.same([...(sum as ReturnType<typeof of>).native.positive], [[0, 5], [5, 7]]);
});

t.test('bytes', async (t) => {
  const read = (): never => t.fail('is not read') as never;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  // length; name, help, type 0, a metric with a label and a counter of 1.0; a lone byte is no UTF-8
  t.equal(hex(familyBytes({ name: 'a', help: 'b', kind: 'counter', read }, [{ labels: { c: '\udcff' }, value: 1 }])),
    `25${'0a07'}${Buffer.from('a_total').toString('hex')}120162${'1800'}2215${'0a080a0163'}1203efbfbd${'1a09'}09${'000000000000f03f'}`);
  const native = { zero: 1, negative: 2, positive: new Map([[3, 5], [1, 4]]) };
  const bytes = hex(familyBytes({ name: 'a', help: '', kind: 'histogram', read }, [{ labels: {}, value: { bounds: [7], counts: [10, 2], count: 12, native } }]));
  t.match(bytes, '080c11000000000000f87f', 'the count; a sum that is not a number');
  t.match(bytes, '1a0b080a110000000000001c40', '10 up to 7');
  t.match(bytes, '1a0b080c11000000000000f07f', '12 altogether');
  t.match(bytes, '280031000000000000f0373801', 'schema 0, the threshold of zero, 1 zero');
  t.match(bytes, '4a04080010015004', 'a span for -1, and 2');
  t.match(bytes, '6204080210016204080210016808' + '6802', 'spans of buckets 1 and 3; 4, and 1 more');
});
