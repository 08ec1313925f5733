// Where exit() leaves its status when its event finds no room in the ring buffer (Manifest.exitFlag): a u64 that is 0 until then.
//
//   written by  compiler/lower/events/exit-flag;  read by  runtime/session/exit-flag

const SET = 0x100;
const STATUS = 0xff;

export const exitFlag = { bytes: 8, set: SET, statusMask: STATUS } as const;

/** The exit status; undefined: nothing was left here. */
export function statusOf(word: number): number | undefined {
  return word === 0 ? undefined : word & STATUS;
}
