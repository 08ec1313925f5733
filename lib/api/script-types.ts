// What TypeScript knows of one script: its events and maps.
//
//   facts  Session<Mine> fits Session. TypeScript compares the two by what their members are only where it cannot measure how they vary with S, and that is
//          so for conditional types: hence the conditions in EventName and MapName. An index of `any` is all that fits an interface, which has none

import type { Value } from '../model/layout/value.js';
import type { Histogram } from './histogram.js';

/** Shape of the type argument of trace(), load() and their results. */
export interface ScriptTypes {
  /** fields of each emit(), by its name */
  readonly events?: object;
  /** `{ key, value }` of each map, by its name with the `@`; no key: a map without keys */
  readonly maps?: object;
}

/** A value of a map. count, sum, min, max and avg are bigint, stats `{ count, average, total }`, hist and lhist a Histogram,
 *  tseries a list of `{ interval_start, value }`. */
export type MapValue = Value | Histogram;

/** What the types of every script fit: `Session` alone is a session of any script, which a function takes that works for all. */
export interface AnyTypes {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- see the head of the file
  events?: Record<string, any>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  maps?: Record<string, any>;
}

/** Types of a script of which nothing is said: what trace('…') gives. */
export interface UnknownTypes {
  events: Record<string, Readonly<Record<string, Value>>>;
  maps: Record<`@${string}`, { key: Value | undefined; value: MapValue }>;
}

export type EventName<S extends ScriptTypes> = S extends { readonly events?: infer Events } ? keyof Events & string : never;
export type MapName<S extends ScriptTypes> = S extends { readonly maps?: infer Maps } ? keyof Maps & `@${string}` : never;
export type FieldsOf<S extends ScriptTypes, N extends EventName<S>> = NonNullable<S['events']>[N];
export type KeyOf<S extends ScriptTypes, N extends MapName<S>> = NonNullable<S['maps']>[N] extends { key: infer K } ? K : undefined;
export type ValueOf<S extends ScriptTypes, N extends MapName<S>> = NonNullable<S['maps']>[N] extends { value: infer V } ? V : never;

/** An element of a map. */
export interface Entry<S extends ScriptTypes = AnyTypes, N extends MapName<S> = MapName<S>> {
  /** undefined: the only element of a map without keys */
  readonly key: KeyOf<S, N>;
  readonly value: ValueOf<S, N>;
}
