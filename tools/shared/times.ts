// Moments of events as people and programs read them.
//
//   in     nanoseconds of the monotonic clock, as `nsecs(monotonic)` gives them in a script
//   facts  Node's process.hrtime is that clock, so that the distance to the wall clock is measured here; it is measured anew each second, for the wall
//          clock may be set. Date.now() is cut to milliseconds, and so is the distance

import type { TimeFormat } from './common.js';
import type { Column, TextColumn } from './columns.js';

const NS_IN_MS = 1_000_000n;
const NS_IN_S = 1_000_000_000n;

export interface Timed {
  /** ns of the monotonic clock */
  readonly timeNs: bigint;
}

/** Now, on the clock of events. */
export function nowNs(): bigint {
  return process.hrtime.bigint();
}

export class WallClock {
  private offsetNs = 0n;
  private measuredNs: bigint | undefined;

  /** ns since 1970 */
  epochNs(timeNs: bigint): bigint {
    const now = nowNs();
    if (this.measuredNs === undefined || now - this.measuredNs > NS_IN_S) {
      this.measuredNs = now;
      this.offsetNs = BigInt(Date.now()) * NS_IN_MS - now;
    }
    return timeNs + this.offsetNs;
  }

  /** HH:MM:SS, local time */
  clockText(timeNs: bigint): string {
    const date = new Date(Number(this.epochNs(timeNs) / NS_IN_MS));
    return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
  }

  /** 2026-11-29T21:58:13.123456789Z */
  isoText(timeNs: bigint): string {
    const epochNs = this.epochNs(timeNs);
    return new Date(Number(epochNs / NS_IN_MS)).toISOString().replace(/\.\d+Z$/, `.${String(epochNs % NS_IN_S).padStart(9, '0')}Z`);
  }
}

/** Seconds with nine digits behind the point. */
export function secondsText(ns: bigint): string {
  const digits = String(ns < 0n ? -ns : ns).padStart(10, '0');
  return `${ns < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

export interface TimeOptions {
  /** of --time-format */
  readonly format: TimeFormat | undefined;
  /** what relative times count from */
  readonly originNs: () => bigint;
  /** the column that text has where --time-format is not given */
  readonly text: Omit<TextColumn<Timed>, 'value'> & { readonly value: (row: Timed, clock: WallClock) => string | number };
}

/** When the event was: CSV and JSON always say it, in ISO 8601 where nothing else is asked for. With --time-format text says the same. */
export function timeColumn({ format, originNs, text }: TimeOptions): Column<Timed> {
  const clock = new WallClock();
  const asked = format !== undefined;
  switch (format) {
    case undefined: case 'iso': {
      const value = ({ timeNs }: Timed): string => clock.isoText(timeNs);
      return { field: 'time', type: 'string', doc: 'when it happened, UTC', value, text: asked ? { heading: 'TIME', head: '%-30s ', row: '%-30s ', shown: true } : { ...text, value: (row) => text.value(row, clock) } };
    }
    case 'epoch': case 'rel': {
      const ns = ({ timeNs }: Timed): bigint => (format === 'epoch' ? clock.epochNs(timeNs) : timeNs - originNs());
      const width = format === 'epoch' ? 20 : 14;
      return {
        field: 'time_ns', type: 'integer', doc: format === 'epoch' ? 'when it happened, ns since 1970' : 'when it happened, ns since the start', value: ns,
        text: { heading: 'TIME(s)', head: `%-${width}s `, row: `%-${width}s `, shown: true, value: (row) => secondsText(ns(row)) },
      };
    }
  }
}
