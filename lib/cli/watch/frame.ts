// All that stands on the screen, as lines: a line about the trace, a table for each map, the last lines of output, the keys.
//
//   in     what is known of the maps, and the size of the screen
//   out    lines of at most so many columns, as many as there are rows
//   idea   numbers stand before the key, which may be long: it is cut at the edge, and the arrows move it. Maps share the rows: small ones get what
//          they need, the others equal parts of the rest

import type { AggregateType } from '../../model/types/types.js';
import type { Value } from '../../model/layout/value.js';
import { percentileOf, percentileText, SHOWN_PERCENTILES } from '../../language/aggregates/percentile.js';
import { compileText, histogramRows, type Rendering } from '../../runtime/output/index.js';
import { keyNames, oneLine } from '../../runtime/output/over-time/key-names.js';
import { bar, changeText, cut, padEnd, padStart, rateText, shape } from './cells.js';
import { sorted, type Order, type Row, type Table } from './table.js';

export interface Line {
  readonly text: string;
  /** bar: of the whole width, at the edges of the screen;  title: of a map;  head: of columns */
  readonly style?: 'bar' | 'title' | 'chosen' | 'head' | 'dim';
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Scene {
  readonly title: string;
  readonly everySeconds: number;
  readonly paused: boolean;
  readonly order: Order;
  /** what a key has done, or why not */
  readonly note: string;
  readonly tables: readonly TableView[];
  /** the one that the arrows move in */
  readonly chosen: number;
  /** columns that keys are moved to the left by */
  readonly sideways: number;
  /** the last lines of output */
  readonly output: readonly string[];
  readonly unicode: boolean;
  /** hh:mm:ss */
  readonly clock: string;
}

const SHAPE_COLUMNS = 24;
const LABEL_COLUMNS = 16;
const COUNT_COLUMNS = 9;
/** A title, the names of the columns, a row. */
const LEAST_ROWS = 3;
/** Lines of output take at most this part of the screen. */
const OUTPUT_PART = 4;

interface Column {
  readonly title: string;
  readonly order?: Order;
  readonly cell: (row: Row) => string;
  readonly left?: boolean;
}

/** A map on the screen: its table, how its keys and values read, where it is scrolled to. */
export class TableView {
  offset = 0;
  /** rows that were shown last */
  shownRows = 0;
  readonly keyText: (row: Row) => string;
  private readonly valueText: (value: Value) => string;

  constructor(
    readonly table: Table,
    rendering: Rendering,
  ) {
    const nameOf = keyNames(table.spec, rendering);
    this.keyText = ({ entry }) => nameOf(entry.key);
    const valueText = compileText(table.spec.value, { ...rendering, data: (text) => text });
    this.valueText = (shown) => oneLine(valueText(shown));
  }

  /** Rows that the map would fill. */
  needs(unicode: boolean): number {
    return this.body({ order: 'value', columns: 80, unicode, sideways: 0 }, 0, Infinity, true).rows + 1;
  }

  /** The map in so many rows. */
  lines(scene: Pick<Scene, 'order' | 'unicode' | 'sideways'>, isChosen: boolean, columns: number, rows: number): Line[] {
    const { lines, rows: all, head } = this.body({ ...scene, columns }, this.offset, rows - 1);
    const room = Math.max(0, rows - 1 - head);
    const most = Math.max(0, all - head - room);
    this.shownRows = room;
    if (this.offset > most) {
      this.offset = most;
      return this.lines(scene, isChosen, columns, rows);
    }
    const part = most > 0 && room > 0 ? `rows ${this.offset + 1}-${Math.min(this.offset + room, all - head)} of ${all - head}` : '';
    return [{ text: cut(this.title(part), columns), style: isChosen ? 'chosen' : 'title' }, ...lines];
  }

  private title(part: string): string {
    const { spec, reading: { total, rate, rows }, measure } = this.table;
    const sums = spec.key === undefined ? [] : [...(total === undefined ? [] : [`total ${total}`]), ...(rate === undefined ? [] : [`${rateText(rate)}${measure === 'mean' ? ' values' : ''}/s`])];
    const size = spec.key === undefined ? [] : [`${rows.length} ${rows.length === 1 ? 'element' : 'elements'}`];
    return [spec.scriptName!, spec.value.kind === 'aggregate' ? `${spec.value.name}()` : '', ...size, ...sums, part].filter((text) => text !== '').join('  ');
  }

  /** rows: of all lines, shown or not;  head: of them, the names of the columns */
  private body(look: { order: Order; columns: number; unicode: boolean; sideways: number }, offset: number, room: number, onlyCounts = false): { lines: Line[]; rows: number; head: number } {
    const { table: { reading, measure, spec } } = this;
    if (reading.rows.length === 0) return { lines: [{ text: '  (empty)', style: 'dim' }], rows: 1, head: 0 };
    if (measure === 'histogram' && spec.key === undefined) return this.bars(look, offset, room);
    if (onlyCounts) return { lines: [], rows: reading.rows.length + 1, head: 1 };
    const columns = this.columns(look);
    const shown = sorted(reading.rows, look.order, this.keyText).slice(offset, offset + Math.max(0, room - 1));
    const cells = [columns.map(({ title, order }) => (order === look.order ? `${title}${look.unicode ? '▾' : '*'}` : title)), ...shown.map((row) => columns.map(({ cell }) => cell(row)))];
    const widths = columns.map((_, i) => Math.max(...cells.map((texts) => texts[i]!.length), MIN_CELL));
    const lines = cells.map((texts, line): Line => {
      const numbers = texts.map((text, i) => (columns[i]!.left ? padEnd(text, widths[i]!) : padStart(text, widths[i]!))).join('  ');
      const key = spec.key === undefined ? '' : line === 0 ? `KEY${look.order === 'key' ? (look.unicode ? '▾' : '*') : ''}` : this.keyText(shown[line - 1]!);
      return { text: cut(`  ${numbers}  ${line === 0 ? key : cut(key, Infinity, look.sideways)}`.trimEnd(), look.columns), ...(line === 0 && { style: 'head' as const }) };
    });
    return { lines, rows: reading.rows.length + 1, head: 1 };
  }

  private columns({ unicode }: { unicode: boolean }): Column[] {
    const value: Column = { title: 'VALUE', order: 'value', cell: (row) => String(row.value ?? '') };
    const rate: Column = { title: '/s', order: 'rate', cell: (row) => (row.rate === undefined ? '' : rateText(row.rate)) };
    const change: Column = { title: 'CHANGE', order: 'change', cell: (row) => (row.change === undefined ? '' : changeText(row.change)) };
    switch (this.table.measure) {
      case 'counter': case 'sum': case 'number': return [value, rate, change];
      case 'extreme': return [value, change];
      case 'mean': return [{ ...value, title: 'AVERAGE' }, change, { title: 'COUNT', cell: (row) => String(row.growing) }, { ...rate, title: 'COUNT/s' }, ...this.totals()];
      case 'histogram': return [{ ...value, title: 'COUNT' }, rate, change, ...this.percentiles(), this.shape(unicode)];
      case 'series': return [{ ...value, title: 'LAST' }, change, { title: 'SERIES', left: true, cell: ({ entry: { merged } }) => (merged?.kind === 'tseries' ? seriesShape(merged.points, unicode) : '') }];
      case 'other': return [{ title: 'VALUE', left: true, cell: ({ entry }) => cut(this.valueText(entry.value!), MOST_TEXT) }];
    }
  }

  private totals(): Column[] {
    const { value } = this.table.spec;
    return (value as AggregateType).name === 'stats' ? [{ title: 'TOTAL', cell: ({ entry: { merged } }) => (merged?.kind === 'stats' ? String(merged.total) : '') }] : [];
  }

  private percentiles(): Column[] {
    return SHOWN_PERCENTILES.map((q) => ({ title: `p${q}`, cell: ({ entry }) => percentileText(percentileOf(histogramRows(this.table, entry)!, q)) }));
  }

  /** Of all elements over the same buckets, so that they can be compared. */
  private shape(unicode: boolean): Column {
    let first = Infinity;
    let last = -Infinity;
    for (const { entry: { merged } } of this.table.reading.rows) {
      if (merged?.kind !== 'histogram') continue;
      for (const bucket of merged.buckets.keys()) [first, last] = [Math.min(first, bucket), Math.max(last, bucket)];
    }
    const cell = ({ entry: { merged } }: Row): string => {
      if (merged?.kind !== 'histogram' || last < first) return '';
      return shape(Array.from({ length: last - first + 1 }, (_, i) => merged.buckets.get(first + i) ?? 0n), SHAPE_COLUMNS, unicode);
    };
    return { title: 'DISTRIBUTION', left: true, cell };
  }

  /** The only histogram of a map without keys, with all its rows. */
  private bars({ columns, unicode }: { columns: number; unicode: boolean }, offset: number, room: number): { lines: Line[]; rows: number; head: number } {
    const row = this.table.reading.rows[0]!;
    const rows = histogramRows(this.table, row.entry)!;
    const most = rows.reduce((a, { count }) => (count > a ? count : a), 0n);
    const percentiles = SHOWN_PERCENTILES.map((q) => `p${q} ${percentileText(percentileOf(rows, q))}`).join('  ');
    const about = `  count ${row.value!}  ${rateText(row.rate ?? 0)}/s  ${changeText(row.change ?? 0n)}  ${percentiles}`;
    const width = columns - 2 - LABEL_COLUMNS - COUNT_COLUMNS - 1;
    const lines = rows.slice(offset, offset + Math.max(0, room - 1)).map(({ label, count }): Line => ({
      text: cut(`  ${padEnd(label, LABEL_COLUMNS)}${padStart(String(count), COUNT_COLUMNS)} ${bar(count, most, width, unicode)}`, columns),
    }));
    return { lines: [{ text: cut(about, columns), style: 'head' }, ...lines], rows: rows.length + 1, head: 1 };
  }
}

const MIN_CELL = 6;
const MOST_TEXT = 60;

function seriesShape(points: ReadonlyMap<number, { readonly epoch: bigint; readonly value: bigint }>, unicode: boolean): string {
  const values = [...points.values()].sort((a, b) => (a.epoch < b.epoch ? -1 : 1)).slice(-SHAPE_COLUMNS).map(({ value }) => value);
  const least = values.reduce((a, b) => (b < a ? b : a), values[0] ?? 0n);
  return shape(values.map((value) => value - least + 1n), SHAPE_COLUMNS, unicode);
}

export function frame(scene: Scene, { columns, rows }: Size): Line[] {
  const state = scene.paused ? 'PAUSED, tracing goes on' : `every ${scene.everySeconds} s`;
  const top: Line = { text: padEnd(cut(`${scene.clock}  ${state}  ${scene.title}`, columns), columns), style: 'bar' };
  const keys = ['q quit', 'p pause', `s sort: ${scene.order}`, 'z zero', ...(scene.tables.length > 1 ? ['Tab next map'] : []), 'arrows scroll'].join('  ');
  const bottom: Line = { text: padEnd(cut(scene.note === '' ? keys : scene.note, columns), columns), style: 'bar' };
  if (rows < 3) return [top, bottom].slice(0, rows);
  const outputRows = scene.output.length === 0 ? 0 : Math.min(scene.output.length + 1, Math.max(2, Math.floor(rows / OUTPUT_PART)));
  const room = rows - 2 - (rows - 2 - outputRows < LEAST_ROWS ? 0 : outputRows);
  const tables = tableLines(scene, columns, room);
  const output = room === rows - 2 ? [] : outputLines(scene, columns, outputRows);
  const blank = Array.from({ length: Math.max(0, rows - 2 - tables.length - output.length) }, (): Line => ({ text: '' }));
  return [top, ...tables, ...blank, ...output, bottom];
}

function outputLines({ output, unicode }: Scene, columns: number, rows: number): Line[] {
  const title = `${(unicode ? '─' : '-').repeat(2)} output `;
  return [
    { text: title + (unicode ? '─' : '-').repeat(Math.max(0, columns - title.length)), style: 'dim' },
    ...output.slice(-(rows - 1)).map((text): Line => ({ text: cut(text, columns) })),
  ];
}

/** The tables that have room, the chosen one among them. */
function tableLines(scene: Scene, columns: number, room: number): Line[] {
  const { tables, chosen, unicode } = scene;
  // a blank line between two
  const fit = Math.max(1, Math.min(tables.length, Math.floor((room + 1) / (LEAST_ROWS + 1))));
  const first = Math.max(0, Math.min(chosen - fit + 1, tables.length - fit));
  const shown = tables.slice(first, first + fit);
  const heights = share(shown.map((view) => view.needs(unicode)), room - (shown.length - 1));
  return shown.flatMap((view, i): Line[] => [
    ...(i === 0 ? [] : [{ text: '' }]),
    ...view.lines(scene, tables.length > 1 && first + i === chosen, columns, heights[i]!).slice(0, heights[i]),
  ]);
}

/** Parts of a room: all get what they need, or those that need much get the same. */
export function share(needs: readonly number[], room: number): number[] {
  const parts = needs.map(() => 0);
  let left = room;
  let open = needs.map((_, i) => i);
  while (open.length > 0) {
    const each = Math.floor(left / open.length);
    const small = open.filter((i) => needs[i]! <= each);
    if (small.length === 0) {
      open.forEach((i, n) => (parts[i] = each + (n < left % open.length ? 1 : 0)));
      break;
    }
    for (const i of small) {
      parts[i] = needs[i]!;
      left -= needs[i]!;
    }
    open = open.filter((i) => !small.includes(i));
  }
  return parts;
}
