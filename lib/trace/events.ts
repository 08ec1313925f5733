// What a script prints, as data for programs: one event for each call of printf, print and their kin.
//
//   in     the writer's calls; the records they come from
//   out    TraceEvents in a queue that is read by `for await`
//   idea   when the reader is slow the session is paused: the ring buffer absorbs what it can, memory stays bounded. Before anybody
//          reads, the oldest events are dropped beyond a limit: a program that only looks at maps must not wait for itself

import type { EventSpec, Manifest, SourcePlace } from '../model/layout/manifest.js';
import type { Value } from '../model/layout/value.js';
import type { Services } from '../language/services.js';
import type { MergedMap } from '../runtime/collect/index.js';
import { mapText, type HelperFailure, type PrintOptions, type Rendering, type WarningKind, type Writer } from '../runtime/output/index.js';
import type { RecordHandler } from '../runtime/session/drain.js';
import { mapEntries, type MapEntryValue } from './values.js';

export type TraceEvent =
  /** output of a function: `printf`, `value` (print of a value), `time`, `cat`, `join`, `syscall` (system); `iterated`: all that an iterator
   *  prints, in pieces that may end anywhere */
  | { readonly type: 'printf' | 'value' | 'time' | 'cat' | 'join' | 'syscall' | 'iterated'; readonly text: string; readonly values: readonly Value[]; readonly place: SourcePlace | undefined }
  /** print of a map */
  | { readonly type: 'map'; readonly name: string; readonly text: string; readonly entries: readonly MapEntryValue[] }
  /** count: no failure of its own, but that this place failed so many more times since it was last told */
  | { readonly type: WarningKind; readonly text: string; readonly values: readonly Value[]; readonly place: SourcePlace; readonly failure: HelperFailure | undefined; readonly count?: number }
  | { readonly type: 'lost_events'; readonly count: number }
  /** the file that an iterator became */
  | { readonly type: 'pinned'; readonly path: string }
  /** a line for stderr */
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

  /** @param hold  true: no more events please; false: go on */
  constructor(private readonly hold: (held: boolean) => void) {}

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

/** A writer whose output is events. */
export class EventWriter implements Writer {
  /** the record at hand */
  current: { readonly values: readonly Value[]; readonly place: SourcePlace } | undefined;

  constructor(
    private readonly queue: EventQueue,
    private readonly rendering: Rendering,
  ) {}

  write(type: string, text: string): void {
    this.queue.push({ type: type as 'printf', text, values: this.current?.values ?? [], place: this.current?.place });
  }

  map(map: MergedMap, options: PrintOptions): void {
    this.queue.push({ type: 'map', name: map.spec.scriptName ?? map.spec.name, text: mapText(map, options, this.rendering), entries: mapEntries(map) });
  }

  lost(count: number): void {
    if (count > 0) this.queue.push({ type: 'lost_events', count });
  }

  warn(type: WarningKind, place: SourcePlace, text: string, failure?: HelperFailure, more?: number): void {
    this.queue.push({ type, text, values: this.current?.values ?? [], place, failure, ...(more === undefined ? {} : { count: more }) });
  }

  complain(text: string): void {
    this.queue.push({ type: 'complaint', text });
  }

  pinned(path: string): void {
    this.queue.push({ type: 'pinned', path });
  }

  attached(): void {}
  lostTotal(): void {}
  endOfEvents(): void {}
  flush(): void {}
  close(): void {}
}

/** Handlers that tell the writer which record an event comes from. */
export function withValues(handlers: readonly RecordHandler[], manifest: Manifest, services: Services, writer: EventWriter): RecordHandler[] {
  return manifest.events.map((spec: EventSpec, id) => {
    const read = services.recordReader(spec.layout);
    return (view, offset, length) => {
      writer.current = { values: read(view, offset, length), place: spec.place };
      try {
        handlers[id]!(view, offset, length);
      } finally {
        writer.current = undefined;
      }
    };
  });
}
