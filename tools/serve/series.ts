// Maps as metrics: which kind each is, and a series for each element.
//
//   in     the maps of a session, the script's text
//   out    Metric: name, kind, labels, and a reader of its series
//   idea   a series that has a place keeps it as long as its element is there: when there are too many, new ones fold into one whose labels say `other`.
//          What folded elements counted stays in it when they go. So no counter jumps back because of the fold
//   facts  reading changes nothing, so that any number of servers may ask. A map that the script clears is a counter that starts anew, which servers know.
//          Numbers are JavaScript's, as in OpenTelemetry's packages: above 2^53 they are rounded

import type { Histogram, MapHandle, Session, SymbolValue, Type, Value } from '../../lib/index.js';
import { added, bucketsOf, linearBounds, nativeOf, powerBounds, type Buckets, type Metric, type MetricKind, type Series } from '../shared/metrics.js';
import { NO_METRIC, keyNames, labelNames, metricComments, type MetricComment } from './labels.js';

export interface Metrics {
  readonly metrics: readonly Metric[];
  /** maps that are none, and why */
  readonly left: readonly string[];
  /** elements that the last readings folded */
  readonly folded: () => number;
}

const OTHER = 'other';

/** @param mostSeries  of each metric */
export function metricsOf(session: Session, script: string, mostSeries: number): Metrics {
  const comments = metricComments(script);
  const names = keyNames(script);
  const metrics: Metric[] = [];
  const readers: SeriesReader[] = [];
  const left: string[] = [];
  for (const name of session.maps.names) {
    if (comments.get(name)?.name === NO_METRIC) continue;
    const map = session.maps.get(name);
    const { key, value } = map.type;
    const reason = valueProblem(value) ?? keyProblem(key);
    if (reason !== undefined) {
      left.push(`${name} is no metric: ${reason}`);
      continue;
    }
    const parts = partsOf(key);
    const labels = labelsFor(comments.get(name), names.get(name) ?? [], parts.length);
    metrics.push(...metricsOfMap(name, value, comments.get(name), (kind, valueOf) => {
      const reader = new SeriesReader(session, map, parts, labels, mostSeries, kind !== 'gauge', valueOf);
      readers.push(reader);
      return { kind, read: () => reader.read() };
    }));
  }
  return { metrics, left, folded: () => readers.reduce((sum, { folded }) => sum + folded, 0) };
}

function labelsFor(comment: MetricComment | undefined, found: readonly (string | undefined)[], count: number): string[] {
  return labelNames(Array.from({ length: count }, (_, index) => comment?.labels?.[index] ?? found[index]), count);
}

type Reading = (kind: MetricKind, valueOf: (value: Value) => number | Buckets) => Pick<Metric, 'kind' | 'read'>;

function metricsOfMap(map: string, type: Type, comment: MetricComment | undefined, reading: Reading): Metric[] {
  const name = comment?.name ?? `tbpf_${map === '@' ? 'value' : map.slice(1)}`;
  const help = comment?.help ?? `${map} of the script`;
  if (type.kind !== 'aggregate') return [{ name, help, ...reading('gauge', numberOf) }];
  switch (type.name) {
    case 'count': case 'sum': return [{ name, help, ...reading('counter', numberOf) }];
    case 'hist': case 'lhist': {
      const bounds = type.name === 'hist' ? powerBounds() : linearBounds(type.parameters);
      const isHist = type.name === 'hist';
      return [{ name, help, ...reading('histogram', (value) => ({ ...bucketsOf(value as unknown as Histogram, bounds), ...(isHist && { native: nativeOf(value as unknown as Histogram) }) })) }];
    }
    case 'stats': return [
      { name: `${name}_count`, help: `${help}: how many values`, ...reading('counter', statOf('count')) },
      { name: `${name}_sum`, help: `${help}: their sum`, ...reading('counter', statOf('total')) },
      { name: `${name}_average`, help: `${help}: their average`, ...reading('gauge', statOf('average')) },
    ];
    default: return [{ name, help, ...reading('gauge', numberOf) }];
  }
}

function statOf(part: 'count' | 'total' | 'average'): (value: Value) => number {
  return (value) => Number((value as Readonly<Record<string, bigint>>)[part]);
}

function valueProblem(type: Type): string | undefined {
  if (type.kind === 'aggregate') return type.name === 'tseries' ? 'a time series has its own times' : undefined;
  return type.kind === 'int' || type.kind === 'bool' ? undefined : `its values are no numbers (${type.kind})`;
}

function keyProblem(key: Type | undefined): string | undefined {
  const wrong = partsOf(key).find((part) => ['stack', 'struct', 'array', 'buffer', 'tuple', 'record', 'timestamp'].includes(part.kind));
  return wrong && `its key has a part that is no label (${wrong.kind})`;
}

function partsOf(key: Type | undefined): readonly Type[] {
  if (key === undefined) return [];
  if (key.kind === 'record') return key.fields.map(({ type }) => type);
  return key.kind === 'tuple' ? key.elements : [key];
}

class SeriesReader {
  /** keys that have a series of their own */
  #placed = new Set<string>();
  /** keys that have none, with their last value */
  #folded = new Map<string, number | Buckets>();
  /** what folded elements had that are no longer there */
  #gone: number | Buckets | undefined;

  constructor(
    private readonly session: Session,
    private readonly map: MapHandle,
    private readonly parts: readonly Type[],
    private readonly labels: readonly string[],
    private readonly most: number,
    private readonly grows: boolean,
    private readonly valueOf: (value: Value) => number | Buckets,
  ) {}

  get folded(): number {
    return this.#folded.size;
  }

  async read(): Promise<Series[]> {
    const entries = await this.map.read() as unknown as readonly { readonly key: Value; readonly value: Value }[];
    const series: Series[] = [];
    const present = new Map<string, { readonly texts: readonly string[]; readonly value: number | Buckets }>();
    for (const { key, value } of entries) {
      const texts = this.#textsOf(key);
      const id = texts.join('\0');
      // keys may read alike: groups of one container, functions of one name
      present.set(id, { texts, value: this.grows ? added(present.get(id)?.value, this.valueOf(value)) : this.valueOf(value) });
    }
    const placed = new Set([...this.#placed].filter((id) => present.has(id)));
    const folded = new Map<string, number | Buckets>();
    for (const [id, { texts, value }] of present) {
      if (!placed.has(id) && !this.#folded.has(id) && placed.size < this.most) placed.add(id);
      if (placed.has(id)) series.push({ labels: this.#labelled(texts), value });
      else folded.set(id, value);
    }
    if (this.grows) for (const [id, value] of this.#folded) if (!present.has(id)) this.#gone = added(this.#gone, value);
    [this.#placed, this.#folded] = [placed, folded];
    const other = [...folded.values()].reduce<number | Buckets | undefined>(added, this.#gone);
    return other === undefined ? series : [...series, { labels: this.#labelled(this.labels.map(() => OTHER)), value: other }];
  }

  #labelled(texts: readonly string[]): Record<string, string> {
    return Object.fromEntries(this.labels.map((label, index) => [label, texts[index]!]));
  }

  #textsOf(key: Value): string[] {
    const values = this.parts.length === 0 ? [] : Array.isArray(key) ? key as Value[] : isRecord(key) ? Object.values(key) : [key];
    return this.parts.map((type, index) => this.#textOf(values[index]!, type));
  }

  #textOf(value: Value, type: Type): string {
    switch (type.kind) {
      case 'enum': return type.members.find(([, member]) => member === BigInt(value as bigint))?.[0] ?? String(value as bigint);
      case 'ksym': case 'usym': {
        const symbol = value as SymbolValue;
        return this.session.symbols.frame(symbol).name ?? `0x${symbol.address.toString(16)}`;
      }
      case 'username': return this.session.symbols.user(value as bigint) ?? String(value as bigint);
      case 'cgroup_path': if (type.owner !== undefined) return this.session.symbols[type.owner](value as bigint) ?? '';
        return this.session.symbols.cgroup(value as bigint) ?? String(value as bigint);
      case 'pointer': return `0x${(value as bigint).toString(16)}`;
      default: return String(value as string | bigint | boolean);
    }
  }
}

/** A key of named parts; symbols are objects too, and have a mark. */
function isRecord(key: Value): key is Readonly<Record<string, Value>> {
  return typeof key === 'object' && key !== null && !('$' in key);
}

function numberOf(value: Value): number {
  return Number(value as bigint);
}
