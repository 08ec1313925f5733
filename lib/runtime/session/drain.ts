// Takes event records out of the ring buffer and hands each to the handler of its kind.
//
//   idea   after a wake-up some ms pass before draining, so that a flood costs one wake-up per batch and not one per event;
//          a turn of the event loop handles a bounded number of bytes, then signals and timers are heard. While draining is held,
//          records stay where they are, also the rest of those that were taken out already: a slow reader is never given more than it
//          asked for, and the ring absorbs what it can
//   facts  a record starts with the u32 id of its event (model/layout); drained records have a header of 8 bytes (native/types)

import { bug } from '../../model/diagnostics/errors.js';
import { EVENT_ID_BYTES } from '../../model/layout/layout.js';
import { RECORD_HEADER_BYTES } from '../native/types.js';
import type { EventRing } from './kernel.js';

/** Handles one record that starts at byte `offset` of `view` and is `length` bytes long. */
export type RecordHandler = (view: DataView, offset: number, length: number) => void;

/** Time between the first event after a pause and the moment it is handled. */
const BATCH_MS = 2;
/** Most bytes handled in one turn of the event loop. */
const TURN_BYTES = 256 * 1024;

export class Drain {
  private buffer = new ArrayBuffer(16 * 1024);
  private view = new DataView(this.buffer);
  private timer: NodeJS.Timeout | undefined;
  private turn: NodeJS.Immediate | undefined;
  private wantedBytes = 0;
  /** of the next record in the buffer, and behind the last */
  private at = 0;
  private end = 0;
  /** the ring has more than the buffer took */
  private more = false;
  private running = false;
  private held = false;
  /** a turn was due while draining was held */
  private overdue = false;

  /** @param stopped  asked before each record: true leaves the rest where it is
   *  @param failed  called with what a handler threw in a turn that no caller awaits
   *  @param turned  called after each turn of handling by itself
   *  @param isOwn  events by which programs talk to tbpf, not to who reads: they do not count as discarded */
  constructor(
    private readonly ring: EventRing,
    private readonly handlers: readonly RecordHandler[],
    private readonly stopped: () => boolean,
    private readonly failed: (error: unknown) => void,
    private readonly turned: () => void = () => undefined,
    private readonly isOwn: (event: number) => boolean = () => false,
  ) {}

  /** Handles events as they come, until stop(). */
  start(): void {
    this.running = true;
    this.ring.watch(() => {
      if (this.running) this.timer = setTimeout(() => this.takeTurn(), BATCH_MS);
    });
  }

  stop(): void {
    if (!this.running) return;
    this.running = false;
    this.ring.unwatch();
    clearTimeout(this.timer);
    clearImmediate(this.turn);
  }

  /** Handles everything that is there now, held or not, and a little of what is written meanwhile: it ends also when programs still run. */
  handleAll(): void {
    this.handle(false);
    for (let left = this.ring.pendingBytes + TURN_BYTES; left > 0; ) {
      left -= this.fill();
      this.handle(false);
      if (!this.more) return;
    }
  }

  /** The same in turns of the event loop, for much of it. Nothing is written any more. */
  async handleRest(): Promise<void> {
    for (;;) {
      this.handle(false);
      if (this.stopped() || this.fill() === 0) return;
      if (this.more) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Throws away what is there now. @returns how many events */
  discard(): number {
    let count = this.countRest();
    for (let left = this.ring.pendingBytes; left > 0; ) {
      left -= this.fill();
      count += this.countRest();
      if (!this.more) break;
    }
    return count;
  }

  /** Leaves events where they are until release(). */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    if (!this.overdue || !this.running) return;
    this.overdue = false;
    this.turn = setImmediate(() => this.takeTurn());
  }

  /** Whether waiting for events keeps the process alive. */
  ref(referenced: boolean): void {
    if (referenced) this.ring.ref();
    else this.ring.unref();
  }

  private takeTurn(): void {
    if (!this.running) return;
    if (this.held) {
      this.overdue = true;
      return;
    }
    try {
      if (this.at >= this.end) this.fill();
      this.handle(true);
      this.turned();
      if (!this.running) return;
      if (this.more || this.at < this.end) this.turn = setImmediate(() => this.takeTurn());
      else this.ring.rearm();
    } catch (error) {
      this.stop();
      this.failed(error);
    }
  }

  /** Hands the records in the buffer to their handlers.
   * @param mayWait  until draining is held */
  private handle(mayWait: boolean): void {
    const { view, handlers, end } = this;
    while (this.at < end && !this.stopped() && !(mayWait && this.held)) {
      const length = view.getUint32(this.at, true);
      const start = this.at + RECORD_HEADER_BYTES;
      this.at = (start + length + 7) & ~7;
      if (length < EVENT_ID_BYTES) bug('session', `an event record of ${length} bytes`);
      const id = view.getUint32(start, true);
      const handler = handlers[id] ?? bug('session', `an event record with unknown id ${id}`);
      handler(view, start, length);
    }
  }

  /** Passes over the records in the buffer. @returns how many were events */
  private countRest(): number {
    let count = 0;
    while (this.at < this.end) {
      const start = this.at + RECORD_HEADER_BYTES;
      if (!this.isOwn(this.view.getUint32(start, true))) count++;
      this.at = (start + this.view.getUint32(this.at, true) + 7) & ~7;
    }
    return count;
  }

  /** Copies records into the buffer, which is empty, and grows when there is much to do or a record needs it. @returns how many bytes */
  private fill(): number {
    for (;;) {
      if (this.wantedBytes > this.buffer.byteLength) {
        this.buffer = new ArrayBuffer(this.wantedBytes);
        this.view = new DataView(this.buffer);
      }
      const { bytes, count, more, nextBytes } = this.ring.drain(this.buffer.byteLength, this.buffer);
      if (more) this.wantedBytes = Math.max(TURN_BYTES, nextBytes);
      if (count === 0 && more) continue;
      this.at = 0;
      this.end = bytes;
      this.more = more;
      return bytes;
    }
  }
}
