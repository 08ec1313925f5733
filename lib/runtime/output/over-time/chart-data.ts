// What a chart's page shows, as data in it: for each key of a map one or two lines over time. Numbers are those of JavaScript.
//
//   made by  chart-over-time.ts, percentiles.ts
//   read by  lib/pages/chart, a page of its own that takes no file of the package but this one's types

export interface ChartKey {
  /** the key's text; '' of a map without keys */
  readonly name: string;
  /** what keys are ordered by, and what the page says of each: of counters their end, else the last value */
  readonly total: number;
  /** for each view of the map, and in it for each time; null: nothing was there */
  readonly lines: readonly (readonly (number | null)[])[];
}

export interface ChartMapData {
  /** with its `@` */
  readonly name: string;
  /** of the lines: `per second`, `in all` … */
  readonly views: readonly string[];
  /** ms since the epoch */
  readonly times: readonly number[];
  /** the largest first */
  readonly keys: readonly ChartKey[];
  /** keys that have no entry of their own: of counters they are the last entry, of others they are not there */
  readonly otherKeys: number;
  /** totals of keys can be added up */
  readonly adds: boolean;
}

export interface ChartData {
  readonly title: string;
  readonly maps: readonly ChartMapData[];
}
