// Moments of events as people and programs read them.
//
//   in     nanoseconds since boot, as `nsecs` gives them in a script; the clock of the session

import type { Clock } from '../../lib/index.js';
import type { TimeFormat } from './common.js';
import type { Column, ColumnOf, TextColumn } from './columns.js';

const NS_IN_MS = 1_000_000n;
const NS_IN_S = 1_000_000_000n;

export interface Timed {
  /** since boot */
  readonly timeNs: bigint;
}

/** The clock of a trace, and the moment that relative times count from. */
export class Times {
  /** since boot */
  originNs = 0n;
  private clock: Pick<Clock, 'toEpochNs'> = { toEpochNs: (ns) => ns };

  /** The trace has begun: relative times count from now, to the ms. */
  begin(clock: Pick<Clock, 'toEpochNs'>): void {
    this.clock = clock;
    this.originNs = bootNs(clock);
  }

  sinceOriginNs({ timeNs }: Timed): bigint {
    return timeNs - this.originNs;
  }

  /** since 1970 */
  epochNs({ timeNs }: Timed): bigint {
    return this.clock.toEpochNs(timeNs);
  }

  /** HH:MM:SS, local time */
  clockText(timed: Timed): string {
    const date = new Date(Number(this.epochNs(timed) / NS_IN_MS));
    return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
  }

  /** 2026-11-29T21:58:13.123456789Z */
  isoText(timed: Timed): string {
    const epochNs = this.epochNs(timed);
    return new Date(Number(epochNs / NS_IN_MS)).toISOString().replace(/\.\d+Z$/, `.${String(epochNs % NS_IN_S).padStart(9, '0')}Z`);
  }
}

/** Now, in ns since boot, to the ms. */
export function bootNs(clock: Pick<Clock, 'toEpochNs'>): bigint {
  return BigInt(Date.now()) * NS_IN_MS - clock.toEpochNs(0n);
}

/** Seconds with nine digits behind the point. */
export function secondsText(ns: bigint): string {
  const digits = String(ns < 0n ? -ns : ns).padStart(10, '0');
  return `${ns < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

export interface TimeOptions {
  /** of --time-format */
  readonly format: TimeFormat | undefined;
  readonly times: Times;
  /** the column that text has where --time-format is not given */
  readonly text: TextColumn<Timed>;
}

/** What timeColumn() makes: programs have `time`. */
export interface TimeFields {
  readonly time: string;
  readonly time_ns: bigint;
}

type TimeColumn = ColumnOf<Timed, TimeFields>;

/** When the event was: CSV and JSON always say it, in ISO 8601 where nothing else is asked for. With --time-format text says the same. */
export function timeColumn({ format, times, text }: TimeOptions): TimeColumn {
  switch (format) {
    case undefined: case 'iso': {
      const iso: TextColumn<Timed> = { heading: 'TIME', head: '%-30s ', row: '%-30s ', shown: true };
      return { field: 'time', type: 'string', doc: 'when it happened, UTC', value: (row) => times.isoText(row), text: format === undefined ? text : iso };
    }
    case 'epoch': case 'rel': {
      const isEpoch = format === 'epoch';
      const value = (row: Timed): bigint => (isEpoch ? times.epochNs(row) : times.sinceOriginNs(row));
      const width = isEpoch ? 20 : 14;
      return {
        field: 'time_ns', type: 'integer', doc: isEpoch ? 'when it happened, ns since 1970' : 'when it happened, ns since the start', value,
        text: { heading: 'TIME(s)', head: `%-${width}s `, row: `%-${width}s `, shown: true, value: (row) => secondsText(value(row)) },
      };
    }
  }
}

/** When a report was, as text has it. */
export function timeText({ text, value }: Column<Timed>, timed: Timed): string {
  return String(text?.value?.(timed) ?? value(timed));
}
