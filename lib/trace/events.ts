// What a script prints, as data for programs: one event for each call of printf, print and their kin.
//
//   in     the writer's calls; the records they come from
//   out    TraceEvents in a queue that is read by `for await`
//   idea   when the reader is slow the session is paused: the ring buffer absorbs what it can, memory stays bounded. Before anybody
//          reads, the oldest events are dropped beyond a limit: a program that only looks at maps must not wait for itself

import { type EventOf, keptEvent, type OutputEvent } from '../language/output-event.js';
import type { SourcePlace } from '../model/layout/manifest.js';
import type { Value } from '../model/layout/value.js';
import { messageText, outputText, Texts, type Rendering, type Writer } from '../runtime/output/index.js';
import { namesUserAddresses } from './kernel-names.js';
import { mapEntries, type MapEntryValue } from './values.js';

export interface HelperFailure { readonly helper: string; readonly retcode: number }

type ShownCall = EventOf<'printf' | 'value' | 'time' | 'cat' | 'join' | 'syscall' | 'errorf' | 'warnf' | 'emit'>;

/** `text` is made when it is read. */
export type TraceEvent =
  /** output of a function: `printf`, `value` (print of a value), `time`, `cat`, `join`, `syscall` (system) */
  | { readonly type: 'printf' | 'value' | 'time' | 'cat' | 'join' | 'syscall'; readonly text: string; readonly values: readonly Value[]; readonly place: SourcePlace }
  /** a record of emit(), its fields by name */
  | { readonly type: 'emit'; readonly name: string; readonly fields: Readonly<Record<string, Value>>; readonly text: string; readonly place: SourcePlace }
  /** print of a map */
  | { readonly type: 'map'; readonly name: string; readonly text: string; readonly entries: readonly MapEntryValue[] }
  /** what the script complains of, and what went wrong while it ran */
  | { readonly type: 'errorf' | 'warnf'; readonly text: string; readonly values: readonly Value[]; readonly place: SourcePlace }
  /** count: no failure of its own, but that this place failed so many more times since it was last told */
  | { readonly type: 'runtime_error'; readonly text: string; readonly place: SourcePlace; readonly count?: number }
  | { readonly type: 'helper_error'; readonly text: string; readonly place: SourcePlace; readonly failure: HelperFailure; readonly count?: number }
  /** all that an iterator prints, in pieces that may end anywhere */
  | { readonly type: 'iterated'; readonly text: string }
  | { readonly type: 'lost_events'; readonly count: number }
  /** the file that an iterator became */
  | { readonly type: 'pinned'; readonly path: string }
  /** a message without a place: a file or command of the script that failed, a probe that was left out */
  | { readonly type: 'complaint'; readonly text: string };

/** Events kept for a reader. */
const HIGH_WATER = 4096;
const LOW_WATER = 1024;

export class EventQueue implements AsyncIterableIterator<TraceEvent> {
  private readonly events: TraceEvent[] = [];
  /** readers for whom there was no event yet */
  private readonly waiting: ((result: IteratorResult<TraceEvent>) => void)[] = [];
  private ended = false;
  private readers = 0;
  private held = false;
  /** thrown away because nobody read */
  dropped = 0;

  /** true: no more events please; false: go on */
  private hold: (held: boolean) => void = () => undefined;

  onHold(hold: (held: boolean) => void): void {
    this.hold = hold;
    if (this.held) hold(true);
  }

  push(event: TraceEvent): void {
    const reader = this.waiting.shift();
    if (reader) {
      reader({ value: event, done: false });
      return;
    }
    this.events.push(event);
    if (this.events.length < HIGH_WATER) return;
    if (this.readers === 0) {
      this.dropped += this.events.length - LOW_WATER;
      this.events.splice(0, this.events.length - LOW_WATER);
    } else if (!this.held) {
      this.held = true;
      this.hold(true);
    }
  }

  end(): void {
    this.ended = true;
    for (const reader of this.waiting.splice(0)) reader({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    this.readers++;
    return this;
  }

  next(): Promise<IteratorResult<TraceEvent>> {
    const event = this.events.shift();
    if (this.held && this.events.length < LOW_WATER) {
      this.held = false;
      this.hold(false);
    }
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Leaving the loop: one reader less. */
  return(): Promise<IteratorResult<TraceEvent>> {
    this.readers = Math.max(0, this.readers - 1);
    if (this.readers === 0 && this.held) {
      this.held = false;
      this.hold(false);
    }
    return Promise.resolve({ value: undefined, done: true });
  }
}

/** Puts events into the queue, as the library's users see them. */
export class EventWriter implements Writer {
  private readonly texts: Texts;

  constructor(
    private readonly queue: EventQueue,
    rendering: Rendering,
  ) {
    this.texts = new Texts(rendering);
  }

  emit(event: OutputEvent): void {
    const seen = this.seen(event);
    if (seen !== undefined) this.queue.push(seen);
  }

  flush(): void {}

  private seen(event: OutputEvent): TraceEvent | undefined {
    const { texts } = this;
    switch (event.type) {
      case 'printf': case 'value': case 'time': case 'cat': case 'join': case 'syscall':
      case 'errorf': case 'warnf': case 'emit': return this.call(event);
      case 'runtime_error': return { type: 'runtime_error', text: event.text, place: event.spec.place, ...counted(event) };
      case 'helper_error': return { type: 'helper_error', text: messageText(event, texts)!, place: event.spec.place, failure: { helper: event.helper, retcode: event.retcode }, ...counted(event) };
      // maps at the end are no events: Trace.maps has them
      case 'map': return event.spec && { type: 'map', name: event.map.spec.scriptName ?? event.map.spec.name, entries: mapEntries(event.map), get text() { return outputText(event, texts)!; } };
      case 'iterated': return { type: 'iterated', text: event.text };
      case 'lost': return { type: 'lost_events', count: event.count };
      case 'pinned': return { type: 'pinned', path: event.path };
      case 'cat_failed': case 'syscall_failed': return { type: 'complaint', text: messageText(event, texts)! };
      case 'left_out': return { type: 'complaint', text: [event.sentence, ...event.names].join('\n') };
      case 'skipped': return { type: 'complaint', text: `${event.reason}\n${messageText(event, texts)!}` };
      case 'attached': case 'events_ended': case 'ended': return undefined;
    }
  }

  /** The text of addresses of processes is made at once: when it is read, the process may be gone. */
  private call(event: ShownCall): TraceEvent {
    const kept = keptEvent(event) as ShownCall;
    const make = (): string => outputText(kept, this.texts) ?? messageText(kept, this.texts)!;
    let text = namesUserAddresses(event.spec) ? make() : undefined;
    const values = kept.record.values();
    if (event.type === 'emit') {
      return { type: 'emit', name: event.name, fields: values[0] as Readonly<Record<string, Value>>, place: event.spec.place, get text() { return (text ??= make()); } };
    }
    return { type: event.type, values, place: event.spec.place, get text() { return (text ??= make()); } };
  }
}

function counted({ more }: { readonly more: number | undefined }): { readonly count?: number } {
  return more === undefined ? {} : { count: more };
}
