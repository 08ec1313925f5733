// Percentiles of hist() and lhist() over time, as lines of a chart: of the values that came in a stretch of time, not of all until then.
//
//   facts  a map without keys has a line for each percentile; of one with keys each percentile is a view, in which each key has a line. A percentile is the upper
//          bound of the bucket in which it ends, as elsewhere (language/aggregates/percentile.ts); where nothing came the line has a gap

import type { AggregateType } from '../../../model/types/types.js';
import { aggregateOf } from '../../../language/aggregates/index.js';
import { percentileOf, SHOWN_PERCENTILES } from '../../../language/aggregates/percentile.js';
import { addingBuckets, totalOf, type Buckets } from './buckets.js';
import type { ChartKey, ChartMapData } from './chart-data.js';
import { MapOverTime } from './map-over-time.js';
import { OTHERS } from './time-columns.js';
import type { ManifestMap } from '../../../model/layout/manifest.js';
import type { Rendering } from '../rendering.js';

const names = SHOWN_PERCENTILES.map((q) => `p${q}`);

export class PercentilesOverTime extends MapOverTime<Buckets> {
  /** @param startMs  of the trace, ms since the epoch */
  constructor(spec: ManifestMap, rendering: Rendering, startMs: number) {
    super(spec, rendering, startMs, addingBuckets, totalOf);
  }

  data(): ChartMapData {
    const { columns, startMs, names: nameById, otherKeys } = this.columns;
    const seconds = columns.map(({ endMs }, i) => (endMs - (columns[i - 1]?.endMs ?? startMs)) / 1000);
    const about = { name: this.spec.scriptName!, times: columns.map(({ endMs }) => endMs), otherKeys };
    const cellsOf = (id: string): (Buckets | undefined)[] => columns.map(({ cells }) => cells.get(id));
    const lineOf = (cells: readonly (Buckets | undefined)[], q: number): (number | null)[] => cells.map((cell) => (cell === undefined ? null : this.percentile(cell, q)));
    if (this.spec.key === undefined) {
      const [id] = nameById.keys();
      const cells = id === undefined ? [] : cellsOf(id);
      const all = cells.reduce<Buckets>((sum, cell) => (cell ? addingBuckets.join(sum, cell) : sum), new Map());
      const keys = id === undefined ? [] : SHOWN_PERCENTILES.map((q, i): ChartKey => ({ name: names[i]!, total: this.percentile(all, q) ?? 0, lines: [lineOf(cells, q)] }));
      return { ...about, views: ['percentiles'], adds: false, keys: keys.reverse() };
    }
    const keyOf = (id: string, name: string): ChartKey => {
      const cells = cellsOf(id);
      const counts = cells.map((cell) => (cell === undefined ? 0 : Number(totalOf(cell))));
      return { name, total: counts.reduce((a, b) => a + b, 0), lines: [...SHOWN_PERCENTILES.map((q) => lineOf(cells, q)), counts.map((count, i) => count / seconds[i]!)] };
    };
    const keys = [...nameById].map(([id, name]) => keyOf(id, name)).sort((a, b) => b.total - a.total);
    return { ...about, views: [...names, 'values per second'], adds: true, keys: otherKeys > 0 ? [...keys, keyOf(OTHERS, `${otherKeys} other keys`)] : keys };
  }

  private percentile(buckets: Buckets, q: number): number | null {
    const type = this.spec.value as AggregateType;
    const found = percentileOf(aggregateOf(type).rows!({ kind: 'histogram', buckets }, type), q);
    return found === undefined ? null : Number(found.value);
  }
}
