// What happens in a trace, as data for programs: one event for each call of printf, print and their kin.
//
//   made by  event-writer.ts of what the runtime says (language/output-event.ts)
//   facts    `text` is what the command prints for the event; it is made when it is read

import type { Value } from '../model/layout/value.js';
import type { AnyTypes, Entry, EventName, FieldsOf, MapName, ScriptTypes } from './script-types.js';

export interface EventBase {
  /** index of Session.program.sites: the place in the script, and the types of `values` */
  readonly site: number;
  readonly text: string;
}

/** An event by `type`. Of a script whose types are known (`tbpf types`) the events of emit() and the entries of maps are typed too. */
export type TraceEvent<S extends ScriptTypes = AnyTypes> =
  | EmitEvent<S>
  | CallEvent
  | PrintEvent
  | MapEvent<S>
  | WarningEvent
  | { readonly type: 'iterator'; /** all that an iterator prints, in pieces that may end anywhere */ readonly text: string }
  | { readonly type: 'pinned'; /** the file that an iterator became */ readonly path: string }
  | { readonly type: 'lost'; readonly probe: string; /** since the last such event of this probe */ readonly count: number };

/** emit("open", (pid = pid, path = str(args.filename))): a record with a name. */
export type EmitEvent<S extends ScriptTypes = AnyTypes> = { [N in EventName<S>]: EventBase & { readonly type: 'emit'; readonly name: N; readonly fields: FieldsOf<S, N> } }[EventName<S>];

/** Output of a function. values: its arguments behind the format. */
export type CallEvent = EventBase & { readonly type: 'printf' | 'join' | 'time' | 'cat' | 'system'; readonly values: readonly Value[] };

/** print() of a value. */
export type PrintEvent = EventBase & { readonly type: 'print'; readonly value: Value };

/** print() of a map. */
export type MapEvent<S extends ScriptTypes = AnyTypes> = { [N in MapName<S>]: EventBase & { readonly type: 'map'; readonly name: N; readonly entries: readonly Entry<S, N>[] } }[MapName<S>];

/** What the script complains of with warnf() and errorf(), and what went wrong while it ran. */
export type WarningEvent = EventBase & {
  readonly type: 'warning' | 'error' | 'helper-error' | 'runtime-error';
  /** helper-error: errno name of what the helper answered;  error: `ERR_CAT`, `ERR_SYSTEM` for a file or command of the script that failed */
  readonly code?: string;
  /** how many failures it tells of: the first of a place is told at once, the others once a second */
  readonly count: number;
  /** helper-error: the helper of the kernel that failed */
  readonly helper?: string;
};
