// Time series as a graph that runs down the page, and as JSON points (language.md 5.7, 7).
//
//   in     the points of one key, the newest epoch of the whole map
//   facts  graph 53 columns wide; times are local in text, UTC in JSON

import type { AggregateType } from '../../model/types/types.js';
import type { Merged, Strftime } from '../aggregate.js';
import { jsonInteger } from '../json-text.js';

type Series = Extract<Merged, { kind: 'tseries' }>;

const GRAPH_WIDTH = 53;
const LAST_COLUMN = BigInt(GRAPH_WIDTH - 1);
const MIN_WIDTH = 21;

/** heading: with the blanks before the border, counted in bytes, of which `μ` has two */
interface Clock { readonly format: string; readonly heading: string; readonly width: number }

function clockOf(intervalNs: bigint): Clock {
  if (intervalNs >= 1_000_000_000n) return { format: '%H:%M:%S', heading: 'hh:mm:ss ', width: 8 };
  if (intervalNs >= 1_000_000n) return { format: '%H:%M:%S.%l', heading: 'hh:mm:ss.ms  ', width: 12 };
  if (intervalNs >= 1_000n) return { format: '%H:%M:%S.%f', heading: 'hh:mm:ss.μs    ', width: 15 };
  return { format: '%H:%M:%S.%k', heading: 'hh:mm:ss.ns        ', width: 18 };
}

/** The newest epoch of any key; undefined when there is none. */
export function newestEpoch(all: readonly Series[]): bigint | undefined {
  let newest: bigint | undefined;
  for (const { points } of all) for (const { epoch } of points.values()) if (newest === undefined || epoch > newest) newest = epoch;
  return newest;
}

/** Values by epoch inside the window that ends at `newest`. */
function window(series: Series, newest: bigint, type: AggregateType): Map<bigint, bigint> {
  const first = newest - type.parameters[1]! + 1n;
  const points = [...series.points.values()].filter(({ epoch }) => epoch >= first).sort((a, b) => (a.epoch < b.epoch ? -1 : 1));
  return new Map(points.map(({ epoch, value }) => [epoch, value]));
}

export function seriesText(series: Series, newest: bigint | undefined, type: AggregateType, strftime: Strftime): string {
  const values = newest === undefined ? new Map<bigint, bigint>() : window(series, newest, type);
  if (newest === undefined || values.size === 0) return '<no data>\n';
  const interval = type.parameters[0]!;
  const clock = clockOf(interval);
  const { min, max } = scaleOf([...values.values()], type.signed);
  const margin = ' '.repeat(clock.width + 1);
  const bounds = `${margin}${String(min).padEnd(MIN_WIDTH)}${String(max).padStart(GRAPH_WIDTH - MIN_WIDTH)}\n`;
  const border = '_'.repeat(GRAPH_WIDTH - 2);

  let text = `${bounds}${clock.heading}|${border}|\n`;
  for (let epoch = values.keys().next().value!; epoch <= newest; epoch++) {
    const value = values.get(epoch);
    text += `${strftime(clock.format, epoch * interval)} ${graph(value, min, max)} ${value ?? '-'}\n`;
  }
  return `${text}${margin}v${border}v\n${bounds}`;
}

/** Lowest and highest value; when they are equal one more on each side, as far as the type goes. */
function scaleOf(values: readonly bigint[], signed: boolean): { min: bigint; max: bigint } {
  let min = values[0]!;
  let max = values[0]!;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min !== max) return { min, max };
  const lowest = signed ? -(1n << 63n) : 0n;
  const highest = signed ? (1n << 63n) - 1n : (1n << 64n) - 1n;
  return { min: min > lowest ? min - 1n : min, max: max < highest ? max + 1n : max };
}

function graph(value: bigint | undefined, min: bigint, max: bigint): string {
  const columns = ['|', ...' '.repeat(GRAPH_WIDTH - 2), '|'];
  const columnOf = (n: bigint): number => Number((LAST_COLUMN * (n - min)) / (max - min));
  if (min < 0n && max > 0n) columns[columnOf(0n)] = '.';
  if (value !== undefined) columns[columnOf(value)] = '*';
  return columns.join('');
}

export function seriesJson(series: Series, newest: bigint | undefined, type: AggregateType, strftime: Strftime): string {
  if (newest === undefined) return '[]';
  const points = [...window(series, newest, type)].map(([epoch, value]) => {
    const start = strftime('%Y-%m-%d %H:%M:%S.%k', epoch * type.parameters[0]!, { utc: true });
    return `{"interval_start":"${start}","value":${jsonInteger(value)}}`;
  });
  return `[${points.join(',')}]`;
}
