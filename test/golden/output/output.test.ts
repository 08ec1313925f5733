// Runs the golden maps of this directory (README.md).

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Merged } from '../../../lib/language/aggregate.js';
import { average } from '../../../lib/language/aggregates/words.js';
import type { ManifestMap } from '../../../lib/model/layout/manifest.js';
import type { Value } from '../../../lib/model/layout/value.js';
import type { AggregateType, Type } from '../../../lib/model/types/types.js';
import type { MapEntry } from '../../../lib/language/merged-map.js';
import { readMap } from '../../../lib/runtime/collect/index.js';
import { mapJson, mapText, plainRendering } from '../../../lib/runtime/output/index.js';

process.env.TZ = 'Europe/Berlin';

interface Case {
  readonly name: string;
  readonly value: Type & { readonly parameters?: readonly number[] };
  readonly key?: Type;
  readonly entries: readonly {
    readonly key?: Value;
    readonly value?: Value;
    readonly number?: number;
    readonly stats?: readonly [count: number, total: number];
    readonly buckets?: Readonly<Record<string, number>>;
    readonly points?: Readonly<Record<string, number>>;
  }[];
  readonly print?: readonly [top: number, divisor: number];
}

function mergedOf({ number, stats, buckets, points }: Case['entries'][number]): Merged {
  if (number !== undefined) return { kind: 'number', value: BigInt(number) };
  if (stats) return { kind: 'stats', count: BigInt(stats[0]), total: BigInt(stats[1]), average: average(BigInt(stats[1]), BigInt(stats[0])) };
  if (buckets) return { kind: 'histogram', buckets: new Map(Object.entries(buckets).map(([bucket, count]) => [Number(bucket), BigInt(count)])) };
  return { kind: 'tseries', points: new Map(Object.entries(points ?? {}).map(([epoch, value], i) => [i, { epoch: BigInt(epoch), value: BigInt(value) }])) };
}

function render({ name, value, key, entries, print }: Case): string {
  const type = value.kind === 'aggregate' ? { ...value, parameters: value.parameters.map(BigInt) } as AggregateType : value;
  const spec: ManifestMap = { name: 'm', scriptName: name, mapType: 'hash', perCpu: false, maxEntries: 1, key, value: type, keySize: 8, valueSize: 8, shape: { kind: 'plain' } };
  const found = entries.map((entry): MapEntry => (type.kind === 'aggregate' ? { key: entry.key, merged: mergedOf(entry) } : { key: entry.key, value: entry.value }));
  const options = { top: print?.[0] ?? 0, divisor: print?.[1] ?? 0, explicit: print !== undefined };
  const { zero } = readMap({ ...spec, perCpu: false }, { count: 0, keys: new Uint8Array(0), values: new Uint8Array(0) }, 1);
  const map = { spec, entries: found, ...(zero ? { zero } : {}) };
  const json = mapJson(map, options, plainRendering);
  const object = json ? `{"type": "${json.type}", "data": ${json.data}}\n` : '';
  if (json) JSON.parse(object);
  return `==> text\n${mapText(map, options, plainRendering)}==> json\n${object}`;
}

const directory = fileURLToPath(new URL('.', import.meta.url));
const MARK = '==> text\n';

for (const file of readdirSync(directory).filter((name) => name.endsWith('.txt'))) {
  const text = readFileSync(directory + file, 'utf8');
  const at = text.includes(MARK) ? text.indexOf(MARK) : text.length;
  const printed = render(JSON.parse(text.slice(0, at).replace(/^(?:# .*\n)*/, '')) as Case);
  if (process.env['GOLDEN_BLESS']) writeFileSync(directory + file, text.slice(0, at) + printed);
  else t.equal(printed, text.slice(at), file);
}
