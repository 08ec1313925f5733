// The consumer of a ring buffer (addon/ring_buffer.cc).

/** Every record that drain() copies is preceded by this header, and starts at a multiple of 8:
 *  u32 length of the payload, u32 zero, payload, padding up to a multiple of 8. */
export const RECORD_HEADER_BYTES = 8;

/** Consumer of one BPF_MAP_TYPE_RINGBUF map; the only one, or records are lost between consumers.
 *
 *  The kernel (wake-up flag 0) wakes the consumer only for a record committed after the consumer had caught up. So after onReadable the
 *  caller may wait some ms before drain(): no further wake-ups happen meanwhile. As the fd stays readable while there is data, the
 *  watch is one-shot: onReadable is called once and the fd is no longer watched until rearm(). The pattern is
 *
 *      ring.watch(() => setTimeout(() => { while (ring.drain(max, into).more) …; ring.rearm(); }, batchMs));
 *
 *  Data that arrives between the last drain and rearm() makes the callback fire again at once: nothing is missed. */
export interface RingBufferHandle {
  readonly closed: boolean;
  /** bytes of the data area */
  readonly sizeBytes: number;
  /** bytes (with headers) written and not yet drained; records still being written count */
  readonly pendingBytes: number;
  /** Copies complete records, oldest first, and gives their room back to the kernel.
   * @param maxBytes  stop before exceeding this; a single record never splits
   * @param into  buffer to copy into, maxBytes is then capped by its length; without: a new one of the right size, in `.buffer` */
  drain(maxBytes: number, into?: ArrayBuffer): DrainResult;
  /** Calls back once when there is something to read. Replaces an earlier callback. Keeps the process alive until unwatch() or unref(). */
  watch(onReadable: () => void): void;
  /** Watches again after onReadable was called. @throws TbpfError ERR_ARG without an earlier watch() */
  rearm(): void;
  unwatch(): void;
  ref(): void;
  unref(): void;
  close(): void;
}

export interface DrainResult {
  buffer: ArrayBuffer;
  /** bytes filled, a multiple of 8 */
  bytes: number;
  count: number;
  /** there are complete records left: the limit was reached */
  more: boolean;
  /** size with header of the next complete record when `more`, else 0: when count is 0 the buffer was too small for it */
  nextBytes: number;
}
