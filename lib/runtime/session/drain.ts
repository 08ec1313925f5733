// Takes event records out of the ring buffer and hands each to the handler of its kind.
//
//   idea   after a wake-up some ms pass before draining, so that a flood costs one wake-up per batch and not one per event;
//          a turn of the event loop handles a bounded number of bytes, then signals and timers are heard; a handler that waits for
//          a slow reader keeps draining waiting with it, so memory stays bounded and the ring absorbs what it can
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
  private running = false;
  private paused = false;
  /** a turn was due while draining was paused */
  private overdue = false;

  /** @param stopped  asked before each record: true leaves the rest where it is
   *  @param failed  called with what a handler threw in a turn that no caller awaits
   *  @param turned  called after each turn of handling by itself */
  constructor(
    private readonly ring: EventRing,
    private readonly handlers: readonly RecordHandler[],
    private readonly stopped: () => boolean,
    private readonly failed: (error: unknown) => void,
    private readonly turned: () => void = () => undefined,
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

  /** Handles everything that is in the ring now, and a little of what is written meanwhile: it ends also when programs still run. */
  handleAll(): void {
    for (let left = this.ring.pendingBytes + TURN_BYTES; left > 0; ) {
      const { bytes, more } = this.fill();
      this.handle(bytes);
      left -= bytes;
      if (!more) return;
    }
  }

  /** Throws away what is in the ring now. */
  discard(): void {
    for (let left = this.ring.pendingBytes; left > 0; ) {
      const { bytes, more } = this.fill();
      left -= bytes;
      if (!more) return;
    }
  }

  /** Leaves events in the ring until resume(). */
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    if (!this.overdue || !this.running) return;
    this.overdue = false;
    this.turn = setImmediate(() => this.takeTurn());
  }

  private takeTurn(): void {
    if (!this.running) return;
    if (this.paused) {
      this.overdue = true;
      return;
    }
    try {
      const { bytes, more } = this.fill();
      this.handle(bytes);
      this.turned();
      if (!this.running) return;
      if (more) this.turn = setImmediate(() => this.takeTurn());
      else this.ring.rearm();
    } catch (error) {
      this.stop();
      this.failed(error);
    }
  }

  /** Hands the records in the buffer to their handlers. */
  private handle(bytes: number): void {
    const { view, handlers } = this;
    for (let at = 0; at < bytes && !this.stopped(); ) {
      const length = view.getUint32(at, true);
      const start = at + RECORD_HEADER_BYTES;
      at = (start + length + 7) & ~7;
      if (length < EVENT_ID_BYTES) bug('session', `an event record of ${length} bytes`);
      const id = view.getUint32(start, true);
      const handler = handlers[id] ?? bug('session', `an event record with unknown id ${id}`);
      handler(view, start, length);
    }
  }

  /** Copies records into the buffer, which grows when there is much to do or a record needs it. */
  private fill(): { readonly bytes: number; readonly more: boolean } {
    for (;;) {
      if (this.wantedBytes > this.buffer.byteLength) {
        this.buffer = new ArrayBuffer(this.wantedBytes);
        this.view = new DataView(this.buffer);
      }
      const { bytes, count, more, nextBytes } = this.ring.drain(this.buffer.byteLength, this.buffer);
      if (more) this.wantedBytes = Math.max(TURN_BYTES, nextBytes);
      if (count > 0 || !more) return { bytes, more };
    }
  }
}
