// Maps as values of JavaScript.

import type { Value } from '../model/layout/value.js';
import { aggregateOf } from '../language/aggregates/index.js';
import type { HistogramRow } from '../language/aggregate.js';
import type { MapEntry, MergedMap } from '../runtime/collect/index.js';

/** An element of a map. */
export interface MapEntryValue {
  /** undefined: the only element of a map without keys */
  readonly key: Value | undefined;
  /** plain values; count, sum, min, max, avg as bigint; stats as `{ count, average, total }`; histograms as rows */
  readonly value: Value | readonly HistogramRow[];
}

/** The elements in print order, CPUs merged. */
export function mapEntries(map: MergedMap): MapEntryValue[] {
  return map.entries.map((entry) => ({ key: entry.key, value: valueOf(map, entry) }));
}

function valueOf({ spec: { value: type } }: MergedMap, { value, merged }: MapEntry): Value | readonly HistogramRow[] {
  if (type.kind !== 'aggregate' || merged === undefined) return value ?? null;
  const record = aggregateOf(type);
  return merged.kind === 'histogram' && record.rows ? record.rows(merged, type) : record.toValue(merged, type);
}
