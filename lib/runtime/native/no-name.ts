// Naming never ends a trace: what goes wrong while something is named means that it has no name.
//
//   why    names come from files and processes that ordinary users make, and that go away at any time. A failure to find one name must not
//          end a trace and lose its counts, whatever the error

import { TbpfError } from '../../model/diagnostics/errors.js';

export class Unfailing {
  readonly #warn: (text: string) => void;
  readonly #told = new Set<string>();

  /** @param warn  called once for each kind of error */
  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  /** What `find` finds; `none` when it throws. */
  or<T>(none: T, find: () => T): T {
    try {
      return find();
    } catch (error) {
      this.#tell(error);
      return none;
    }
  }

  #tell(error: unknown): void {
    const kind = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.name) : typeof error;
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#warn(`Some names cannot be found: ${error instanceof TbpfError || error instanceof Error ? error.message : String(error)}`);
  }
}
