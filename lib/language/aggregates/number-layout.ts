// Aggregates that print as one number, and the three numbers of stats() (language.md 5.4, 7).

import type { AggregatePrinting, Merged } from '../aggregate.js';
import { jsonInteger } from '../json-text.js';
import { wrongKind } from './words.js';

export interface Stats { readonly count: bigint; readonly average: bigint; readonly total: bigint }

export function statsText({ count, average, total }: Stats): string {
  return `{ .count = ${count}, .average = ${average}, .total = ${total} }`;
}

export function statsJson({ count, average, total }: Stats): string {
  return `{"count": ${jsonInteger(count)}, "average": ${jsonInteger(average)}, "total": ${jsonInteger(total)}}`;
}

/** One number, divided by what print() says. */
export function numberPrinting(jsonType: 'map' | 'stats', numberOf: (merged: Merged) => bigint): AggregatePrinting {
  return {
    jsonType, rows: false,
    printer: (_all, _type, { divisor }) => ({ text: (merged) => String(numberOf(merged) / divisor), json: (merged) => jsonInteger(numberOf(merged) / divisor) }),
  };
}

/** The value of count, sum, min and max. */
export function numberOf(name: string, merged: Merged): bigint {
  return merged.kind === 'number' ? merged.value : wrongKind(name, merged.kind);
}
