// AbortSignals, as Node's own functions treat them.

import { TbpfError } from '../model/diagnostics/errors.js';

/** What a function rejects with whose signal has been aborted; name and code are those of Node's. `cause` is the signal's reason. */
export class AbortError extends TbpfError {
  constructor({ reason }: AbortSignal) {
    super('The operation was aborted', { code: 'ABORT_ERR', cause: reason });
  }
}

/** @throws AbortError */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError(signal);
}
