// The consumer of a perf event array (addon/perf_buffer.cc).

import type { DrainResult } from './ring-buffer.js';

/** Consumer of one BPF_MAP_TYPE_PERF_EVENT_ARRAY map, with a ring for each CPU. What drain() gives looks as that of a RingBufferHandle does; a record is up
 *  to 7 bytes longer than what the program wrote. watch() and rearm() work as there. */
export interface PerfBufferHandle {
  readonly closed: boolean;
  /** bytes (with headers) written and not yet drained */
  readonly pendingBytes: number;
  /** Copies records, for each CPU the oldest first, one CPU after the other. */
  drain(maxBytes: number, into: ArrayBuffer): DrainResult;
  watch(onReadable: () => void): void;
  rearm(): void;
  unwatch(): void;
  ref(): void;
  unref(): void;
  close(): void;
}
