// Symbols of ELF files: file offset → address in the file → name.
//
//   in     the addon's tables, read once per file
//   facts  an address of a process is turned into a file offset by its mapping, a file offset into the file's own address by the
//          PT_LOAD segment that holds it

import { compareAliases } from '../../model/target/aliases.js';
import { fileType, segmentFlag, symbolBinding, symbolType } from '../../model/target/elf-layout.js';
import { lastAtOrBelow, nameAt } from '../native/columns.js';
import type { ElfInfo, ElfSymbols, NativeAddon } from '../native/types.js';
import { findSymbol, type Symbol, type SymbolTable } from './symbol-table.js';

/** a row of a SymbolTable and of the ElfSymbols behind it, without its name */
const ROW_BYTES = 50;
const none: SymbolTable = { addresses: new Float64Array(), sizes: new Float64Array(), name: () => '' };

export class FileSource {
  readonly #info: ElfInfo;
  readonly #read: (path: string) => ElfSymbols;
  #path: string;
  #table: SymbolTable | undefined;
  /** memory that its symbols take */
  tableBytes = 0;

  private constructor(info: ElfInfo, path: string, read: (path: string) => ElfSymbols) {
    this.#info = info;
    this.#path = path;
    this.#read = read;
  }

  /** @param debugFolders  asked for its separate debug file before /usr/lib/debug
   *  @throws TbpfError  no ELF file, or it cannot be read */
  static open(path: string, native: NativeAddon, debugFolders: readonly string[] = []): FileSource {
    return new FileSource(native.elfInfo(path), path, (where) => native.readElfSymbols(where, { debugFolders }));
  }

  /** The same file under another path: the first may be gone when its symbols are read. */
  foundAt(path: string): void {
    this.#path = path;
  }

  /** Reads its symbols now: the file may be gone later. @throws TbpfError  as find */
  load(): void {
    this.#table ??= this.#readTable();
  }

  /** False when no function in it has a name, which is known once its symbols are read. */
  get hasNames(): boolean {
    return this.#table === undefined || this.#table.addresses.length > 0;
  }

  /** hex, '' when the file has none */
  get buildId(): string {
    return this.#info.buildId;
  }

  /** A program that lies at the addresses it was linked to (ET_EXEC). */
  get isFixed(): boolean {
    return this.#info.type === fileType.executable;
  }

  /** Address in the file of the byte at an offset; undefined when no segment holds it. */
  addressAt(fileOffset: number): number | undefined {
    const segment = this.#info.segments.find((s) => fileOffset >= s.fileOffset && fileOffset < s.fileOffset + s.fileBytes);
    return segment === undefined ? undefined : fileOffset - segment.fileOffset + segment.address;
  }

  /** Symbol at an address of the file. What lies outside the file's code is not named by it, nor by a symbol of another segment: a symbol
   *  without size would reach for everything above it.
   * @throws TbpfError  the symbols cannot be read; said once, then the file has none */
  find(address: number): Symbol | undefined {
    const segment = this.#info.segments.find((s) => (s.flags & segmentFlag.execute) !== 0 && address >= s.address && address < s.address + s.memoryBytes);
    if (segment === undefined) return undefined;
    const table = this.#table ?? this.#readTable();
    const symbol = findSymbol(table, address, lastAtOrBelow(table.addresses, address));
    return symbol !== undefined && address - symbol.offset >= segment.address ? symbol : undefined;
  }

  #readTable(): SymbolTable {
    this.#table = none;
    const symbols = this.#read(this.#path);
    this.tableBytes = symbols.names.length + symbols.count * ROW_BYTES;
    return this.#table = functionsOf(symbols);
  }
}

/** Functions only, of several at one address the one that reads best, with the greatest size: another name may lack it. */
export function functionsOf(symbols: ElfSymbols): SymbolTable {
  const { count, addresses, sizes, info } = symbols;
  const kept = new Uint32Array(count);
  const keptAddresses = new Float64Array(count);
  const keptSizes = new Float64Array(count);
  const alias = (index: number): { name: string; isLocal: boolean } => ({ name: nameAt(symbols, index), isLocal: info[index]! >> 4 === symbolBinding.local });
  let end = 0;
  for (let index = 0; index < count; index++) {
    const kind = info[index]! & 15;
    if (kind !== symbolType.func && kind !== symbolType.gnuIfunc) continue;
    const address = addresses[index]!;
    if (end === 0 || keptAddresses[end - 1] !== address) {
      kept[end] = index;
      keptAddresses[end] = address;
      keptSizes[end] = sizes[index]!;
      end++;
      continue;
    }
    keptSizes[end - 1] = Math.max(keptSizes[end - 1]!, sizes[index]!);
    if (compareAliases(alias(index), alias(kept[end - 1]!)) < 0) kept[end - 1] = index;
  }
  return { addresses: keptAddresses.subarray(0, end), sizes: keptSizes.subarray(0, end), name: (index) => nameAt(symbols, kept[index]!) };
}
