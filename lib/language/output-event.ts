// What happens in a trace, as data: one union. Text, JSON and the library's events are renderers of it (runtime/output, api/event-writer.ts); an
// exporter is another.
//
//   made by  the handlers of functions (Services.emit); services.ts and live.ts of lib/trace for what the runtime itself reports
//   idea     an event holds what happened, never how it looks: values and formats, not text. Each reader makes its own text
//   facts    the bytes of a record are reused once its event has been handled: code that keeps an event keeps keptEvent(event)

import type { ValueTexts } from './format/convert.js';
import type { MergedMap } from './merged-map.js';
import type { EventSpec, SourcePlace } from '../model/layout/manifest.js';
import type { Value } from '../model/layout/value.js';

/** The arguments of a call. As it comes from the kernel it is valid until its event has been handled. */
export interface CallRecord {
  values(): readonly Value[];
  /** formatted calls only: the text by the call's format */
  text(texts: ValueTexts): string;
  /** the same, valid for ever */
  keep(): CallRecord;
}

interface OfCall {
  readonly spec: EventSpec;
  readonly record: CallRecord;
}

export interface PrintOptions {
  /** only the last so many elements; 0: all */
  readonly top: number;
  /** numbers are divided by it; 0: not */
  readonly divisor: number;
  /** the script asked: an empty scalar map prints its zero */
  readonly explicit: boolean;
  /** histograms with their percentiles (config variable percentiles) */
  readonly percentiles?: boolean;
}

export type OutputEvent =
  /** a call with a format: `spec.data` has it, see formatOf */
  | OfCall & { readonly type: 'printf' | 'errorf' | 'warnf' }
  /** print of a value, the only one of the record */
  | OfCall & { readonly type: 'value' }
  /** a record for programs, the only value of the record */
  | OfCall & { readonly type: 'emit'; readonly name: string }
  /** print of a map; without `spec` at the end of the script */
  | { readonly type: 'map'; readonly spec: EventSpec | undefined; readonly map: MergedMap; readonly options: PrintOptions }
  | OfCall & { readonly type: 'time'; readonly format: string; readonly epochNs: bigint }
  | OfCall & { readonly type: 'join'; readonly words: readonly string[]; readonly separator: string }
  /** what the file at `path` holds, from its beginning */
  | OfCall & { readonly type: 'cat'; readonly path: string; readonly content: string }
  | OfCall & { readonly type: 'cat_failed'; readonly path: string; readonly reason: string }
  /** what a command of system() wrote on stdout and stderr */
  | OfCall & { readonly type: 'syscall'; readonly command: string; readonly output: string }
  | OfCall & { readonly type: 'syscall_failed'; readonly command: string; readonly status: number }
  /** more: set when the event counts further failures of this place since the last report, instead of describing one */
  | { readonly type: 'helper_error'; readonly spec: EventSpec; readonly helper: string; readonly retcode: number; readonly more: number | undefined }
  | { readonly type: 'runtime_error'; readonly spec: EventSpec; readonly text: string; readonly more: number | undefined }
  /** all that an iterator prints, in pieces that may end anywhere */
  | { readonly type: 'iterated'; readonly text: string }
  | { readonly type: 'attached'; readonly probes: number }
  /** a probe that is left out (language.md 3.5) */
  | { readonly type: 'skipped'; readonly probe: string; readonly reason: string }
  /** matches of wildcards that cannot be probed: the message about them, and their names */
  | { readonly type: 'left_out'; readonly sentence: string; readonly names: readonly string[] }
  /** the file that an iterator became */
  | { readonly type: 'pinned'; readonly path: string }
  /** events lost since the last such event, in all and by probe */
  | { readonly type: 'lost'; readonly count: number; readonly byProbe: readonly { readonly probe: string; readonly count: number }[] }
  /** the last event of the script; maps follow */
  | { readonly type: 'events_ended' }
  /** nothing follows. lost: events in all */
  | { readonly type: 'ended'; readonly lost: number };

export type OutputEventType = OutputEvent['type'];
/** The events of some types. */
export type EventOf<T extends OutputEventType> = OutputEvent extends infer E ? (E extends { readonly type: infer U } ? (U extends T ? E & { readonly type: U } : never) : never) : never;

/** Where the call stands in the script; undefined for what no call has caused. */
export function placeOf(event: OutputEvent): SourcePlace | undefined {
  return 'spec' in event ? event.spec?.place : undefined;
}

/** The event with a copy of its record, valid for ever. */
export function keptEvent(event: OutputEvent): OutputEvent {
  return 'record' in event ? { ...event, record: event.record.keep() } : event;
}

/** What --no-warnings silences, besides the compiler's warnings. */
export function isWarning({ type }: OutputEvent): boolean {
  return type === 'helper_error' || type === 'warnf';
}
