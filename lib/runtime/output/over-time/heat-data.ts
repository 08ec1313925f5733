// What a heat map's page shows, as data in it: for each key of hist() and lhist() how many values fell into which bucket when.
//
//   in     readings of maps over time
//   out    HeatData
//   read by  lib/pages/heatmap, a page of its own that takes no file of the package but this one's types
//   facts    counts are numbers of JavaScript: above 2^53 a picture shows no difference

import type { AggregateType } from '../../../model/types/types.js';
import type { ManifestMap } from '../../../model/layout/manifest.js';
import { aggregateOf } from '../../../language/aggregates/index.js';
import { addingBuckets, totalOf, type Buckets } from './buckets.js';
import { MapOverTime } from './map-over-time.js';
import { OTHERS } from './time-columns.js';
import type { Rendering } from '../rendering.js';

export interface HeatKey {
  /** the key's text; '' of a map without keys */
  readonly name: string;
  readonly total: number;
  /** column, row, count; column, row, count … */
  readonly cells: readonly number[];
}

export interface HeatMapData {
  /** with its `@` */
  readonly name: string;
  /** of buckets, the lowest first; min and max: inclusive bounds as digits, undefined where open */
  readonly rows: readonly { readonly label: string; readonly min?: string; readonly max?: string }[];
  /** ms since the epoch: where the first column begins, and where each ends */
  readonly times: readonly number[];
  /** those with most values first */
  readonly keys: readonly HeatKey[];
  /** keys that have no entry of their own; their values are those of the last entry */
  readonly otherKeys: number;
}

export interface HeatData {
  readonly title: string;
  readonly maps: readonly HeatMapData[];
}

export function isHeatMap({ scriptName, value }: ManifestMap): boolean {
  return scriptName !== undefined && value.kind === 'aggregate' && aggregateOf(value).rows !== undefined;
}

export class HeatOverTime extends MapOverTime<Buckets> {
  /** @param startMs  of the trace, ms since the epoch */
  constructor(spec: ManifestMap, rendering: Rendering, startMs: number) {
    super(spec, rendering, startMs, addingBuckets, totalOf);
  }

  data(): HeatMapData {
    const type = this.spec.value as AggregateType;
    const { columns, startMs, names, otherKeys } = this.columns;
    const seen = columns.flatMap(({ cells }) => [...cells.values()].flatMap((buckets) => [...buckets.keys()]));
    const first = seen.reduce((a, b) => Math.min(a, b), Infinity);
    const last = seen.reduce((a, b) => Math.max(a, b), -Infinity);
    const rows = seen.length === 0 ? [] : aggregateOf(type).rows!({ kind: 'histogram', buckets: new Map([[first, 1n], [last, 1n]]) }, type);
    const keyOf = (id: string, name: string): HeatKey => {
      const cells = columns.flatMap(({ cells: byId }, column) => [...(byId.get(id) ?? [])].flatMap(([bucket, count]) => [column, bucket - first, Number(count)]));
      return { name, total: cells.reduce((total, count, i) => (i % 3 === 2 ? total + count : total), 0), cells };
    };
    const keys = [...names].map(([id, name]) => keyOf(id, name)).sort((a, b) => b.total - a.total);
    return {
      name: this.spec.scriptName!, otherKeys, times: [startMs, ...columns.map(({ endMs }) => endMs)],
      rows: rows.map(({ label, min, max }) => ({ label, ...(min !== undefined && { min: String(min) }), ...(max !== undefined && { max: String(max) }) })),
      keys: otherKeys === 0 ? keys : [...keys, keyOf(OTHERS, `${otherKeys} other keys`)],
    };
  }
}
