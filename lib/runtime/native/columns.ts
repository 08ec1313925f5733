// Names in the addon's symbol tables: NUL-terminated, found by their offsets.

import type { Kallsyms } from './types.js';

/** Name of entry `index` of Kallsyms or ElfSymbols. */
export function nameAt(table: { readonly names: Buffer; readonly nameOffsets: Uint32Array }, index: number): string {
  const start = table.nameOffsets[index]!;
  return table.names.toString('utf8', start, table.names.indexOf(0, start));
}

/** Position of the last entry at or below `value` in ascending numbers, -1 when all are above. */
export function lastAtOrBelow<T extends bigint | number>(sorted: { readonly length: number; readonly [index: number]: T }, value: T, count = sorted.length): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Addresses of all functions of a name, of the kernel and its modules or of one module; each once. */
export function addressesOf(table: Kallsyms, name: string, module?: string): bigint[] {
  const wanted = module === undefined ? undefined : table.moduleNames.indexOf(module === 'vmlinux' ? '' : module);
  const needle = Buffer.from(`${name}\0`);
  const found = new Set<bigint>();
  for (let at = table.names.indexOf(needle); at >= 0; at = table.names.indexOf(needle, at + 1)) {
    const index = lastAtOrBelow(table.nameOffsets, at, table.count);
    if (table.nameOffsets[index] !== at || !isCode(table.types[index]!)) continue;
    if (wanted === undefined || table.modules[index] === wanted) found.add(table.addresses[index]!);
  }
  return [...found];
}

/** Letters of nm: t, T, w, W. */
function isCode(type: number): boolean {
  const letter = String.fromCharCode(type).toLowerCase();
  return letter === 't' || letter === 'w';
}
