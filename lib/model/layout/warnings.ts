// Warnings that programs count: the element that each CPU has for each place that may fail (Manifest.warnings).
//
//   written by  compiler/lower/events/warnings;  read by  runtime/session/warned

/** Offsets in the element. */
export const warningCounter = {
  /** u64: how often the place failed */
  count: 0,
  /** u64: the failure of the last event, see failureWord; 0 before the first */
  last: 8,
  /** u64: events that were sent, or would have been if the ring buffer had had room */
  sent: 16,
  bytes: 24,
} as const;

const FAILED = 1n << 32n;

/** A failure in one word that is never 0: the helper's result as an s32, 0 where there is none. */
export const failureWord = { mark: FAILED, resultMask: FAILED - 1n } as const;

export function resultOf(word: bigint): number {
  return Number(BigInt.asIntN(32, word));
}
