// What a map function (count, sum, hist …) is: one record with its types, its lowering and its run-time half.
//
//   storage   per-CPU elements of `valueBytes` bytes. With `bucketCount` the map is a bucket map: its kernel key is the user's key
//             padded to 8 bytes followed by a u64 bucket index (scalar maps: an array indexed by the bucket), its value one u64 count
//             (or what valueBytes says)
//   present   scalar aggregates live in arrays, whose elements always exist: `isPresent` tells from the bytes whether
//             the element was ever written

import type { Message } from '../model/diagnostics/diagnostic.js';
import type { IrBuilder } from '../model/ir/builder.js';
import type { Value as IrValue } from '../model/ir/ir.js';
import type { AggregateType, Type } from '../model/types/types.js';
import type { Value } from '../model/layout/value.js';

export interface AggregateParameter {
  readonly name: string;
  readonly doc: string;
  /** value: an integer expression;  literal: an integer literal that becomes part of the type;  option: a string literal */
  readonly accepts: 'value' | 'literal' | 'option';
  readonly optional?: boolean;
}

/** One line of a histogram: inclusive bounds, undefined where open. */
export interface HistogramRow {
  readonly min: bigint | undefined;
  readonly max: bigint | undefined;
  readonly count: bigint;
  readonly label: string;
}

export type Merged =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'stats'; readonly count: bigint; readonly total: bigint; readonly average: bigint }
  /** buckets by index, only non-empty ones */
  | { readonly kind: 'histogram'; readonly buckets: ReadonlyMap<number, bigint> }
  | { readonly kind: 'tseries'; readonly points: ReadonlyMap<number, { readonly epoch: bigint; readonly value: bigint }> };

/** Formats ns since the epoch as strftime(3) does; in local time unless `utc`. */
export type Strftime = (format: string, epochNs: bigint, options?: { readonly utc?: boolean }) => string;

export interface PrintTools {
  /** what numbers are divided by, 1 when print() names nothing */
  readonly divisor: bigint;
  readonly strftime: Strftime;
}

/** How elements look (language.md 5.4 to 5.7, 7). */
export interface AggregatePrinting {
  /** `type` of the object in JSON */
  readonly jsonType: 'map' | 'hist' | 'stats' | 'tseries';
  /** the text is lines of its own, below the name of the element */
  readonly rows: boolean;
  /** Prepares for the elements that print together. */
  readonly printer: (all: readonly Merged[], type: AggregateType, tools: PrintTools) => { text(merged: Merged): string; json(merged: Merged): string };
}

export interface AggregateRecord {
  readonly name: string;
  readonly doc: string;
  readonly params: readonly AggregateParameter[];
  /** reads as an integer in expressions (count sum min max avg) */
  readonly castable: boolean;
  /** its value is like those it was given: of times it is a time */
  readonly keepsClock?: true;
  /** `value` arguments are followed by one more: the time in ns of the clock that sw_tai means */
  readonly clock?: 'tai';
  /** word 0 of every CPU's element is a number, and merging is adding them up (modulo 2^64): readers may do that by themselves */
  readonly sumsWords?: true;
  /** words of an element that an update adds to and does nothing else with; the others only say that it was written */
  readonly addedWords?: readonly number[];
  /** elements print in the order of their key's bytes; sortKey says nothing */
  readonly orderedByKeyBytes?: true;
  /** Checks the literal arguments (language.md 5.2); undefined when they are fine.
   *  `literals` in the order of the literal parameters, undefined where omitted. */
  readonly checkLiterals?: (literals: readonly (bigint | undefined)[], option: string | undefined) => Message | undefined;
  /** The message for an argument that should be a literal and is not; undefined: the message that all map functions have. */
  readonly badLiteral?: (parameter: string) => Message | undefined;
  /** parameters of AggregateType from literals, defaults filled in */
  readonly parameters?: (literals: readonly (bigint | undefined)[]) => readonly bigint[];
  /** bytes of one CPU's element, a multiple of 8 */
  readonly valueBytes: (type: AggregateType) => number;
  /** bucket maps only: how many buckets there can be */
  readonly bucketCount?: (type: AggregateType) => number;
  /** bucket maps only: index of the bucket that `args` fall into, an unsigned value below bucketCount (also provably for the verifier where it indexes) */
  readonly lowerBucket?: (b: IrBuilder, args: readonly IrValue[], type: AggregateType) => IrValue;
  /** Adds to an existing element in place. args: the value parameters as 64-bit integers. */
  readonly lowerUpdate: (b: IrBuilder, element: IrValue, args: readonly IrValue[], type: AggregateType) => void;
  /** Writes the bytes of a new element that has seen just this one update to `to` (directly accessible, contents undefined before). */
  readonly lowerInitial: (b: IrBuilder, to: IrValue, offset: number, args: readonly IrValue[], type: AggregateType) => void;
  /** castable only: folds one CPU's element into accumulators while a program reads the map; `finish` makes the integer of them */
  readonly lowerRead?: {
    readonly accumulators: number;
    readonly add: (b: IrBuilder, accumulators: readonly IrValue[], element: IrValue, type: AggregateType) => readonly IrValue[];
    readonly finish: (b: IrBuilder, accumulators: readonly IrValue[], type: AggregateType) => IrValue;
  };
  // ---- run time ----
  /** perCpu: one view per CPU of exactly valueBytes bytes; bucket: index for bucket maps */
  readonly isPresent: (perCpu: readonly DataView[], type: AggregateType) => boolean;
  /** Merges the CPUs of one element (bucket maps: of all elements of one user key, given with their bucket). */
  readonly merge: (elements: readonly { readonly bucket: number; readonly perCpu: readonly DataView[] }[], type: AggregateType) => Merged;
  readonly printing: AggregatePrinting;
  /** bucket maps that are histograms: rows from first to last non-empty bucket, labels as language.md 5.5/5.6 */
  readonly rows?: (merged: Extract<Merged, { kind: 'histogram' }>, type: AggregateType) => readonly HistogramRow[];
  /** what elements are ordered by when printed (language.md 5.4) */
  readonly sortKey: (merged: Merged, type: AggregateType) => bigint;
  /** the value for JavaScript */
  readonly toValue: (merged: Merged, type: AggregateType) => Value;
}

export function defineAggregate(record: AggregateRecord): AggregateRecord {
  return record;
}

export function isAggregate(type: Type): type is AggregateType {
  return type.kind === 'aggregate';
}
