// Whole maps as text and JSON (language.md 5.4, 7).
//
//   in     a MergedMap, the arguments of print(), a Rendering
//   out    the lines, or the `type` and `data` of the JSON object; undefined when the map prints nothing
//   facts  how the elements of an aggregate look stands in its record (language/aggregates)

import type { Value } from '../../model/layout/value.js';
import type { MapEntry, MergedMap } from '../../language/merged-map.js';
import type { PrintOptions } from '../../language/output-event.js';
import type { HistogramRow } from '../../language/aggregate.js';
import { aggregateOf } from '../../language/aggregates/index.js';
import { percentileOf, percentilesLine, SHOWN_PERCENTILES } from '../../language/aggregates/percentile.js';
import { jsonInteger, jsonString } from '../../language/json-text.js';
import { compileJson, compileJsonKey } from './json.js';
import { strftime } from './strftime.js';
import { compileKeyText, compileText } from './text.js';
import type { Rendering } from './rendering.js';

export const printAll: PrintOptions = { top: 0, divisor: 0, explicit: false };

export function mapText(map: MergedMap, options: PrintOptions, rendering: Rendering): string {
  const { spec } = map;
  const entries = chosenEntries(map, options);
  const key = spec.key && compileKeyText(spec.key, rendering);
  const printer = elementPrinter(map, entries, options, rendering);
  let text = '';
  for (const entry of entries) {
    const name = key ? `${spec.scriptName}[${key(entry.key!)}]` : spec.scriptName;
    const rows = options.percentiles ? histogramRows(map, entry) : undefined;
    const below = rows === undefined ? '' : `${percentilesLine(rows)}\n`;
    text += printer.rows ? `${name}:\n${printer.text(entry)}${below}\n` : `${name}: ${printer.text(entry)}\n`;
  }
  return text;
}

export interface MapJson {
  readonly type: string;
  readonly data: string;
  /** of histograms, where they are asked for: a member beside `data`, of its shape */
  readonly percentiles?: string;
}

export function mapJson(map: MergedMap, options: PrintOptions, rendering: Rendering): MapJson | undefined {
  const { spec } = map;
  const entries = chosenEntries(map, options);
  if (entries.length === 0) return undefined;
  const printer = elementPrinter(map, entries, options, rendering);
  const key = spec.key && compileJsonKey(spec.key, rendering);
  const dataOf = (json: (entry: MapEntry) => string): string => {
    const data = key ? `{${entries.map((entry) => `${key(entry.key!)}: ${json(entry)}`).join(', ')}}` : json(entries[0]!);
    return `{${jsonString(spec.scriptName ?? spec.name)}: ${data}}`;
  };
  const percentiles = options.percentiles && isHistogram(map) ? { percentiles: dataOf((entry) => percentilesJson(histogramRows(map, entry)!)) } : {};
  return { type: printer.jsonType, data: dataOf(printer.json), ...percentiles };
}

function isHistogram({ spec: { value } }: MergedMap): boolean {
  return value.kind === 'aggregate' && aggregateOf(value).rows !== undefined;
}

/** The rows of an element of hist() or lhist(); undefined of other elements. */
export function histogramRows({ spec: { value } }: Pick<MergedMap, 'spec'>, { merged }: MapEntry): readonly HistogramRow[] | undefined {
  return merged?.kind === 'histogram' && value.kind === 'aggregate' ? aggregateOf(value).rows!(merged, value) : undefined;
}

/** `{"p50": 7, "p90": 15, "p99": 31}`, `{}` of an empty histogram. A percentile in a row that is open above has that row's lower bound, and `"p99_open": true`. */
export function percentilesJson(rows: readonly HistogramRow[]): string {
  const members = SHOWN_PERCENTILES.flatMap((q) => {
    const percentile = percentileOf(rows, q);
    if (percentile === undefined) return [];
    return [`"p${q}": ${jsonInteger(percentile.value)}`, ...(percentile.isLeast ? [`"p${q}_open": true`] : [])];
  });
  return `{${members.join(', ')}}`;
}

/** The elements that print(@m, top) shows. */
export function chosenEntries({ spec, entries, zero }: MergedMap, { top, explicit }: PrintOptions): readonly MapEntry[] {
  if (spec.key === undefined) return entries.length === 0 && explicit && zero ? [zero] : entries;
  return top > 0 ? entries.slice(-top) : entries;
}

interface ElementPrinter {
  readonly jsonType: string;
  /** the text is lines of its own below the name */
  readonly rows: boolean;
  readonly text: (entry: MapEntry) => string;
  readonly json: (entry: MapEntry) => string;
}

function elementPrinter({ spec }: MergedMap, entries: readonly MapEntry[], options: PrintOptions, rendering: Rendering): ElementPrinter {
  const divisor = BigInt(options.divisor === 0 ? 1 : options.divisor);
  if (spec.value.kind === 'aggregate') {
    const { jsonType, rows, printer } = aggregateOf(spec.value).printing;
    const { text, json } = printer(entries.map(({ merged }) => merged!), spec.value, { divisor, strftime });
    return { jsonType, rows, text: ({ merged }) => text(merged!), json: ({ merged }) => json(merged!) };
  }
  const text = compileText(spec.value, rendering);
  const json = compileJson(spec.value, rendering);
  const shown = (value: Value): Value => (spec.value.kind === 'int' ? divided(value as number | bigint, divisor) : value);
  return { jsonType: 'map', rows: false, text: ({ value }) => text(shown(value!)), json: ({ value }) => json(shown(value!)) };
}

function divided(value: number | bigint, divisor: bigint): number | bigint {
  if (divisor === 1n) return value;
  return typeof value === 'bigint' ? value / divisor : Math.trunc(value / Number(divisor));
}
