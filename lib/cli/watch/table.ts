// A map as a table that is read again and again: rows with their value, how much it changed since the reading before, and how much that is in a second.
//
//   in     readings of a map, with their times
//   out    rows, in the order that is asked for
//   facts  where a number that only grows is smaller than before, its element was deleted or cleared meanwhile: it is counted from zero

import type { MapEntry, MergedMap } from '../../language/merged-map.js';
import type { ManifestMap } from '../../model/layout/manifest.js';
import { identityOf, measureOf, numbersOf, onlyGrows, type ElementNumbers, type Measure } from '../../runtime/output/over-time/element-numbers.js';

export type Order = 'value' | 'rate' | 'change' | 'key';
export const orders: readonly Order[] = ['value', 'rate', 'change', 'key'];

export interface Row extends ElementNumbers {
  readonly entry: MapEntry;
  /** since the reading before */
  readonly change: bigint | undefined;
  /** of `growing`, in a second */
  readonly rate: number | undefined;
}

export interface Reading {
  readonly rows: readonly Row[];
  /** of all rows, where adding them up means something */
  readonly total: bigint | undefined;
  readonly rate: number | undefined;
}

const none: Reading = { rows: [], total: undefined, rate: undefined };

export class Table {
  readonly measure: Measure;
  private before: ReadonlyMap<string, ElementNumbers> = new Map();
  reading: Reading = none;

  /** @param atMs  when the map was known to be empty */
  constructor(
    readonly spec: ManifestMap,
    private atMs: number,
  ) {
    this.measure = measureOf(spec.value);
  }

  update({ entries }: MergedMap, atMs: number): void {
    const seconds = (atMs - this.atMs) / 1000;
    const now = new Map<string, ElementNumbers>();
    const rows = entries.map((entry): Row => {
      const numbers = numbersOf(entry, this.measure);
      const id = identityOf(entry.key);
      now.set(id, numbers);
      const before = this.before.get(id);
      const grown = this.grown(numbers.growing, before?.growing);
      return { entry, ...numbers, change: this.changeOf(numbers, before, grown), rate: grown === undefined ? undefined : Number(grown) / seconds };
    });
    this.before = now;
    this.atMs = atMs;
    const adds = this.measure === 'counter' || this.measure === 'sum' || this.measure === 'histogram';
    this.reading = {
      rows,
      total: adds ? rows.reduce((sum, { growing }) => sum + growing!, 0n) : undefined,
      rate: adds || this.measure === 'mean' ? rows.reduce((sum, { rate }) => sum + rate!, 0) : undefined,
    };
  }

  /** The map was emptied. */
  startAgain(atMs: number): void {
    this.before = new Map();
    this.atMs = atMs;
    this.reading = none;
  }

  private grown(now: bigint | undefined, before = 0n): bigint | undefined {
    if (now === undefined) return undefined;
    return now < before && onlyGrows(this.measure) ? now : now - before;
  }

  private changeOf({ value }: ElementNumbers, before: ElementNumbers | undefined, grown: bigint | undefined): bigint | undefined {
    if (value === undefined) return undefined;
    if (this.measure === 'counter' || this.measure === 'sum' || this.measure === 'histogram' || this.measure === 'number') return grown;
    return before?.value === undefined ? undefined : value - before.value;
  }
}

/** The rows in order, largest first; rows that are equal, and rows without numbers, by their keys. */
export function sorted(rows: readonly Row[], order: Order, keyOf: (row: Row) => string): readonly Row[] {
  const keys = new Map<Row, string>();
  const key = (row: Row): string => {
    let text = keys.get(row);
    if (text === undefined) keys.set(row, (text = keyOf(row)));
    return text;
  };
  const numberIn = (row: Row): bigint | number | undefined => {
    switch (order) {
      case 'value': return row.value;
      case 'rate': return row.rate ?? row.value;
      case 'change': return row.change === undefined ? undefined : row.change < 0n ? -row.change : row.change;
      case 'key': return undefined;
    }
  };
  return [...rows].sort((a, b) => {
    const [x, y] = [numberIn(a), numberIn(b)];
    if (x !== y) {
      if (x === undefined) return 1;
      if (y === undefined) return -1;
      return x < y ? 1 : -1;
    }
    return compareTexts(key(a), key(b));
  });
}

/** Numbers in keys by their size. */
function compareTexts(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (a !== '' && b !== '' && !Number.isNaN(x) && !Number.isNaN(y) && x !== y) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}
