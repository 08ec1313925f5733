// What a chart keeps of a map over time.
//
//   in     readings of maps over time
//   out    ChartMapData
//   facts  count() and sum() are drawn in a second and in all, avg() and stats() as the average of what came in a stretch of time, min(), max() and plain
//          numbers as they stood at its end, tseries() with the intervals of its own, hist() and lhist() as percentiles (percentiles.ts)

import type { AggregateType } from '../../../model/types/types.js';
import type { MergedMap } from '../../../language/merged-map.js';
import type { Value } from '../../../model/layout/value.js';
import type { ManifestMap } from '../../../model/layout/manifest.js';
import type { Rendering } from '../rendering.js';
import type { Adding } from './changes.js';
import type { ChartKey, ChartMapData } from './chart-data.js';
import { identityOf, measureOf, type Measure } from './element-numbers.js';
import { keyNames } from './key-names.js';
import { MapOverTime } from './map-over-time.js';
import { PercentilesOverTime } from './percentiles.js';
import { OTHERS } from './time-columns.js';

export function isChartMap({ scriptName, value }: ManifestMap): boolean {
  const measure = measureOf(value);
  return scriptName !== undefined && measure !== 'other';
}

export function chartOverTime(spec: ManifestMap, rendering: Rendering, startMs: number): ChartOverTime {
  switch (measureOf(spec.value)) {
    case 'series': return new SeriesOverTime(spec, rendering);
    case 'histogram': return new PercentilesOverTime(spec, rendering, startMs);
    default: return new NumbersOverTime(spec, rendering, startMs);
  }
}

export interface ChartOverTime {
  emptied(map: MergedMap): void;
  read(map: MergedMap, nowMs: number): void;
  data(): ChartMapData;
}

/** What an element is, or what has been added to it. */
interface Numbers {
  readonly count: bigint;
  readonly total: bigint;
}

/** counter: adds up;  mean: total and count add up;  value: the last counts */
type Kind = 'counter' | 'mean' | 'value';

function kindOf(spec: ManifestMap, measure: Measure): Kind {
  if (measure === 'mean') return 'mean';
  // of `@x++` and `@x += n`, which nobody reads or sets
  return measure === 'counter' || measure === 'sum' || (measure === 'number' && spec.addedWords !== undefined) ? 'counter' : 'value';
}

const VIEWS: Readonly<Record<Kind, readonly string[]>> = { counter: ['per second', 'in all'], mean: ['average', 'values per second'], value: ['value'] };

class NumbersOverTime extends MapOverTime<Numbers> implements ChartOverTime {
  private readonly kind: Kind;

  constructor(spec: ManifestMap, rendering: Rendering, startMs: number) {
    const measure = measureOf(spec.value);
    const kind = kindOf(spec, measure);
    super(spec, rendering, startMs, addingOf(kind, measure !== 'sum' && measure !== 'number'), ({ total }) => total);
    this.kind = kind;
  }

  data(): ChartMapData {
    const { columns, names, otherKeys, startMs } = this.columns;
    const seconds = columns.map(({ endMs }, i) => (endMs - (columns[i - 1]?.endMs ?? startMs)) / 1000);
    const keyOf = (id: string, name: string): ChartKey => {
      const cells = columns.map((column) => column.cells.get(id));
      return { name, total: totalOf(cells, this.kind), lines: linesOf(cells, seconds, this.kind) };
    };
    const keys = [...names].map(([id, name]) => keyOf(id, name)).sort((a, b) => b.total - a.total);
    const adds = this.kind === 'counter';
    return {
      name: this.spec.scriptName!, views: VIEWS[this.kind], times: columns.map(({ endMs }) => endMs), otherKeys, adds,
      keys: adds && otherKeys > 0 ? [...keys, keyOf(OTHERS, `${otherKeys} other keys`)] : keys,
    };
  }
}

/** @param onlyGrows  what is less than before has begun anew; else it has fallen */
function addingOf(kind: Kind, onlyGrows: boolean): Adding<Numbers> {
  const held: Adding<Numbers>['held'] = ({ value, merged }) => {
    if (merged === undefined) return { count: 1n, total: BigInt(value as number | bigint) };
    if (merged.kind === 'number') return { count: 1n, total: merged.value };
    return merged.kind === 'stats' ? { count: merged.count, total: merged.total } : undefined;
  };
  // a value is there as long as its element is
  if (kind === 'value') return { held, since: (now) => now, join: (_, b) => b };
  const join = (a: Numbers, b: Numbers): Numbers => ({ count: a.count + b.count, total: a.total + b.total });
  if (kind === 'mean') return { held, join, since: (now, before) => (before === undefined || now.count < before.count ? some(now) : some({ count: now.count - before.count, total: now.total - before.total })) };
  return {
    held, join,
    since: (now, before) => {
      if (before === undefined || (onlyGrows && now.total < before.total)) return now;
      return now.total === before.total ? undefined : { count: 1n, total: now.total - before.total };
    },
  };
}

function some(numbers: Numbers): Numbers | undefined {
  return numbers.count === 0n ? undefined : numbers;
}

function totalOf(cells: readonly (Numbers | undefined)[], kind: Kind): number {
  const there = cells.filter((cell) => cell !== undefined);
  if (kind === 'value') return Number(there.at(-1)?.total ?? 0n);
  const total = there.reduce((sum, cell) => sum + cell.total, 0n);
  return kind === 'counter' ? Number(total) : average({ total, count: there.reduce((sum, { count }) => sum + count, 0n) });
}

function average({ total, count }: Numbers): number {
  return count === 0n ? 0 : Number(total) / Number(count);
}

function linesOf(cells: readonly (Numbers | undefined)[], seconds: readonly number[], kind: Kind): (number | null)[][] {
  switch (kind) {
    case 'value': return [cells.map((cell) => (cell === undefined ? null : Number(cell.total)))];
    case 'mean': return [cells.map((cell) => (cell === undefined ? null : average(cell))), cells.map((cell, i) => Number(cell?.count ?? 0n) / seconds[i]!)];
    case 'counter': {
      let sum = 0n;
      return [cells.map((cell, i) => Number(cell?.total ?? 0n) / seconds[i]!), cells.map((cell) => Number(sum += cell?.total ?? 0n))];
    }
  }
}

const MOST_POINTS = 20_000;
const MOST_SERIES = 300;

/** The intervals of tseries(), which keeps the last few only: they are gathered while they are there. */
class SeriesOverTime implements ChartOverTime {
  private readonly series = new Map<string, { readonly name: string; readonly points: Map<bigint, bigint> }>();
  private readonly others = new Set<string>();
  private readonly nameOf: (key: Value | undefined) => string;

  constructor(
    private readonly spec: ManifestMap,
    rendering: Rendering,
  ) {
    this.nameOf = keyNames(spec, rendering);
  }

  emptied(map: MergedMap): void {
    this.read(map);
  }

  read({ entries }: MergedMap): void {
    for (const { key, merged } of entries) {
      if (merged?.kind !== 'tseries') continue;
      const id = identityOf(key);
      let series = this.series.get(id);
      if (series === undefined && this.series.size >= MOST_SERIES) {
        this.others.add(id);
        continue;
      }
      if (series === undefined) this.series.set(id, (series = { name: this.nameOf(key), points: new Map() }));
      for (const { epoch, value } of merged.points.values()) series.points.set(epoch, value);
      for (const epoch of series.points.keys()) {
        if (series.points.size <= MOST_POINTS) break;
        series.points.delete(epoch);
      }
    }
  }

  data(): ChartMapData {
    const intervalNs = (this.spec.value as AggregateType).parameters[0]!;
    const epochs = [...new Set([...this.series.values()].flatMap(({ points }) => [...points.keys()]))].sort((a, b) => (a < b ? -1 : 1));
    const keys = [...this.series.values()].map(({ name, points }): ChartKey => {
      const line = epochs.map((epoch) => (points.has(epoch) ? Number(points.get(epoch)) : null));
      return { name, total: line.filter((value) => value !== null).at(-1) ?? 0, lines: [line] };
    });
    return {
      name: this.spec.scriptName!, views: ['value'], otherKeys: this.others.size, adds: false, keys: keys.sort((a, b) => b.total - a.total),
      times: epochs.map((epoch) => Number((epoch * intervalNs) / 1000n) / 1000),
    };
  }
}
