// Many attachments made or undone on threads (addon/jobs.cc).

import type { AttachSpec, LinkHandle } from './link.js';
import type { ProgramHandle } from './program.js';

export type AttachItem = { program: ProgramHandle } & AttachSpec;

/** Many attachments on one thread of the pool; the event loop goes on. */
export interface AttachJob {
  readonly total: number;
  /** attached or failed so far */
  readonly done: number;
  readonly failed: number;
  /** The items not yet begun become errors with code ECANCELED. */
  cancel(): void;
  /** Never rejects: one entry per item, in order. */
  readonly result: Promise<(LinkHandle | Error)[]>;
}

export interface CloseJob {
  readonly total: number;
  readonly done: number;
  readonly result: Promise<void>;
}
