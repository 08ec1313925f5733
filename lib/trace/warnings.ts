// Run-time warnings of a script: each place is reported once, then how often it failed again (language.md 6.6).
//
//   in     events of failures, as they come; counts of all failures, now and then
//   out    `tell` called for each new failure, and with a number for repeated ones
//   facts  every CPU sends its first failure of a place, so an event may be about a failure that is known. A failure that was counted before
//          its event came has been reported already

import type { Warned, WarningTeller } from '../runtime/session/warned.js';

/** @param result  of the helper that failed
 *  @param more  undefined: the failure itself; else that there were so many more */
export type TellWarning = (event: number, result: number, more?: number) => void;

export class Warnings implements WarningTeller {
  /** failures reported so far, by event */
  private readonly told = new Map<number, number>();
  private readonly known = new Set<string>();

  constructor(private readonly tell: TellWarning) {}

  /** An event has come. */
  sent(event: number, result: number): void {
    const name = `${event} ${result}`;
    if (this.known.has(name)) return;
    this.known.add(name);
    this.told.set(event, this.toldOf(event) + 1);
    this.tell(event, result);
  }

  counted(warned: readonly Warned[]): void {
    for (const { event, count, result } of warned) {
      // the ring buffer had no room for the event
      if (this.toldOf(event) === 0) this.sent(event, result);
      const more = count - this.toldOf(event);
      if (more <= 0) continue;
      this.told.set(event, count);
      this.tell(event, result, more);
    }
  }

  startAgain(): void {
    this.told.clear();
    this.known.clear();
  }

  private toldOf(event: number): number {
    return this.told.get(event) ?? 0;
  }
}
