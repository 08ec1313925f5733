// The running machine as the compiler sees it: every fact found when first asked for, and then kept.
//
//   idea   this class only joins the sources, one file each; constructing it touches nothing
//   facts  see each source

import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { Btf } from '../../model/btf/btf.js';
import { syscallName, syscallNumber } from '../../model/target/syscalls.js';
import type { Arch, BinaryFacts, PidNamespace, Target, TracepointFormat } from '../../model/target/target.js';
import { nameAt } from '../native/columns.js';
import type { Kallsyms, NativeAddon } from '../native/types.js';
import { Binaries } from './user/binaries.js';
import { BtfSource } from './kernel/btf-source.js';
import { cgroupId } from './kernel/cgroup.js';
import { readPossibleCpus } from './kernel/cpus.js';
import { Features } from './kernel/features.js';
import { checkReadable, isReadable, readIfOpen } from './files.js';
import { isModuleLoaded, KernelSymbols } from './kernel/kernel-symbols.js';
import { matcher } from '../../model/target/pattern.js';
import { ownPidNamespace, procPidNamespace } from './kernel/pid-namespace.js';
import { matchRawTracepoints } from './tracing/raw-tracepoints.js';
import { TraceableFunctions, type KernelFunction } from './tracing/traceable.js';
import { Tracefs, type EventName } from './tracing/tracefs.js';

export interface RunningTargetOptions {
  /** gives the addon when a fact needs it; never called for tracepoints and BTF */
  native: () => NativeAddon;
  /** BPFTRACE_BTF: types to use in place of the kernel's own */
  btfPath?: string;
  /** --traceable-functions: list to use in place of tracefs' */
  traceableFunctions?: string;
  /** folders with debug information of programs, asked before /usr/lib/debug */
  debugFolders?: readonly string[];
  /** folder of tracefs, when it is not where it usually is */
  tracefsRoot?: string;
  /** features to do without, though the machine has them */
  without?: readonly string[];
}

export class RunningTarget implements Target {
  readonly arch: Arch;
  readonly tracefs: Tracefs;
  readonly btfSource: BtfSource;
  readonly kernelSymbols: KernelSymbols;
  readonly binaries: Binaries;
  readonly features: Features;
  readonly traceable: TraceableFunctions;
  /** with debug information of programs, asked before /usr/lib/debug */
  readonly debugFolders: readonly string[];
  readonly #options: RunningTargetOptions;
  #injectable: { readonly names: ReadonlySet<string> | undefined } | undefined;
  #cpuCount: number | undefined;
  #pidNamespaces: { readonly own: PidNamespace | undefined; readonly proc: PidNamespace | undefined } | undefined;

  constructor(options: RunningTargetOptions) {
    const { native } = options;
    this.#options = options;
    this.debugFolders = options.debugFolders ?? [];
    this.arch = process.arch === 'arm64' ? 'arm64' : 'x86_64';
    this.tracefs = new Tracefs({ root: options.tracefsRoot, mount: (type, path) => native().mount(type, path) });
    this.btfSource = new BtfSource(options.btfPath);
    this.kernelSymbols = new KernelSymbols(() => native().readKallsyms());
    this.binaries = new Binaries(native, this.arch, options.debugFolders);
    this.features = new Features({ native, btf: this.btfSource, tracefs: this.tracefs });
    this.traceable = new TraceableFunctions({
      path: () => this.#traceablePath(),
      text: () => this.#traceableText(),
      blacklist: () => readIfOpen('/sys/kernel/debug/kprobes/blacklist') ?? '',
    });
  }

  get kernelRelease(): string {
    return release();
  }

  /** The notes that the linker put into the kernel, its build id among them; unknown where types are read from a file that the user named. */
  get kernelBuild(): string | undefined {
    const notes = this.#options.btfPath === undefined ? readIfOpen('/sys/kernel/notes') : undefined;
    return notes === undefined ? undefined : Buffer.from(notes, 'latin1').toString('hex');
  }

  get cpuCount(): number {
    return this.#cpuCount ??= readPossibleCpus().at(-1)! + 1;
  }

  get pidNamespace(): PidNamespace | undefined {
    return this.#namespaces.own;
  }

  get procNamespace(): PidNamespace | undefined {
    return this.#namespaces.proc;
  }

  get #namespaces(): { readonly own: PidNamespace | undefined; readonly proc: PidNamespace | undefined } {
    return this.#pidNamespaces ??= { own: ownPidNamespace(), proc: procPidNamespace() };
  }

  get btf(): Btf | undefined {
    return this.btfSource.kernel;
  }

  get btfModules(): readonly string[] {
    return this.btfSource.modules;
  }

  moduleBtf(module: string): Btf | undefined {
    return this.btfSource.module(module);
  }

  tracepoint(category: string, event: string): TracepointFormat | undefined {
    return this.tracefs.format(category, event);
  }

  matchTracepoints(category: string, event: string): readonly EventName[] {
    return this.tracefs.match(category, event);
  }

  matchRawTracepoints(module: string, event: string): readonly (readonly [module: string, event: string])[] {
    return matchRawTracepoints(this.btfSource, module, event);
  }

  kernelSymbol(name: string): bigint | undefined {
    return this.kernelSymbols.address(name);
  }

  kernelFunctionSize(name: string): number | undefined {
    return this.kernelSymbols.functionSize(name);
  }

  /** The whole symbol table of the kernel; read once. */
  kallsyms(): Kallsyms {
    return this.kernelSymbols.table;
  }

  /** Names of kernel addresses will be wanted: kallsyms() need not wait for them then. */
  readKallsymsAhead(): void {
    if (!this.kernelSymbols.isLoaded) this.kernelSymbols.expect(this.#options.native().readKallsymsAsync());
  }

  isModuleLoaded(module: string): boolean {
    return isModuleLoaded(module);
  }

  matchKernelFunctions(module: string, name: string): readonly KernelFunction[] {
    return this.traceable.match(module, name);
  }

  matchProgramFunctions(programId: number | undefined, name: string): readonly { readonly programId: number; readonly name: string }[] {
    const wanted = matcher(name);
    return this.#options.native().loadedPrograms()
      .filter((program) => programId === undefined || program.id === programId)
      .flatMap((program) => program.functions.filter(wanted).map((each) => ({ programId: program.id, name: each })));
  }

  isTraceable(name: string): boolean {
    return this.traceable.has(name);
  }

  isErrorInjectable(name: string): boolean | undefined {
    this.#injectable ??= { names: injectable(readIfOpen('/sys/kernel/debug/error_injection/list')) };
    return this.#injectable.names?.has(name);
  }

  binary(name: string, pid?: number): BinaryFacts | undefined {
    return this.binaries.find(name, pid);
  }

  matchBinaries(pattern: string, pid?: number): readonly string[] {
    return this.binaries.match(pattern, pid);
  }

  cgroupId(path: string): bigint | undefined {
    return cgroupId(path);
  }

  syscallNumber(name: string): number | undefined {
    return syscallNumber(this.arch, name);
  }

  syscallName(number: number): string | undefined {
    return syscallName(this.arch, number);
  }

  has(feature: string): boolean {
    return this.#options.without?.includes(feature) !== true && this.features.has(feature);
  }

  /** File of traceable functions, when it can be read: some kernels keep it closed even to root.
   * @throws TbpfError  the one that the user named cannot be read */
  #traceablePath(): string | undefined {
    const { traceableFunctions: given } = this.#options;
    if (given !== undefined) {
      checkReadable(given, 'list of traceable functions');
      return given;
    }
    const path = `${this.tracefs.root}/available_filter_functions`;
    return isReadable(path) ? path : undefined;
  }

  #traceableText(): string {
    const path = this.#traceablePath();
    if (path !== undefined) return readFileSync(path, 'latin1');
    return this.has('kprobe') ? functionsOf(this.kallsyms()) : '';
  }
}

/** Names of debugfs' error_injection/list, `NAME\tKIND` or `NAME [MODULE]\tKIND` a line. */
function injectable(text: string | undefined): ReadonlySet<string> | undefined {
  return text === undefined || text === '' ? undefined : new Set(text.split('\n').map((line) => line.split(/[\s]/, 1)[0]!));
}

/** Functions of kallsyms in the shape of available_filter_functions. */
function functionsOf(table: Kallsyms): string {
  const lines: string[] = [];
  for (let index = 0; index < table.count; index++) {
    if ((table.types[index]! | 0x20) !== 0x74) continue;
    const module = table.moduleNames[table.modules[index]!]!;
    lines.push(module === '' ? nameAt(table, index) : `${nameAt(table, index)} [${module}]`);
  }
  return lines.join('\n');
}
