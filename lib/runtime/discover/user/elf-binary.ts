// Facts of one ELF file, read through the addon when first asked for.

import { statSync } from 'node:fs';
import type { BinaryFacts, FunctionSymbol, NoDebugInfo } from '../../../model/target/target.js';
import { DebugInfo } from '../../../model/dwarf/debug-info.js';
import { fileType, machine, segmentFlag, symbolBinding, symbolType } from '../../../model/target/elf-layout.js';
import type { UsdtNote } from '../../../model/target/usdt-note.js';
import { beginsInstruction } from '../../../model/target/x86-instructions.js';
import { nameAt } from '../../native/columns.js';
import { withForeignFile } from '../../native/foreign-file.js';
import type { ElfInfo, ElfSymbols, NativeAddon } from '../../native/types.js';
import { cppMatcher } from './cpp-names.js';
import { findDebugInfo } from './debug-files.js';
import { errnoOf } from '../errno.js';
import { alternatives } from '../../../model/target/pattern.js';

const FUNCTION_KINDS = [symbolType.func, symbolType.gnuIfunc];
const DATA_KINDS = [symbolType.object];
const MOST_INSTRUCTION_BYTES = 15;
/** of a provider or name of a USDT probe */
const MOST_NAME_CHARACTERS = 256;

export class ElfBinary implements BinaryFacts {
  readonly path: string;
  readonly #native: () => NativeAddon;
  readonly #debugFolders: readonly string[];
  #debugInfo: DebugInfo | NoDebugInfo | undefined;
  #info: ElfInfo | undefined;
  #functions: SymbolTable | undefined;
  #everything: SymbolTable | undefined;
  #versioned: SymbolTable | undefined;
  #imported: SymbolTable | undefined;
  #notes: readonly UsdtNote[] | undefined;

  /** @param debugFolders  where separate debug information is looked for before /usr/lib/debug */
  constructor(path: string, native: () => NativeAddon, debugFolders: readonly string[] = []) {
    this.path = path;
    this.#debugFolders = debugFolders;
    this.#native = native;
  }

  /** @throws TbpfError  it cannot be read */
  get info(): ElfInfo {
    return this.#info ??= elfOr(noElf, () => this.#native().elfInfo(this.path));
  }

  get buildId(): string {
    return this.info.buildId;
  }

  /** A program, not a library. */
  get isExecutable(): boolean {
    return this.info.type === fileType.executable || this.info.interpreter !== undefined;
  }

  get inode(): bigint {
    return statSync(this.path, { bigint: true }).ino;
  }

  get isPie(): boolean {
    return this.info.type === fileType.shared;
  }

  debugInfo(): DebugInfo | NoDebugInfo {
    if (this.#debugInfo === undefined) {
      const found = elfOr({ lookedFor: [this.path] }, () => findDebugInfo(this.path, this.#debugFolders, this.#native));
      this.#debugInfo = 'lookedFor' in found ? found : new DebugInfo(found);
    }
    return this.#debugInfo;
  }

  findFunctions(name: string): readonly FunctionSymbol[] {
    const table = this.#tableFor(name);
    const found = table.indexesOf(name.replace('@@', '@'), FUNCTION_KINDS).map((index) => table.symbol(index));
    const inside = found.filter(({ fileOffset }) => fileOffset >= 0n);
    return inside.length > 0 ? inside : found;
  }

  /** Sorted by name; aliases of one address each count. */
  matchFunctions(pattern: string, options: { cpp?: boolean } = {}): readonly FunctionSymbol[] {
    const table = this.#tableFor(pattern);
    const found: FunctionSymbol[] = [];
    const wanted = options.cpp === true ? cppMatcher(pattern, (name) => this.#native().demangle(name)) : alternatives(pattern.replaceAll('@@', '@'));
    for (let index = 0; index < table.count; index++) {
      if (table.isKind(index, FUNCTION_KINDS) && wanted(table.name(index))) found.push(table.symbol(index));
    }
    return found.filter((symbol) => symbol.fileOffset >= 0n).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  fileOffsetOf(address: bigint): bigint | undefined {
    const segment = this.info.segments.find((s) => (s.flags & segmentFlag.execute) !== 0 && address >= BigInt(s.address) && address < BigInt(s.address + s.fileBytes));
    return segment === undefined ? undefined : address - BigInt(segment.address) + BigInt(segment.fileOffset);
  }

  functionAt(address: bigint): FunctionSymbol | undefined {
    return this.#functionTable.around(Number(address), FUNCTION_KINDS);
  }

  beginsInstruction(start: FunctionSymbol, offset: bigint): boolean | undefined {
    if (this.info.machine === machine.arm64) return offset % 4n === 0n;
    if (this.info.machine !== machine.x86_64 || this.info.bits !== 64) return undefined;
    return beginsInstruction(this.#read(Number(start.fileOffset), Number(offset) + MOST_INSTRUCTION_BYTES), Number(offset));
  }

  findData(name: string): readonly { readonly address: bigint; readonly size: number }[] {
    this.#everything ??= new SymbolTable(elfOr(noSymbols, () => this.#native().readElfSymbols(this.path, { debugFolders: this.#debugFolders, objects: true })));
    const table = this.#everything;
    const indexes = table.indexesOf(name, [...DATA_KINDS, ...FUNCTION_KINDS]);
    const global = indexes.filter((index) => !table.isLocal(index));
    return (global.length > 0 ? global : indexes).map((index) => table.symbol(index));
  }

  usdtNotes(): readonly UsdtNote[] {
    return this.#notes ??= elfOr([], () => this.#native().readUsdtProbes(this.path)).filter(isNameable);
  }

  #read(at: number, bytes: number): Buffer {
    return withForeignFile(this.path, (file) => file.read(at, bytes));
  }

  importsFunction(name: string): boolean {
    this.#imported ??= new SymbolTable(elfOr(noSymbols, () => this.#native().readElfSymbols(this.path, { debugFiles: false, imported: true })));
    return this.#imported.indexesOf(name, [...FUNCTION_KINDS, symbolType.none]).length > 0;
  }

  /** Names with an at sign have versions. */
  #tableFor(name: string): SymbolTable {
    if (!name.includes('@')) return this.#functionTable;
    return this.#versioned ??= new SymbolTable(elfOr(noSymbols, () => this.#native().readElfSymbols(this.path, { debugFolders: this.#debugFolders, versions: true })));
  }

  get #functionTable(): SymbolTable {
    return this.#functions ??= new SymbolTable(elfOr(noSymbols, () => this.#native().readElfSymbols(this.path, { debugFolders: this.#debugFolders })));
  }
}

/** A script or any other file that is no ELF file has no symbols and no segments. */
const noElf: ElfInfo = { buildId: '', type: 0, machine: 0, bits: 64, littleEndian: true, entry: 0, segments: [], interpreter: undefined, debugLink: undefined };
const noSymbols: ElfSymbols = {
  count: 0, addresses: new Float64Array(), sizes: new Float64Array(), fileOffsets: new Float64Array(), nameOffsets: new Uint32Array(), info: new Uint8Array(), names: Buffer.alloc(0),
  debugFile: undefined,
};

/** A script can name it, and a terminal print it: a file may say anything. */
function isNameable({ provider, name }: UsdtNote): boolean {
  return [provider, name].every((text) => text !== '' && text.length <= MOST_NAME_CHARACTERS && !/[^\x21-\x7e]|"/.test(text));
}

/** What `read` gives; `none` when the file is no ELF file. */
export function elfOr<T>(none: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (errnoOf(error) === 'ENOEXEC') return none;
    throw error;
  }
}

/** Names and places of the addon's columns. */
class SymbolTable {
  readonly #symbols: ElfSymbols;

  constructor(symbols: ElfSymbols) {
    this.#symbols = symbols;
  }

  get count(): number {
    return this.#symbols.count;
  }

  name(index: number): string {
    return nameAt(this.#symbols, index);
  }

  isKind(index: number, kinds: readonly number[]): boolean {
    return kinds.includes(this.#symbols.info[index]! & 15);
  }

  isLocal(index: number): boolean {
    return this.#symbols.info[index]! >> 4 === symbolBinding.local;
  }

  symbol(index: number): FunctionSymbol {
    const { addresses, sizes, fileOffsets } = this.#symbols;
    return {
      name: this.name(index), address: BigInt(addresses[index]!), size: sizes[index]!, fileOffset: BigInt(fileOffsets[index]!),
      ...(this.isKind(index, [symbolType.gnuIfunc]) ? { isChooser: true } : {}),
      ...(this.isLocal(index) ? { isLocal: true } : {}),
    };
  }

  /** The symbol of a size that an address lies in; of several the last to begin. */
  around(address: number, kinds: readonly number[]): FunctionSymbol | undefined {
    const { addresses, sizes, count } = this.#symbols;
    let found: number | undefined;
    for (let index = 0; index < count; index++) {
      const start = addresses[index]!;
      if (start > address || address >= start + sizes[index]! || !this.isKind(index, kinds)) continue;
      if (found === undefined || start > addresses[found]!) found = index;
    }
    return found === undefined ? undefined : this.symbol(found);
  }

  /** Entries with the name. */
  indexesOf(name: string, kinds: readonly number[]): readonly number[] {
    const { names, nameOffsets, count } = this.#symbols;
    const needle = Buffer.from(`${name}\0`);
    const found: number[] = [];
    for (let index = 0; index < count; index++) {
      const start = nameOffsets[index]!;
      if (start + needle.length <= names.length && names.compare(needle, 0, needle.length, start, start + needle.length) === 0 && this.isKind(index, kinds)) found.push(index);
    }
    return found;
  }
}
