// Names of user addresses, with what is remembered of processes and files.
//
//   idea   a process's mappings are read when it is first seen (`snapshot`) and again when an address is in none of them or the
//          process runs another program; files are read once, whoever maps them. Of a process that ended unseen only the
//          binary that the probe is in can be told apart: a position-dependent program by its addresses, any other by the
//          first address of the stack, which is the probe itself
//   facts  config cache_user_symbols: PER_PID keeps mappings by process, PER_PROGRAM uses those of any process of the same program
//          for one that ended, NONE reads them for every address

import { lastAtOrBelow } from '../native/columns.js';
import type { Mapping } from '../../model/target/process-maps.js';
import type { NativeAddon } from '../native/types.js';
import { FileSource } from './file-source.js';
import { PerfMap, perfMapRoom } from './perf-map.js';
import { ProcessSource } from './process-source.js';
import { findSymbol, type Symbol, type SymbolTable } from './symbol-table.js';
import { readVdso } from './vdso.js';

export type CacheMode = 'PER_PID' | 'PER_PROGRAM' | 'NONE';

/** The place a probe is attached to, for processes that ended before they could be looked at. */
export interface ProbedBinary {
  readonly path: string;
  /** of the instructions that may be the probed one; none where the innermost address of a stack is none of them */
  readonly fileOffsets?: readonly bigint[];
}

export interface UserAddress {
  /** undefined: in the module, but no symbol covers it */
  readonly name?: string;
  readonly offset: bigint;
  /** path of the mapped file, `[vdso]`; '' for code without file */
  readonly module: string;
}

export interface UserSymbolsOptions {
  readonly native: () => NativeAddon;
  readonly cache: CacheMode;
  readonly demangle: boolean;
  readonly binaryOf: (program: number) => ProbedBinary | undefined;
}

/** Mappings of ended processes are kept for stacks that are printed at the end. */
const MAX_PROCESSES = 8192;
/** A process whose addresses cannot be found is not read more often. */
const REREAD_MS = 100;
/** How long a process is believed to run the same program. */
const TRUST_MS = 10;
const MAX_ADDRESSES = 1 << 16;
const MAX_FILES = 4096;
/** Of symbol tables; beyond that those of the files met first are forgotten. */
const MAX_TABLE_BYTES = 512 << 20;
const PAGE_BYTES = 4096;

interface KnownProcess {
  /** undefined: had ended when it was first looked for */
  readonly source: ProcessSource | undefined;
  readonly readAtMs: number;
  checkedAtMs: number;
  /** what was found in these mappings */
  readonly found: Map<bigint, UserAddress>;
}

export class UserSymbols {
  readonly #options: UserSymbolsOptions;
  readonly #processByPid = new Map<number, KnownProcess>();
  readonly #processByProgram = new Map<string, ProcessSource>();
  readonly #fileByKey = new Map<string, FileSource | undefined>();
  readonly #perfMapByPid = new Map<number, PerfMap>();
  readonly #perfMapRoom = perfMapRoom();
  readonly #displayNames = new Map<string, string>();
  #vdso: { readonly table: SymbolTable | undefined } | undefined;

  constructor(options: UserSymbolsOptions) {
    this.#options = options;
  }

  /** Remembers what the process maps now, unless that is known: called when a process is first seen. */
  snapshot(pid: number): void {
    if (!this.#processByPid.has(pid)) this.#read(pid);
  }

  /** Reads it again while it lives. */
  refresh(pid: number): void {
    this.#read(pid);
  }

  /** @param firstAddress  innermost address of the stack that `address` is part of
   *  @returns undefined when the address is in no known mapping */
  find(pid: number, address: bigint, program: number, firstAddress = address): UserAddress | undefined {
    const known = this.#process(pid);
    const { source } = known;
    if (source === undefined) return this.#inEnded(pid, address, program, firstAddress);
    return this.#inProcess(known, address) ?? this.#inProcess(this.#reread(known, pid), address);
  }

  #inProcess(known: KnownProcess | undefined, address: bigint): UserAddress | undefined {
    const remembered = known?.found.get(address);
    if (remembered !== undefined) return remembered;
    const mapping = known?.source?.find(address);
    if (known === undefined || mapping === undefined) return undefined;
    const answer = this.#inMapping(known.source!, mapping, address);
    if (known.found.size >= MAX_ADDRESSES) known.found.clear();
    // code without a name may get one when its compiler writes its next line
    if (answer.name !== undefined) known.found.set(address, answer);
    return answer;
  }

  #process(pid: number): KnownProcess {
    const known = this.#processByPid.get(pid);
    if (known === undefined || this.#options.cache === 'NONE') return this.#read(pid);
    const now = performance.now();
    if (known.source === undefined || now - known.checkedAtMs < TRUST_MS) return known;
    known.checkedAtMs = now;
    // after exec everything is elsewhere; of a process that ended the last state counts
    return known.source.isCurrent ? known : this.#read(pid);
  }

  /** For an address in no mapping: the process may have loaded a library, or run another program a moment ago. */
  #reread(known: KnownProcess, pid: number): KnownProcess | undefined {
    const isCurrent = known.source?.isCurrent === true;
    return isCurrent && performance.now() - known.readAtMs < REREAD_MS ? undefined : this.#read(pid);
  }

  /** Reads it now; when it has ended, what was known of it stays. */
  #read(pid: number): KnownProcess {
    const before = this.#processByPid.get(pid);
    const source = ProcessSource.read(pid);
    if (source === undefined && before !== undefined) return before;
    const now = performance.now();
    const known: KnownProcess = { source, readAtMs: now, checkedAtMs: now, found: new Map() };
    this.#processByPid.delete(pid);
    this.#processByPid.set(pid, known);
    // another program, or another process under the number: what was compiled for the last one is gone
    if (before?.source?.program !== source?.program) this.#perfMapByPid.delete(pid);
    if (source !== undefined) this.#processByProgram.set(source.program, source);
    if (this.#processByPid.size > MAX_PROCESSES) this.#processByPid.delete(this.#processByPid.keys().next().value!);
    return known;
  }

  #inMapping(source: ProcessSource, mapping: Mapping, address: bigint): UserAddress {
    const { path } = mapping;
    if (path === '[vdso]') return this.#named(this.#inVdso(Number(address - mapping.start)), path);
    if (mapping.inode !== 0 && !path.startsWith('/memfd:') && !path.startsWith('/dev/')) {
      const file = this.#file(`${mapping.device}:${mapping.inode}:${path}`, () => source.pathsOf(mapping));
      const inFile = file?.addressAt(Number(address - mapping.start + mapping.fileOffset));
      return this.#named(inFile === undefined ? undefined : file!.find(inFile), path);
    }
    return this.#named(this.#perfMap(source.pid, source.perfMapPaths, [source.uid, 0]).find(Number(address)), '');
  }

  #inVdso(address: number): Symbol | undefined {
    this.#vdso ??= { table: readVdso() };
    const { table } = this.#vdso;
    return table === undefined ? undefined : findSymbol(table, address, lastAtOrBelow(table.addresses, address));
  }

  /** The process is gone, and was never seen alive. */
  #inEnded(pid: number, address: bigint, program: number, firstAddress: bigint): UserAddress | undefined {
    // whose process it was is not known any more
    const compiled = this.#perfMap(pid, [`/tmp/perf-${pid}.map`], [process.geteuid!(), 0]).find(Number(address));
    if (compiled !== undefined) return this.#named(compiled, '');
    const binary = this.#options.binaryOf(program);
    if (binary === undefined) return undefined;
    const twin = this.#options.cache === 'PER_PROGRAM' ? this.#processByProgram.get(binary.path) : undefined;
    const mapping = twin?.find(address);
    if (twin !== undefined && mapping !== undefined) return this.#inMapping(twin, mapping, address);
    const file = this.#file(`path:${binary.path}`, () => [binary.path]);
    const base = file && loadBase(file, binary, firstAddress);
    const symbol = base === undefined ? undefined : file!.find(Number(address) - base);
    return symbol === undefined ? undefined : this.#named(symbol, binary.path);
  }

  #file(key: string, paths: () => readonly string[]): FileSource | undefined {
    if (this.#fileByKey.has(key)) return this.#fileByKey.get(key);
    let file: FileSource | undefined;
    for (const path of paths()) {
      try {
        file = FileSource.open(path, this.#options.native());
        break;
      } catch {
        // gone, closed to us, or no ELF file: the next path may do, else its addresses have no names
      }
    }
    this.#makeRoomForFile();
    this.#fileByKey.set(key, file);
    return file;
  }

  #makeRoomForFile(): void {
    let bytes = 0;
    for (const file of this.#fileByKey.values()) bytes += file?.tableBytes ?? 0;
    for (const [key, file] of this.#fileByKey) {
      if (bytes <= MAX_TABLE_BYTES && this.#fileByKey.size < MAX_FILES) return;
      this.#fileByKey.delete(key);
      bytes -= file?.tableBytes ?? 0;
    }
  }

  /** @param owners  users whose file is believed: the process's own and root */
  #perfMap(pid: number, paths: readonly string[], owners: readonly number[]): PerfMap {
    let map = this.#perfMapByPid.get(pid);
    if (map === undefined) {
      if (this.#perfMapByPid.size >= MAX_PROCESSES) this.#perfMapByPid.clear();
      this.#perfMapByPid.set(pid, map = new PerfMap(paths, owners, this.#perfMapRoom));
    }
    return map;
  }

  #named(symbol: Symbol | undefined, module: string): UserAddress {
    if (symbol === undefined) return { offset: 0n, module };
    return { name: this.#options.demangle ? this.#display(symbol.name) : symbol.name, offset: BigInt(symbol.offset), module };
  }

  #display(name: string): string {
    if (!name.startsWith('_Z') && !name.startsWith('_R')) return name;
    let shown = this.#displayNames.get(name);
    if (this.#displayNames.size >= MAX_ADDRESSES) this.#displayNames.clear();
    // Rust's names end with a hash of the crate when C++ rules undo them
    if (shown === undefined) this.#displayNames.set(name, shown = this.#options.native().demangle(name)?.replace(/::h[0-9a-f]{16}$/, '') ?? name);
    return shown;
  }
}

/** What to subtract from an address of the process to get the file's; undefined: not known. Files are mapped by pages, so of many probes
 *  only those count that lie in their page as the address does, and where several do, none. */
function loadBase(file: FileSource, binary: ProbedBinary, firstAddress: bigint): number | undefined {
  if (file.isFixed) return 0;
  const bases = new Set<number>();
  for (const offset of binary.fileOffsets ?? []) {
    const probed = file.addressAt(Number(offset));
    const base = probed === undefined ? 0 : Number(firstAddress) - probed;
    if (base > 0 && base % PAGE_BYTES === 0) bases.add(base);
  }
  const [base] = bases;
  return bases.size === 1 ? base : undefined;
}
