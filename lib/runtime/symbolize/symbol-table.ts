// Functions of one file or image by address; what every user-space source answers from.

/** Ascending by address, one entry per address. */
export interface SymbolTable {
  readonly addresses: Float64Array;
  /** 0 where it is not known (functions written in assembly): the symbol then reaches to the next one, or to the end of its segment */
  readonly sizes: Float64Array;
  name(index: number): string;
}

export interface Symbol {
  readonly name: string;
  /** bytes past its start */
  readonly offset: number;
}

/** The symbol that covers the address. Larger functions may contain entry points of smaller ones: those are looked past. */
export function findSymbol(table: SymbolTable, address: number, last: number): Symbol | undefined {
  for (let index = last, looked = 0; index >= 0 && looked < 16; index--, looked++) {
    const offset = address - table.addresses[index]!;
    const size = table.sizes[index]!;
    // a symbol without size counts only when it is the nearest
    if (size === 0 ? index === last : offset < size) return { name: table.name(index), offset };
  }
  return undefined;
}
