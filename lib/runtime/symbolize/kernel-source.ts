// Names of kernel addresses.
//
//   in     kallsyms, sorted by address
//   facts  several symbols may share an address (system calls, weak aliases): a function is preferred to data, a global one to a
//          local one. kallsyms has no sizes; addresses below the kernel's half are per-CPU offsets and constants, not places

import { lastAtOrBelow, nameAt } from '../native/columns.js';
import type { Kallsyms } from '../native/types.js';

const FIRST_KERNEL_ADDRESS = 1n << 63n;
/** More than any function has: an address so far behind a symbol lies in a gap, not in that function. */
const MAX_OFFSET = 1n << 24n;

export interface NamedAddress {
  readonly name: string;
  /** bytes past the symbol's start */
  readonly offset: bigint;
  /** kernel module, '' for the kernel itself; path for user space */
  readonly module: string;
}

export class KernelSource {
  readonly #read: () => Kallsyms;
  readonly #warn: (text: string) => void;
  #table: Kallsyms | undefined;

  /** @param read  the addon's readKallsyms, called at the first look-up
   *  @param warn  called once when the kernel hides its addresses */
  constructor(read: () => Kallsyms, warn: (text: string) => void) {
    this.#read = read;
    this.#warn = warn;
  }

  find(address: bigint): NamedAddress | undefined {
    const table = this.#table ??= this.#load();
    if (table.restricted || address < FIRST_KERNEL_ADDRESS) return undefined;
    const last = lastAtOrBelow(table.addresses, address, table.count);
    if (last < 0) return undefined;
    const start = table.addresses[last]!;
    if (start < FIRST_KERNEL_ADDRESS || address - start > MAX_OFFSET) return undefined;
    const best = bestAlias(table, last);
    return { name: nameAt(table, best), offset: address - start, module: table.moduleNames[table.modules[best]!]! };
  }

  #load(): Kallsyms {
    const table = this.#read();
    if (table.restricted) {
      this.#warn('Kernel addresses cannot be named: /proc/kallsyms hides them. Run as root, or with CAP_SYSLOG and `sysctl kernel.kptr_restrict=1`.');
    }
    return table;
  }
}

/** Of the entries with the address of entry `last`, the one to show. */
function bestAlias(table: Kallsyms, last: number): number {
  const address = table.addresses[last]!;
  let best = last;
  for (let index = last; index >= 0 && table.addresses[index] === address; index--) {
    if (rank(table.types[index]!) <= rank(table.types[best]!)) best = index;
  }
  return best;
}

/** T 0, t 1, W and w 2, everything else 3. */
function rank(type: number): number {
  switch (String.fromCharCode(type)) {
    case 'T': return 0;
    case 't': return 1;
    case 'W': case 'w': return 2;
    default: return 3;
  }
}
