// The clock of scripts (`nsecs`: ns since boot) in the time of calendars.

/** Converts times of a script. */
export class Clock {
  readonly #bootToRealtimeNs: () => bigint;

  /** @internal */
  constructor(bootToRealtimeNs: () => bigint) {
    this.#bootToRealtimeNs = bootToRealtimeNs;
  }

  /** @param ns  since boot, as `nsecs` has it
   *  @returns exact to the ms */
  toDate(ns: bigint): Date {
    return new Date(Number(this.toEpochNs(ns) / 1_000_000n));
  }

  /** @returns ns since 1970 */
  toEpochNs(ns: bigint): bigint {
    return ns + this.#bootToRealtimeNs();
  }
}
