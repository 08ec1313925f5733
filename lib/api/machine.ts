// The running machine as a value: what was read of it once serves any number of scripts.

import { RunningTarget } from '../runtime/discover/index.js';
import { loadNative } from '../runtime/native/index.js';

/** BTF, tracefs and symbols, read when first asked for and then kept: what has come to the machine since is not seen. */
export class Machine {
  readonly #target = new RunningTarget({ native: loadNative, btfPath: process.env['BPFTRACE_BTF'] });

  /** @internal */
  static target(machine: Machine): RunningTarget {
    return machine.#target;
  }
}

/** The running machine, to be shared by any number of compile() and trace(). Touches nothing yet. */
export function openMachine(): Machine {
  return new Machine();
}
