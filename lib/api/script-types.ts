// What TypeScript knows of one script: its events and maps. `AnyTypes` is for scripts of which nothing is known.

import type { Value } from '../model/layout/value.js';
import type { Histogram } from './histogram.js';

/** Shape of the type argument of trace(), load() and their results. */
export interface ScriptTypes {
  /** fields of each emit(), by its name */
  readonly events: object;
  /** `{ key, value }` of each map, by its name with the `@`; no key: a map without keys */
  readonly maps: object;
}

/** A value of a map. count, sum, min, max and avg are bigint, stats `{ count, average, total }`, hist and lhist a Histogram,
 *  tseries a list of `{ interval_start, value }`. */
export type MapValue = Value | Histogram;

export interface AnyTypes {
  events: Record<string, Readonly<Record<string, Value>>>;
  maps: Record<`@${string}`, { key: Value | undefined; value: MapValue }>;
}

export type KeyOf<S extends ScriptTypes, N extends keyof S['maps']> = S['maps'][N] extends { key: infer K } ? K : undefined;
export type ValueOf<S extends ScriptTypes, N extends keyof S['maps']> = S['maps'][N] extends { value: infer V } ? V : never;

/** An element of a map. */
export interface Entry<S extends ScriptTypes = AnyTypes, N extends keyof S['maps'] = keyof S['maps']> {
  /** undefined: the only element of a map without keys */
  readonly key: KeyOf<S, N>;
  readonly value: ValueOf<S, N>;
}
