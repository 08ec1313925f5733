// Waiting for longer than a timer of Node can.
//
//   facts  setTimeout() takes 31 bits of milliseconds, 24.8 days; told to wait longer it does not wait at all

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `run` after `ms`, however long that is.
 * @returns a function that forgets it */
export function later(ms: number, run: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number): void => {
    timer = leftMs > MAX_TIMER_MS ? setTimeout(() => wait(leftMs - MAX_TIMER_MS), MAX_TIMER_MS) : setTimeout(run, leftMs);
  };
  wait(ms);
  return () => clearTimeout(timer);
}
