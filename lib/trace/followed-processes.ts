// What processes map is noted while a script runs whose output names their addresses.
//
//   in     records of the kernel (PERF_RECORD_MMAP2, FORK, COMM, EXIT), of all processes
//   out    the symbolizer knows processes that are gone when their addresses are named: a command that lives a millisecond has names
//   cost   a record of about 130 bytes for each file that a starting program maps executable. The rings are read every NOTE_MS, and whenever a name
//          of a process that is gone is asked for; a record that finds its ring full is counted as lost

import { TbpfError } from '../model/diagnostics/errors.js';
import type { NativeAddon, TaskEventsHandle } from '../runtime/native/types.js';
import type { Symbolizer } from '../runtime/symbolize/index.js';

/** of each CPU: 256 KB, some 2000 records */
const RING_PAGES = 64;
const NOTE_MS = 100;

export class FollowedProcesses {
  private readonly events: TaskEventsHandle | undefined;
  private readonly timer: NodeJS.Timeout | undefined;

  /** @param warn  told when the kernel refuses: the trace goes on without */
  constructor(native: NativeAddon, symbols: Pick<Symbolizer, 'follow' | 'note'>, warn: (text: string) => void) {
    try {
      this.events = native.openTaskEvents(native.onlineCpus(), RING_PAGES);
    } catch (error) {
      if (!(error instanceof TbpfError)) throw error;
      warn(`Processes that end before their addresses are named have no names: ${error.message}`);
      return;
    }
    symbols.follow(this.events);
    this.timer = setInterval(() => symbols.note(), NOTE_MS).unref();
  }

  /** What was noted stays known. */
  close(): void {
    clearInterval(this.timer);
    this.events?.close();
  }
}
