// What ends a running script from outside: signals, and the end of the process of -p or -c.
//
//   facts  until there is one of these signals have their default action, which is right as long as nothing is in the kernel;
//          after the first SIGINT or SIGTERM end probes run and maps are printed. A second one may follow on its heels: sudo, npm and
//          timeout pass on what the terminal has sent to all of them; that one is the same ^C. A later one
//          means that the user does not want to wait for the end: the command ends at once. While output waits for its reader the script
//          cannot end by itself, and the second signal counts after a shorter time

/** Exit status of a process that a signal ended, as shells show it. */
const SIGNAL_BASE = 128;
const SAME_MS = 1000;
/** sudo and its like pass a signal on within this time */
const SAME_WHEN_BLOCKED_MS = 200;
const numbers = { SIGINT: 2, SIGTERM: 15 } as const;

export class StopSignals {
  private firstMs: number | undefined;
  private onStop: (() => void) | undefined;

  /** @param endAtOnce  called with the exit status for a signal that comes long after the first
   *  @param blocked  output waits for its reader */
  constructor(endAtOnce: (status: number) => void, blocked: () => boolean = () => false, now: () => number = () => performance.now()) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (this.firstMs === undefined) {
          this.firstMs = now();
          this.onStop?.();
        } else if (now() - this.firstMs > (blocked() ? SAME_WHEN_BLOCKED_MS : SAME_MS)) {
          endAtOnce(SIGNAL_BASE + numbers[signal]);
        }
      });
    }
  }

  get heard(): boolean {
    return this.firstMs !== undefined;
  }

  /** Calls back once a signal comes, or now when one has come already. */
  then(onStop: () => void): void {
    this.onStop = onStop;
    if (this.heard) onStop();
  }
}
