// What the elements of a map are as numbers that change: for tables that are drawn again and again, and for charts.
//
//   in     a MergedMap's elements
//   out    a value to sort by and to draw, and a number that grows with what happens, from which rates are made

import type { MapEntry } from '../../../language/merged-map.js';
import type { Type } from '../../../model/types/types.js';
import type { Value } from '../../../model/layout/value.js';

/** counter: count(), which only grows;  sum: sum(), of signed numbers it may fall;  number: a plain integer;  extreme: min(), max();  mean: avg(), stats();
 *  histogram: hist(), lhist();  series: tseries();  other: no number */
export type Measure = 'counter' | 'sum' | 'number' | 'extreme' | 'mean' | 'histogram' | 'series' | 'other';

export interface ElementNumbers {
  /** undefined: it is no number */
  readonly value: bigint | undefined;
  /** what a rate is made of; undefined: the element has none */
  readonly growing: bigint | undefined;
}

export function measureOf(type: Type): Measure {
  if (type.kind === 'int') return 'number';
  if (type.kind !== 'aggregate') return 'other';
  switch (type.name) {
    case 'count': return 'counter';
    case 'sum': return 'sum';
    case 'min': case 'max': return 'extreme';
    case 'avg': case 'stats': return 'mean';
    case 'tseries': return 'series';
    default: return 'histogram';
  }
}

/** Whether `growing` never falls: when it does, the element has begun anew. */
export function onlyGrows(measure: Measure): boolean {
  return measure === 'counter' || measure === 'mean' || measure === 'histogram';
}

export function numbersOf({ value, merged }: MapEntry, measure: Measure): ElementNumbers {
  if (merged === undefined) {
    const number = measure === 'number' ? BigInt(value as number | bigint) : undefined;
    return { value: number, growing: number };
  }
  switch (merged.kind) {
    case 'number': return { value: merged.value, growing: measure === 'extreme' ? undefined : merged.value };
    case 'stats': return { value: merged.average, growing: merged.count };
    case 'histogram': {
      let total = 0n;
      for (const count of merged.buckets.values()) total += count;
      return { value: total, growing: total };
    }
    case 'tseries': {
      const points = [...merged.points.values()];
      const last = points.length === 0 ? undefined : points.reduce((a, b) => (b.epoch > a.epoch ? b : a));
      return { value: last?.value, growing: undefined };
    }
  }
}

/** The same text for the same key, whatever its type; not for people. */
export function identityOf(key: Value | undefined): string {
  switch (typeof key) {
    case 'undefined': return '';
    case 'string': return JSON.stringify(key);
    case 'object':
      if (key === null) return 'null';
      if (key instanceof Uint8Array) return `<${key.join()}>`;
      if (Array.isArray(key)) return `[${(key as readonly Value[]).map(identityOf).join()}]`;
      return `{${Object.entries(key).map(([name, value]) => `${name}:${identityOf(value as Value)}`).join()}}`;
    default: return String(key);
  }
}
