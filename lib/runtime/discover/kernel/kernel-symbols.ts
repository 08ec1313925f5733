// Addresses and sizes of kernel symbols, and the modules that are loaded.
//
//   in     /proc/kallsyms: `ffffffff81000000 T _stext`, behind a tab `[module]`; not sorted across modules
//   idea   the kernel needs about 50 ms to write its 100,000 lines. One name is looked for while they come, and reading stops
//          at the first match; sizes and everything by address need the sorted table of the addon, read once: where it is known
//          early that names will be wanted, by a thread of the addon, while the script starts and runs
//   facts  a size is the distance to the next symbol of the same module; addresses read as zero when kptr_restrict hides them

import { closeSync, openSync, readSync } from 'node:fs';
import { lastAtOrBelow, nameAt } from '../../native/columns.js';
import type { Kallsyms } from '../../native/types.js';
import { exists } from '../files.js';

const LOOK_UPS_BEFORE_INDEX = 16;

export class KernelSymbols {
  readonly #path: string;
  readonly #readTable: () => Kallsyms;
  readonly #addressByName = new Map<string, bigint | undefined>();
  #table: Kallsyms | undefined;
  #indexByName: Map<string, number> | undefined;
  #lookUps = 0;

  /** @param readTable  the addon's readKallsyms */
  constructor(readTable: () => Kallsyms, path = '/proc/kallsyms') {
    this.#readTable = readTable;
    this.#path = path;
  }

  /** Sorted by address; read at the first call. */
  get table(): Kallsyms {
    return this.#table ??= this.#readTable();
  }

  /** Takes over the table that a thread of the addon is reading, once it is complete. A look-up before that reads the table itself, and
   *  throws what goes wrong. */
  expect(reading: Promise<Kallsyms>): void {
    reading.then((table) => (this.#table ??= table), () => undefined);
  }

  /** True once the whole table is in memory. */
  get isLoaded(): boolean {
    return this.#table !== undefined;
  }

  /** Address of the first symbol of that name; undefined when there is none or addresses are hidden. */
  address(name: string): bigint | undefined {
    if (this.#addressByName.has(name)) return this.#addressByName.get(name);
    const found = this.#table === undefined ? findInFile(this.#path, name) : this.#addressInTable(name);
    const address = found === 0n ? undefined : found;
    this.#addressByName.set(name, address);
    return address;
  }

  /** Bytes to the next symbol; undefined for an unknown or last symbol. */
  functionSize(name: string): number | undefined {
    const table = this.table;
    const index = this.#index(name);
    if (index === undefined || table.restricted) return undefined;
    const address = table.addresses[index]!;
    for (let next = index + 1; next < table.count; next++) {
      if (table.addresses[next]! > address) {
        return table.modules[next] === table.modules[index] ? Number(table.addresses[next]! - address) : undefined;
      }
    }
    return undefined;
  }

  #addressInTable(name: string): bigint | undefined {
    const index = this.#index(name);
    return index === undefined ? undefined : this.table.addresses[index];
  }

  /** The first names are found by searching the bytes; after some look-ups an index is built. */
  #index(name: string): number | undefined {
    if (this.#indexByName === undefined && ++this.#lookUps <= LOOK_UPS_BEFORE_INDEX) return findName(this.table, name);
    this.#indexByName ??= indexNames(this.table);
    return this.#indexByName.get(name);
  }
}

/** Entry with the name, of several the kernel's own. Names lie in the order of the entries. */
function findName(table: Kallsyms, name: string): number | undefined {
  const needle = Buffer.from(`${name}\0`);
  let found: number | undefined;
  for (let at = table.names.indexOf(needle); at >= 0; at = table.names.indexOf(needle, at + 1)) {
    const index = lastAtOrBelow(table.nameOffsets, at, table.count);
    if (table.nameOffsets[index] !== at) continue;
    if (table.modules[index] === 0) return index;
    found ??= index;
  }
  return found;
}

/** First entry of every name; the kernel's own before those of modules. */
function indexNames(table: Kallsyms): Map<string, number> {
  const indexByName = new Map<string, number>();
  for (let index = 0; index < table.count; index++) {
    const name = nameAt(table, index);
    const known = indexByName.get(name);
    if (known === undefined || (table.modules[known] !== 0 && table.modules[index] === 0)) indexByName.set(name, index);
  }
  return indexByName;
}

/** Looks for one name in the text of kallsyms, reading no further than needed. */
function findInFile(path: string, name: string): bigint | undefined {
  // a name stands behind `address type ` and ends with the line, or with a tab before the module
  const needle = Buffer.from(` ${name}`, 'latin1');
  const buffer = Buffer.alloc(64 * 1024);
  const file = openSync(path, 'r');
  try {
    let kept = 0;
    for (;;) {
      const bytes = readSync(file, buffer, kept, buffer.length - kept, null);
      if (bytes === 0) return undefined;
      const end = kept + bytes;
      const text = buffer.subarray(0, end);
      const complete = text.lastIndexOf(10) + 1;
      for (let at = text.indexOf(needle); at >= 0 && at < complete; at = text.indexOf(needle, at + 1)) {
        const after = text[at + needle.length];
        if (after !== 10 && after !== 9) continue;
        const lineStart = at === 0 ? 0 : text.lastIndexOf(10, at - 1) + 1;
        const [address] = text.toString('latin1', lineStart, at).split(' ');
        return BigInt(`0x${address}`);
      }
      text.copy(buffer, 0, complete, end);
      kept = end - complete;
    }
  } finally {
    closeSync(file);
  }
}

/** True for a loadable module that is in memory, and for `vmlinux`. Built-in code has a folder in /sys/module too, but no `initstate`. */
export function isModuleLoaded(module: string): boolean {
  return module === 'vmlinux' || (/^[\w-]+$/.test(module) && exists(`/sys/module/${module.replaceAll('-', '_')}/initstate`));
}
