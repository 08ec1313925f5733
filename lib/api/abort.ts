// AbortSignals, as Node's own functions treat them.

/** What a function rejects with whose signal has been aborted. */
export class AbortError extends Error {
  readonly code = 'ABORT_ERR';

  constructor({ reason }: AbortSignal) {
    super('The operation was aborted', { cause: reason });
    this.name = 'AbortError';
  }
}

/** @throws AbortError */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError(signal);
}
