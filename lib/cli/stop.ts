// What ends a running script from outside: signals, and the end of the process of -p or -c.
//
//   facts  until there is one of these signals have their default action, which is right as long as nothing is in the kernel;
//          first SIGINT or SIGTERM: end probes run, maps are printed; a second one ends at once (language.md 8.6)

/** Exit status of a process that a signal ended, as shells show it. */
const SIGNAL_BASE = 128;
const numbers = { SIGINT: 2, SIGTERM: 15 } as const;

export class StopSignals {
  private count = 0;
  private onStop: (() => void) | undefined;

  /** @param endAtOnce  called for the second signal with the exit status */
  constructor(endAtOnce: (status: number) => void) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        this.count++;
        if (this.count > 1) endAtOnce(SIGNAL_BASE + numbers[signal]);
        else this.onStop?.();
      });
    }
  }

  get heard(): boolean {
    return this.count > 0;
  }

  /** Calls back once a signal comes, or now when one has come already. */
  then(onStop: () => void): void {
    this.onStop = onStop;
    if (this.heard) onStop();
  }
}
