// Facts about the machine that is traced, as the compiler may ask for them. The running machine's are found by
// runtime/discover (each fact when first asked for); tests and cross compilation use recorded ones.

import type { Btf } from '../btf/btf.js';
import type { DebugInfo } from '../dwarf/debug-info.js';
import type { UsdtNote } from './usdt-note.js';

export type Arch = 'x86_64' | 'arm64';

export interface TracepointField {
  readonly name: string;
  /** C declaration without the name: `const char *`, `unsigned int`, `char[16]`, `__data_loc char[]` */
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  /** `__data_loc` (4) or `__rel_loc` */
  readonly dynamic?: 'data_loc' | 'rel_loc';
  /** elements, when it is an array */
  readonly count?: number;
  /** what the event's own print format calls its values */
  readonly names?: readonly (readonly [name: string, value: bigint])[];
}

/** events/CATEGORY/EVENT/format of tracefs. */
export interface TracepointFormat {
  readonly category: string;
  readonly event: string;
  readonly id: number;
  /** without the common fields */
  readonly fields: readonly TracepointField[];
}

export interface FunctionSymbol {
  readonly name: string;
  /** virtual address in the file */
  readonly address: bigint;
  readonly size: number;
  /** offset in the file of its first byte, what uprobes take */
  readonly fileOffset: bigint;
  /** an IFUNC: the code at the address runs once in a process, and answers which function is to be called by the name */
  readonly isChooser?: true;
  /** its file alone sees it by this name */
  readonly isLocal?: true;
}

export interface NoDebugInfo { readonly lookedFor: readonly string[] }

/** What the compiler asks of an ELF file that a uprobe names. */
export interface BinaryFacts {
  /** resolved path */
  readonly path: string;
  /** of this build (the linker's build id), hexadecimal; '' or undefined: unknown */
  readonly buildId?: string;
  readonly isExecutable: boolean;
  /** number of the file in its file system, as struct inode has it in i_ino */
  readonly inode: bigint;
  /** position-independent: addresses are relative to where it is mapped */
  readonly isPie: boolean;
  /** Types of its functions and lines of its source (DWARF). lookedFor: files that could have had them, and are not there or have none.
   * @throws TbpfError  ERR_DWARF: what is there cannot be read */
  debugInfo(): DebugInfo | NoDebugInfo;
  /** All functions of a name, by address: static ones of several sources, versions of one. `name@VERSION`: of that version. One that does not lie in the file has a negative
   *  offset, and is there only where no other is. */
  findFunctions(name: string): readonly FunctionSymbol[];
  /** Whether it calls a function of this name that lies in another file. */
  importsFunction(name: string): boolean;
  /** functions whose name (demangled: `cpp`) matches a pattern with `*` */
  matchFunctions(pattern: string, options?: { cpp?: boolean }): readonly FunctionSymbol[];
  /** of an address in its code */
  fileOffsetOf(address: bigint): bigint | undefined;
  /** the function that an address lies in */
  functionAt(address: bigint): FunctionSymbol | undefined;
  /** whether an instruction begins so many bytes behind the start of a function; undefined: the bytes could not be decoded */
  beginsInstruction(start: FunctionSymbol, offset: bigint): boolean | undefined;
  /** Symbols of a name, data too, for uaddr(): the one that other files see, else each that one of its sources has for itself. */
  findData(name: string): readonly { readonly address: bigint; readonly size: number }[];
  /** places of USDT probes, in the order of the file; [] when it has none */
  usdtNotes(): readonly UsdtNote[];
}

/** As bpf_get_ns_current_pid_tgid wants it. */
export interface PidNamespace {
  readonly device: bigint;
  readonly inode: bigint;
}

export interface Target {
  readonly arch: Arch;
  /** `6.12.0-…` as uname -r */
  readonly kernelRelease: string;
  /** Identifies the build of the kernel: two with one have the same types, events and functions, but for their modules. undefined: unknown */
  readonly kernelBuild?: string | undefined;
  /** possible CPUs */
  readonly cpuCount: number;
  /** the one tbpf runs in, whose numbers scripts see (language.md 4.1); undefined: the initial one, whose numbers are the kernel's own */
  readonly pidNamespace: PidNamespace | undefined;
  /** the one that tbpf's /proc was mounted for, by whose numbers processes are looked at; undefined: the initial one */
  readonly procNamespace: PidNamespace | undefined;
  /** types of the kernel; undefined where it has none */
  readonly btf: Btf | undefined;
  /** types of a module, on top of `btf` */
  moduleBtf(module: string): Btf | undefined;
  /** modules that have BTF, `vmlinux` first */
  readonly btfModules: readonly string[];

  tracepoint(category: string, event: string): TracepointFormat | undefined;
  /** [category, event] pairs that match patterns with `*`, sorted */
  matchTracepoints(category: string, event: string): readonly (readonly [category: string, event: string])[];
  /** raw tracepoints [module, event] */
  matchRawTracepoints(module: string, event: string): readonly (readonly [module: string, event: string])[];
  /** address of a kernel symbol from kallsyms */
  kernelSymbol(name: string): bigint | undefined;
  /** size of a kernel function in bytes, where known */
  kernelFunctionSize(name: string): number | undefined;
  isModuleLoaded(module: string): boolean;
  /** functions kprobes may be put on, `module` is `vmlinux` for the kernel itself, sorted; patterns with `*` */
  matchKernelFunctions(module: string, name: string): readonly { readonly module: string; readonly name: string }[];
  isTraceable(name: string): boolean;
  /** whether the kernel lets programs override the function; undefined: its list is not to be seen */
  isErrorInjectable?(name: string): boolean | undefined;
  /** functions of loaded BPF programs, for tracing them; pattern with `*`, of one program or of all */
  matchProgramFunctions?(programId: number | undefined, name: string): readonly { readonly programId: number; readonly name: string }[];
  /** undefined when no such file; resolves names through PATH and the library cache, and inside /proc/PID/root with a pid */
  binary(name: string, pid?: number): BinaryFacts | undefined;
  /** paths that a target pattern means */
  matchBinaries(pattern: string, pid?: number): readonly string[];
  cgroupId(path: string): bigint | undefined;
  /** number of a system call in the native table */
  syscallNumber(name: string): number | undefined;
  syscallName(number: number): string | undefined;
  /** a feature of language/needs: `kprobe_multi`, `uprobe_multi`, `fentry`, `iter`, helpers as `helper:loop`, kfuncs as `kfunc:bpf_task_from_pid`, and
   *  `kfunc:bpf_task_from_pid:kprobe` for whether programs of a kind may call it … */
  has(feature: string): boolean;
}
