// Maps as values of JavaScript.

import type { Value } from '../model/layout/value.js';
import { aggregateOf } from '../language/aggregates/index.js';
import { strftime } from '../runtime/output/index.js';
import { Histogram, type HistogramLayout } from './histogram.js';
import type { MapEntry, MergedMap } from '../runtime/collect/index.js';

/** An element of a map. */
export interface MapEntryValue {
  /** undefined: the only element of a map without keys */
  readonly key: Value | undefined;
  /** plain values; count, sum, min, max, avg as bigint; stats as `{ count, average, total }`; tseries as `{ interval_start, value }` each */
  readonly value: Value | Histogram;
}

/** The elements in print order, CPUs merged. */
export function mapEntries(map: MergedMap): MapEntryValue[] {
  return map.entries.map((entry) => ({ key: entry.key, value: valueOf(map, entry) }));
}

export const histogramLayout: HistogramLayout = {
  rows: (buckets, type) => aggregateOf(type).rows!(buckets, type),
  text: (buckets, type) => aggregateOf(type).printing.printer([buckets], type, { divisor: 1n, strftime }).text(buckets),
};

function valueOf({ spec: { value: type } }: MergedMap, { value, merged }: MapEntry): Value | Histogram {
  if (type.kind !== 'aggregate' || merged === undefined) return value ?? null;
  return merged.kind === 'histogram' ? new Histogram(merged, type, histogramLayout) : aggregateOf(type).toValue(merged, type);
}
