// What exit() leaves behind for programs and for the runtime (Manifest.exitFlag): a u64 that is 0 until then.
//
//   bits 0-7  the exit status, where bit 8 is set
//   bit 8     the event found no room in the ring buffer: the status is here instead
//   bit 9     exit() was called
//   written by  compiler/lower/events/exit-flag;  read by  the same, for programs that begin later, and by runtime/session/exit-flag

const STATUS = 0xff;
const STATUS_IS_HERE = 0x100;
const CALLED = 0x200;

export const exitFlag = { bytes: 8, called: CALLED, statusIsHere: STATUS_IS_HERE, statusMask: STATUS } as const;

/** The exit status; undefined: nothing was left here. */
export function statusOf(word: number): number | undefined {
  return (word & STATUS_IS_HERE) === 0 ? undefined : word & STATUS;
}
