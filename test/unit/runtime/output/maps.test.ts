import t from 'tap';
import type { ManifestMap } from '../../../../lib/model/layout/manifest.js';
import { int64, string, type AggregateType, type Type } from '../../../../lib/model/types/types.js';
import { readMap } from '../../../../lib/runtime/collect/index.js';
import { mapJson, mapText, plainRendering, printAll } from '../../../../lib/runtime/output/index.js';

const aggregate = (name: string, parameters: bigint[] = [], signed = true): AggregateType => ({ kind: 'aggregate', name, signed, parameters });

function mapOf(value: Type, options: Partial<ManifestMap> & { scriptName: string }): ManifestMap {
  return { name: 'm', mapType: 'hash', perCpu: value.kind === 'aggregate', maxEntries: 10, value, keySize: 4, valueSize: 8, shape: { kind: 'aggregate' }, ...options };
}

function words(...values: (number | bigint)[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setBigInt64(i * 8, BigInt(value), true));
  return bytes;
}

function indices(count: number): Uint8Array {
  return new Uint8Array(Uint32Array.from({ length: count }, (_, i) => i).buffer);
}

t.test('the example of 5.5', async (t) => {
  const spec = mapOf(aggregate('hist', [0n]), { scriptName: '@lat' });
  const counts = new Array<number>(65).fill(0);
  [counts[0], counts[3], counts[4]] = [1, 3, 2];
  const map = readMap(spec, { count: 65, keys: indices(65), values: words(...counts) }, 1);
  t.equal(mapText(map, printAll, plainRendering), [
    '@lat:',
    '(..., 0)               1 |@@@@@@@@@@@@@@@@@                                   |',
    '[0]                    0 |                                                    |',
    '[1]                    0 |                                                    |',
    '[2, 4)                 3 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|',
    '[4, 8)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@                  |',
    '', '',
  ].join('\n'));
  t.equal(mapJson(map, printAll, plainRendering)!.data,
    '{"@lat": [{"max": -1, "count": 1},{"min": 0, "max": 0, "count": 0},{"min": 1, "max": 1, "count": 0},{"min": 2, "max": 3, "count": 3},{"min": 4, "max": 7, "count": 2}]}');
});

t.test('keyed count over two CPUs, ordered by value', async (t) => {
  const spec = mapOf(aggregate('count', [], false), { scriptName: '@', key: string(8), keySize: 8 });
  const keys = Buffer.from('bash\0\0\0\0cat\0\0\0\0\0');
  const map = readMap(spec, { count: 2, keys, values: words(5, 6, 1, 2) }, 2);
  t.equal(mapText(map, printAll, plainRendering), '@[cat]: 3\n@[bash]: 11\n');
  t.same(mapJson(map, printAll, plainRendering), { type: 'map', data: '{"@": {"cat": 3, "bash": 11}}' });
});

t.test('appendix A 14: top and div', async (t) => {
  const spec = mapOf(int64, { scriptName: '@', key: int64, keySize: 8, shape: { kind: 'plain' } });
  const map = readMap(spec, { count: 3, keys: words(1, 2, 3), values: words(5, 50, 500) }, 1);
  t.equal(mapText(map, { top: 2, divisor: 10, explicit: true }, plainRendering), '@[2]: 5\n@[3]: 50\n');
});
