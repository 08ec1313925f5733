// The running machine as a value: what was read of it once serves any number of scripts.
//
//   facts  what is read is kept elsewhere (running-target.ts), so that importing the library reads nothing and loads little

import type { Facts } from '../model/target/facts.js';

/** BTF, tracefs and symbols, read when first asked for and then kept: what has come to the machine since is not seen. */
export class Machine {
  readonly #isRunning = true;

  /** What scripts with these probes need to know of this machine: with it they compile anywhere, see tbpf/compiler.
   * @param probes  as scripts name them, wildcards too; probes on files of this machine (uprobe, usdt) cannot be recorded
   * @param options.types  the kernel's types too (some MB), which fentry and casts to structs of the kernel need; default: when a probe needs them
   * @throws OptionError, PermissionError */
  async record(probes: readonly string[], options: { readonly types?: boolean } = {}): Promise<Facts> {
    return (await import('./record-facts.js')).recordFacts(this, probes, options);
  }

  /** @internal */
  static is(value: unknown): value is Machine {
    return typeof value === 'object' && value !== null && #isRunning in value;
  }
}

/** The running machine, to be shared by any number of compile() and trace(). Touches nothing yet. */
export function openMachine(): Machine {
  return new Machine();
}
