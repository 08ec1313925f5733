// Names of user addresses, with what is remembered of processes and files.
//
//   idea   a process's mappings are read when it is first seen (`snapshot`) and again when an address is in none of them or the
//          process runs another program. Of one that is gone, what the kernel told of it is asked (./process-notes.ts). Where it
//          told nothing, only the binary that the probe is in can be told apart: a position-dependent program by its
//          addresses, any other by the first address of the stack, which is the probe itself
//   facts  config cache_user_symbols: PER_PID keeps mappings by process, PER_PROGRAM uses those of any process of the same program
//          for one that ended, NONE reads them for every address

import { lastAtOrBelow } from '../native/columns.js';
import type { Mapping } from '../../model/target/process-maps.js';
import type { NativeAddon } from '../native/types.js';
import type { Unnamed } from '../../model/layout/symbols.js';
import type { FileSource } from './file-source.js';
import { SymbolFiles } from './files.js';
import { PerfMap, perfMapRoom } from './perf-map.js';
import type { NotedMapping, ProcessNotes } from './process-notes.js';
import { isMappedFile, ProcessSource } from './process-source.js';
import { demangleRust } from './rust-names.js';
import { compiledFunction, SourceMaps, type SourcePlace } from './source-maps.js';
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
  readonly name?: string;
  /** without name: the reason */
  readonly unnamed?: Unnamed;
  readonly offset: bigint;
  /** path of the mapped file, `[vdso]`; '' for code without file */
  readonly module: string;
  readonly source?: SourcePlace;
}

export interface UserSymbolsOptions {
  readonly native: () => NativeAddon;
  readonly cache: CacheMode;
  readonly demangle: boolean;
  readonly binaryOf: (program: number) => ProbedBinary | undefined;
  /** folders that are asked for debug files before /usr/lib/debug */
  readonly debugFolders: readonly string[];
  /** functions of JavaScript are looked for in source maps */
  readonly sources: boolean;
  /** what the kernel told of processes that are gone */
  readonly notes: Pick<ProcessNotes, 'find' | 'isComplete'>;
}

/** Mappings of ended processes are kept for stacks that are printed at the end. */
const MAX_PROCESSES = 8192;
/** A process whose addresses cannot be found is not read more often. */
const REREAD_MS = 100;
/** How long a process is believed to run the same program. */
const TRUST_MS = 10;
const MAX_ADDRESSES = 1 << 16;
const PAGE_BYTES = 4096;

interface KnownProcess {
  /** undefined: had ended when it was first looked for */
  readonly source: ProcessSource | undefined;
  readonly readAtMs: number;
  checkedAtMs: number;
  /** what was found in these mappings */
  readonly found: Map<bigint, UserAddress>;
  readonly files: Map<Mapping, FileSource | undefined>;
}

export class UserSymbols {
  readonly #options: UserSymbolsOptions;
  readonly #processByPid = new Map<number, KnownProcess>();
  readonly #processByProgram = new Map<string, KnownProcess>();
  readonly #files: SymbolFiles;
  readonly #perfMapByPid = new Map<number, PerfMap>();
  readonly #perfMapRoom = perfMapRoom();
  readonly #sourceMaps = new SourceMaps();
  readonly #displayNames = new Map<string, string>();
  #vdso: { readonly table: SymbolTable | undefined } | undefined;

  constructor(options: UserSymbolsOptions) {
    this.#options = options;
    this.#files = new SymbolFiles(options.native, options.debugFolders);
  }

  /** Remembers what the process maps now, unless that is known: called when a process is first seen. */
  snapshot(pid: number): void {
    if (!this.#processByPid.has(pid)) this.refresh(pid);
  }

  /** Reads it again while it lives. What only its own root folder has is read now: it is gone with the process. */
  refresh(pid: number): void {
    const known = this.#read(pid);
    const { source } = known;
    if (source === undefined || source.sharesRoot) return;
    for (const mapping of source.mappings) if (isOfFile(mapping)) this.#fileOf(known, mapping)?.load();
    this.#perfMapOf(source).load();
  }

  /** @param firstAddress  innermost address of the stack that `address` is part of */
  find(pid: number, address: bigint, program: number, firstAddress = address): UserAddress {
    const known = this.#process(pid);
    const found = known.source === undefined ? undefined : this.#inProcess(known, address) ?? this.#inProcess(this.#reread(known, pid), address);
    return found ?? this.#inNotes(known, pid, address) ?? (known.source === undefined ? this.#ofProbed(pid, address, program, firstAddress) : undefined)
      ?? { offset: 0n, module: '', unnamed: known.source === undefined && !this.#options.notes.isComplete(pid) ? 'exited' : 'unmapped' };
  }

  #inProcess(known: KnownProcess | undefined, address: bigint): UserAddress | undefined {
    const remembered = known?.found.get(address);
    if (remembered !== undefined) return remembered;
    const mapping = known?.source?.find(address);
    if (known === undefined || mapping === undefined) return undefined;
    return this.#inMapping(known, known.source!, mapping, address);
  }

  /** What does not change while it is mapped. */
  #remembered(known: KnownProcess, address: bigint, answer: UserAddress): UserAddress {
    if (known.found.size >= MAX_ADDRESSES) known.found.clear();
    known.found.set(address, answer);
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
    const known: KnownProcess = { source, readAtMs: now, checkedAtMs: now, found: new Map(), files: new Map() };
    this.#processByPid.delete(pid);
    this.#processByPid.set(pid, known);
    // another program, or another process under the number: what was compiled for the last one is gone
    if (before?.source?.program !== source?.program) this.#perfMapByPid.delete(pid);
    if (source !== undefined) this.#processByProgram.set(source.program, known);
    if (this.#processByPid.size > MAX_PROCESSES) this.#processByPid.delete(this.#processByPid.keys().next().value!);
    return known;
  }

  #inMapping(known: KnownProcess, source: ProcessSource, mapping: Mapping, address: bigint): UserAddress {
    const { path } = mapping;
    if (path === '[vdso]') return this.#remembered(known, address, this.#inVdso(Number(address - mapping.start), path));
    if (isOfFile(mapping)) return this.#remembered(known, address, this.#inFile(this.#fileOf(known, mapping), mapping, address));
    // names of run-time compilers change while the process runs
    return this.#inPerfMap(this.#perfMapOf(source), address, source.pid, source.ownRoot);
  }

  #inFile(file: FileSource | undefined, { start, fileOffset, path }: Mapping, address: bigint): UserAddress {
    const inFile = file?.addressAt(Number(address - start + fileOffset));
    const symbol = inFile === undefined ? undefined : file!.find(inFile);
    return this.#named(symbol, path, file === undefined ? 'unreadable' : file.hasNames ? 'uncovered' : 'stripped');
  }

  #inPerfMap(map: PerfMap, address: bigint, pid: number, root = ''): UserAddress {
    const symbol = map.find(Number(address));
    const found = this.#named(symbol, '', map.isEmpty ? 'no_perf_map' : 'uncovered');
    const compiled = this.#options.sources && symbol !== undefined ? compiledFunction(symbol.name) : undefined;
    const source = compiled && this.#sourceMaps.find(pid, root, compiled);
    return source === undefined ? found : { ...found, name: compiled!.name, source };
  }

  /** In what the kernel told of a process that is gone, or runs another program now. */
  #inNotes(known: KnownProcess, pid: number, address: bigint): UserAddress | undefined {
    const remembered = known.found.get(address);
    if (remembered !== undefined) return remembered;
    const found = this.#options.notes.find(pid, address, (ancestor) => {
      const there = this.#inProcess(this.#process(ancestor), address);
      return there && { ancestor: there };
    });
    if (found === undefined) return undefined;
    if ('ancestor' in found) return found.ancestor;
    if (found.path === '[vdso]') return this.#remembered(known, address, this.#inVdso(Number(address - found.start), found.path));
    if (isOfFile(found)) return this.#remembered(known, address, this.#inFile(this.#notedFile(pid, found), found, address));
    return this.#inPerfMap(this.#perfMap(pid, [`/tmp/perf-${pid}.map`], [process.geteuid!(), 0]), address, pid);
  }

  #notedFile(pid: number, mapping: NotedMapping): FileSource | undefined {
    const { buildId: wanted, path } = mapping;
    if (wanted === undefined) return this.#files.open([`/proc/${pid}/root${path}`, path].filter((one) => isMappedFile(one, mapping)));
    return this.#files.open([`/proc/${pid}/root${path}`, path], { wanted }) ?? this.#files.withBuildId(wanted);
  }

  #inVdso(address: number, path: string): UserAddress {
    this.#vdso ??= { table: readVdso() };
    const { table } = this.#vdso;
    return this.#named(table === undefined ? undefined : findSymbol(table, address, lastAtOrBelow(table.addresses, address)), path, table === undefined ? 'unreadable' : 'uncovered');
  }

  /** The process is gone, was never seen alive, and nothing is noted of the address. */
  #ofProbed(pid: number, address: bigint, program: number, firstAddress: bigint): UserAddress | undefined {
    // whose process it was is not known any more
    const compiled = this.#perfMap(pid, [`/tmp/perf-${pid}.map`], [process.geteuid!(), 0]).find(Number(address));
    if (compiled !== undefined) return this.#named(compiled, '', 'uncovered');
    const binary = this.#options.binaryOf(program);
    if (binary === undefined) return undefined;
    const twin = this.#options.cache === 'PER_PROGRAM' ? this.#processByProgram.get(binary.path) : undefined;
    const inTwin = twin && this.#inProcess(twin, address);
    if (inTwin !== undefined) return inTwin;
    const file = this.#files.open([binary.path]);
    const base = file && loadBase(file, binary, firstAddress);
    const symbol = base === undefined ? undefined : file!.find(Number(address) - base);
    return symbol === undefined ? undefined : this.#named(symbol, binary.path, 'uncovered');
  }

  #fileOf(known: KnownProcess, mapping: Mapping): FileSource | undefined {
    if (!known.files.has(mapping)) known.files.set(mapping, this.#files.open(known.source!.pathsOf(mapping), { debugRoot: known.source!.ownRoot }));
    return known.files.get(mapping);
  }

  #perfMapOf({ pid, perfMapPaths, uid }: ProcessSource): PerfMap {
    return this.#perfMap(pid, perfMapPaths, [uid, 0]);
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

  #named(symbol: Symbol | undefined, module: string, unnamed: Unnamed): UserAddress {
    if (symbol === undefined) return { offset: 0n, module, unnamed };
    return { name: this.#options.demangle ? this.#display(symbol.name) : symbol.name, offset: BigInt(symbol.offset), module };
  }

  #display(name: string): string {
    if (!name.startsWith('_Z') && !name.startsWith('_R')) return name;
    let shown = this.#displayNames.get(name);
    if (this.#displayNames.size >= MAX_ADDRESSES) this.#displayNames.clear();
    if (shown === undefined) this.#displayNames.set(name, shown = this.#demangled(name) ?? name);
    return shown;
  }

  #demangled(name: string): string | undefined {
    if (name.startsWith('_R')) return demangleRust(name);
    // Rust's names end with a hash of the crate when C++ rules undo them
    return this.#options.native().demangle(name)?.replace(/::h[0-9a-f]{16}$/, '');
  }
}

/** Of a file that has a name and bytes of its own, whatever became of it. */
function isOfFile({ inode, path }: Mapping): boolean {
  return inode !== 0 && !path.startsWith('/memfd:') && !path.startsWith('/dev/');
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
