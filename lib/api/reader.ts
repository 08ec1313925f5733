// One reader of a trace: a queue of its own with a bound of its own, read one by one or in batches.
//
//   idea   a reader that waits gets all that one turn of the event loop brings, so a flood costs one promise for each wake-up and not one
//          for each event
//   order  what is queued comes first, then the error that broke the trace, then the end

import { Queue } from './queue.js';

export interface QueueOptions {
  /** most events that wait for a reader */
  readonly size: number;
  /** wait: events stay in the kernel's ring buffer until there is room;  drop-oldest: the oldest make room, and are counted */
  readonly whenFull: 'wait' | 'drop-oldest';
}

/** Who makes readers, and is told of what they do. */
export interface ReaderOwner {
  /** the reader takes its first event */
  began(): void;
  /** there is room again in a queue that was full */
  gotRoom(): void;
  /** the reader throws this error */
  heard(error: unknown): void;
}

export class Reader<T> {
  #queue: Queue<T>;
  readonly #options: QueueOptions;
  readonly #owner: ReaderOwner;
  #waiting: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  #end: { readonly error?: unknown } | undefined;
  #hasBegun = false;
  /** events that made room for newer ones */
  dropped = 0;

  /** @param queue  what came before it */
  constructor(queue: Queue<T>, options: QueueOptions, owner: ReaderOwner) {
    this.#queue = queue;
    this.#options = options;
    this.#owner = owner;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** No more events, please. */
  get isFull(): boolean {
    return this.#options.whenFull === 'wait' && this.#queue.size >= this.#options.size;
  }

  push(event: T): void {
    if (this.#end) return;
    if (this.#options.whenFull === 'drop-oldest' && this.#queue.size >= this.#options.size) {
      this.#queue.take();
      this.dropped++;
    }
    this.#queue.push(event);
    this.#wake();
  }

  /** Nothing follows. error: why, when the trace broke */
  end(end: { readonly error?: unknown } = {}): void {
    this.#end ??= end;
    this.#wake();
  }

  /** The reader wants no more. error: what next() throws, once */
  leave(error?: Error): void {
    const wasFull = this.isFull;
    this.#queue = new Queue();
    this.#end = error === undefined ? {} : { error };
    this.#wake();
    if (wasFull) this.#owner.gotRoom();
  }

  /** The next event; undefined at the end.
   * @throws what broke the trace */
  next(): T | undefined | Promise<T | undefined> {
    return this.#hasBegun && this.#queue.size > 0 ? this.#taking((queue) => queue.take()) : this.#filled().then(() => this.#taking((queue) => queue.take()));
  }

  /** All that is there, at least one event; undefined at the end.
   * @throws what broke the trace */
  async batch(): Promise<readonly T[] | undefined> {
    await this.#filled();
    return this.#queue.size === 0 ? undefined : this.#taking((queue) => queue.takeAll());
  }

  #taking<R>(take: (queue: Queue<T>) => R): R {
    const wasFull = this.isFull;
    const taken = take(this.#queue);
    if (wasFull) this.#owner.gotRoom();
    return taken;
  }

  /** Resolves when there is an event, or the end. */
  async #filled(): Promise<void> {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      // a second reader that is made in the same breath as the first misses nothing
      await Promise.resolve();
      this.#owner.began();
    }
    while (this.#queue.size === 0 && this.#end === undefined) await this.#news();
    if (this.#queue.size > 0 || this.#end?.error === undefined) return;
    const { error } = this.#end;
    this.#end = {};
    this.#owner.heard(error);
    throw error as Error;
  }

  #news(): Promise<void> {
    if (!this.#waiting) {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((done) => (resolve = done));
      this.#waiting = { promise, resolve };
    }
    return this.#waiting.promise;
  }

  #wake(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
