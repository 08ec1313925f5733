// Whole maps as text and JSON (language.md 5.4, 7).
//
//   in     a MergedMap, what print() was told, a Rendering
//   out    the lines, or the `type` and `data` of the JSON object; undefined when the map prints nothing

import type { AggregateType } from '../../model/types/types.js';
import type { Value } from '../../model/layout/value.js';
import type { Merged } from '../../language/aggregate.js';
import type { MapEntry, MergedMap } from '../../language/merged-map.js';
import { aggregateOf } from '../../language/aggregates/index.js';
import { histogramJson, histogramText } from './histogram.js';
import { compileJson, compileJsonKey, jsonInteger, jsonString, statsJson } from './json.js';
import { newestEpoch, seriesJson, seriesText } from './series.js';
import { compileKeyText, compileText, statsText } from './text.js';
import type { Rendering } from './rendering.js';

export interface PrintOptions {
  /** only the last so many elements; 0: all */
  readonly top: number;
  /** numbers are divided by it; 0: not */
  readonly divisor: number;
  /** the script asked: an empty scalar map prints its zero */
  readonly explicit: boolean;
}

export const printAll: PrintOptions = { top: 0, divisor: 0, explicit: false };

export function mapText(map: MergedMap, options: PrintOptions, rendering: Rendering): string {
  const { spec } = map;
  const entries = chosenEntries(map, options);
  const key = spec.key && compileKeyText(spec.key, rendering);
  const printer = elementPrinter(map, entries, options, rendering);
  let text = '';
  for (const entry of entries) {
    const name = key ? `${spec.scriptName}[${key(entry.key!)}]` : spec.scriptName;
    text += printer.rows ? `${name}:\n${printer.text(entry)}\n` : `${name}: ${printer.text(entry)}\n`;
  }
  return text;
}

export function mapJson(map: MergedMap, options: PrintOptions, rendering: Rendering): { readonly type: string; readonly data: string } | undefined {
  const { spec } = map;
  const entries = chosenEntries(map, options);
  if (entries.length === 0) return undefined;
  const printer = elementPrinter(map, entries, options, rendering);
  const key = spec.key && compileJsonKey(spec.key, rendering);
  const data = key ? `{${entries.map((entry) => `${key(entry.key!)}: ${printer.json(entry)}`).join(', ')}}` : printer.json(entries[0]!);
  return { type: jsonTypeOf(map), data: `{${jsonString(spec.scriptName ?? spec.name)}: ${data}}` };
}

function chosenEntries({ spec, entries, zero }: MergedMap, { top, explicit }: PrintOptions): readonly MapEntry[] {
  if (spec.key === undefined) return entries.length === 0 && explicit && zero ? [zero] : entries;
  return top > 0 ? entries.slice(-top) : entries;
}

function jsonTypeOf({ spec: { value } }: MergedMap): string {
  if (value.kind !== 'aggregate') return 'map';
  switch (value.name) {
    case 'hist': case 'lhist': return 'hist';
    case 'stats': case 'avg': return 'stats';
    case 'tseries': return 'tseries';
    default: return 'map';
  }
}

interface ElementPrinter {
  /** the text is lines of its own below the name */
  readonly rows: boolean;
  readonly text: (entry: MapEntry) => string;
  readonly json: (entry: MapEntry) => string;
}

function elementPrinter({ spec }: MergedMap, entries: readonly MapEntry[], options: PrintOptions, rendering: Rendering): ElementPrinter {
  const divisor = BigInt(options.divisor === 0 ? 1 : options.divisor);
  if (spec.value.kind === 'aggregate') return aggregatePrinter(spec.value, entries, divisor);
  const text = compileText(spec.value, rendering);
  const json = compileJson(spec.value, rendering);
  const shown = (value: Value): Value => (spec.value.kind === 'int' ? divided(value as number | bigint, divisor) : value);
  return { rows: false, text: ({ value }) => text(shown(value!)), json: ({ value }) => json(shown(value!)) };
}

function divided(value: number | bigint, divisor: bigint): number | bigint {
  if (divisor === 1n) return value;
  return typeof value === 'bigint' ? value / divisor : Math.trunc(value / Number(divisor));
}

function aggregatePrinter(type: AggregateType, entries: readonly MapEntry[], divisor: bigint): ElementPrinter {
  const record = aggregateOf(type);
  if (type.name === 'tseries') {
    const newest = newestEpoch(entries.map(({ merged }) => merged as Extract<Merged, { kind: 'tseries' }>));
    return {
      rows: true,
      text: ({ merged }) => seriesText(merged as Extract<Merged, { kind: 'tseries' }>, newest, type),
      json: ({ merged }) => seriesJson(merged as Extract<Merged, { kind: 'tseries' }>, newest, type),
    };
  }
  if (record.rows) {
    // lhist's counts are never divided
    const by = type.name === 'hist' ? divisor : 1n;
    const rowsOf = ({ merged }: MapEntry) => record.rows!(merged as Extract<Merged, { kind: 'histogram' }>, type);
    return { rows: true, text: (entry) => histogramText(rowsOf(entry), by), json: (entry) => histogramJson(rowsOf(entry), by) };
  }
  return { rows: false, text: ({ merged }) => numberText(merged!, type, divisor), json: ({ merged }) => numberJson(merged!, type, divisor) };
}

function numberText(merged: Merged, type: AggregateType, divisor: bigint): string {
  if (merged.kind === 'number') return String(merged.value / divisor);
  if (merged.kind !== 'stats') throw new Error(`${type.name}: '${merged.kind}' is no number`);
  const average = merged.average / divisor;
  return type.name === 'avg' ? String(average) : statsText(merged.count, average, merged.total);
}

function numberJson(merged: Merged, type: AggregateType, divisor: bigint): string {
  if (merged.kind === 'number') return jsonInteger(merged.value / divisor);
  if (merged.kind !== 'stats') throw new Error(`${type.name}: '${merged.kind}' is no number`);
  const average = merged.average / divisor;
  return type.name === 'avg' ? jsonInteger(average) : statsJson({ count: merged.count, average, total: merged.total });
}
