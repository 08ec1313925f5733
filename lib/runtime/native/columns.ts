// Names in the addon's symbol tables: NUL-terminated, found by their offsets.

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
