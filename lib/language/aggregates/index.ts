// Every map function by name. A new one is a file here, a line below and its tests.

import type { AggregateRecord } from '../aggregate.js';
import type { AggregateType } from '../../model/types/types.js';
import { count } from './count.js';
import { hist } from './hist.js';
import { lhist } from './lhist.js';
import { max, min } from './extreme.js';
import { avg, stats } from './mean.js';
import { sum } from './sum.js';
import { tseries } from './tseries.js';

export const aggregates: ReadonlyMap<string, AggregateRecord> = new Map(
  [count, sum, min, max, avg, stats, hist, lhist, tseries].map((record) => [record.name, record]),
);

/** The record of a type. @throws Error when the type names none: a manifest of another version */
export function aggregateOf(type: AggregateType): AggregateRecord {
  const record = aggregates.get(type.name);
  if (!record) throw new Error(`there is no map function '${type.name}'`);
  return record;
}
