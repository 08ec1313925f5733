// Histograms as rows of bars and as JSON buckets (language.md 5.5, 5.6, 7).
//
//   facts  label 16 columns, count 8, bar 52; the length of a bar is computed in single precision, as bpftrace does, from
//          counts before they are divided by print()'s third argument

import type { AggregatePrinting, HistogramRow, Merged } from '../aggregate.js';
import type { AggregateType } from '../../model/types/types.js';
import { jsonInteger } from '../json-text.js';

const LABEL_WIDTH = 16;
const COUNT_WIDTH = 8;
const BAR_WIDTH = 52;
const bars = Array.from({ length: BAR_WIDTH + 1 }, (_, length) => '@'.repeat(length).padEnd(BAR_WIDTH));

function histogramText(rows: readonly HistogramRow[], divisor: bigint): string {
  let mostEvents = 0n;
  for (const { count } of rows) if (count > mostEvents) mostEvents = count;
  const most = Math.fround(Number(mostEvents));
  let text = '';
  for (const { label, count } of rows) {
    const length = most === 0 ? 0 : Math.trunc(Math.fround(Math.fround(Math.fround(Number(count)) / most) * BAR_WIDTH));
    text += `${label.padEnd(LABEL_WIDTH)}${String(divisor === 1n ? count : count / divisor).padStart(COUNT_WIDTH)} |${bars[length]!}|\n`;
  }
  return text;
}

function histogramJson(rows: readonly HistogramRow[], divisor: bigint): string {
  const buckets = rows.map(({ min, max, count }) => {
    const bounds = `${min === undefined ? '' : `"min": ${jsonInteger(min)}, `}${max === undefined ? '' : `"max": ${jsonInteger(max)}, `}`;
    return `{${bounds}"count": ${jsonInteger(count / divisor)}}`;
  });
  return `[${buckets.join(',')}]`;
}

/** @param divides  print()'s third argument divides the counts */
export function histogramPrinting(rowsOf: (merged: Merged, type: AggregateType) => readonly HistogramRow[], { divides }: { readonly divides: boolean }): AggregatePrinting {
  return {
    jsonType: 'hist', rows: true,
    printer(_all, type, tools) {
      const divisor = divides ? tools.divisor : 1n;
      return { text: (merged) => histogramText(rowsOf(merged, type), divisor), json: (merged) => histogramJson(rowsOf(merged, type), divisor) };
    },
  };
}
