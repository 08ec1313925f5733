// All readers of a trace: each gets every event.
//
//   idea   as long as no event has been taken, what comes is kept for whoever begins to read: at most `size` events, the oldest make room.
//          A reader that comes later begins with what happens then
//   facts  while a reader's queue is full the session is held; without readers it never is: a program that only looks at maps must not wait for itself

import { Queue } from './queue.js';
import { Reader, type QueueOptions, type ReaderOwner } from './reader.js';

export class Readers<T> implements ReaderOwner {
  readonly #readers = new Set<Reader<T>>();
  readonly #options: QueueOptions;
  /** undefined once an event has been taken */
  #kept: Queue<T> | undefined = new Queue();
  #end: { readonly error?: unknown } | undefined;
  #isHeld = false;
  /** of readers that have left, and events that nobody read */
  #dropped = 0;
  #pushed = 0;
  #failureHeard = false;
  /** told when the session is to be held, and when to go on */
  onHold: (held: boolean) => void = () => undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** events so far */
  get pushed(): number {
    return this.#pushed;
  }

  /** a reader has thrown the error that broke the trace */
  get failureHeard(): boolean {
    return this.#failureHeard;
  }

  /** of the reader that has most */
  get queued(): number {
    if (this.#readers.size === 0) return this.#kept?.size ?? 0;
    let most = 0;
    for (const { queued } of this.#readers) most = Math.max(most, queued);
    return most;
  }

  get dropped(): number {
    let sum = this.#dropped;
    for (const { dropped } of this.#readers) sum += dropped;
    return sum;
  }

  get count(): number {
    return this.#readers.size;
  }

  add(): Reader<T> {
    const reader = new Reader<T>(this.#kept?.copy() ?? new Queue(), this.#options, this);
    this.#readers.add(reader);
    if (this.#end) reader.end(this.#end);
    else this.#hold();
    return reader;
  }

  /** @param error  what the reader is told; default: nothing, it just ends */
  remove(reader: Reader<T>, error?: Error): void {
    if (!this.#readers.delete(reader)) return;
    this.#dropped += reader.dropped;
    reader.leave(error);
    this.#hold();
  }

  push(event: T): void {
    this.#pushed++;
    for (const reader of this.#readers) reader.push(event);
    if (this.#kept) this.#keep(this.#kept, event);
    this.#hold();
  }

  end(end: { readonly error?: unknown } = {}): void {
    this.#end ??= end;
    for (const reader of this.#readers) reader.end(end);
  }

  began(): void {
    this.#kept = undefined;
  }

  gotRoom(): void {
    this.#hold();
  }

  heard(error: unknown): void {
    if (error === this.#end?.error) this.#failureHeard = true;
  }

  #keep(kept: Queue<T>, event: T): void {
    kept.push(event);
    if (kept.size <= this.#options.size) return;
    kept.take();
    if (this.#readers.size === 0) this.#dropped++;
  }

  #hold(): void {
    let held = false;
    for (const reader of this.#readers) held ||= reader.isFull;
    if (held === this.#isHeld) return;
    this.#isHeld = held;
    this.onHold(held);
  }
}
