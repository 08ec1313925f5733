// A machine for tests of the compiler: recorded types and tracepoints, everything else as a test says.
//
//   facts  x86_64, Linux 6.18, 4 CPUs, every feature; see test/fixtures/btf and test/fixtures/formats for what is recorded

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf } from '../../lib/model/btf/btf.js';
import { syscallName, syscallNumber } from '../../lib/model/target/syscalls.js';
import type { BinaryFacts, Target, TracepointFormat } from '../../lib/model/target/target.js';
import { alternatives, matcher } from '../../lib/model/target/pattern.js';
import { Tracefs } from '../../lib/runtime/discover/tracing/tracefs.js';

export interface FixtureOptions {
  readonly cpuCount?: number;
  /** features that this machine lacks */
  readonly lacks?: readonly string[];
  /** false: a kernel without types */
  readonly btf?: boolean;
  /** in place of the recorded types of the kernel */
  readonly types?: Btf;
  /** modules whose types are the kernel's; default none */
  readonly typedModules?: readonly string[];
  /** functions of loaded BPF programs, by program id */
  readonly programFunctions?: Readonly<Record<number, string>>;
  /** kernel symbols by name */
  readonly symbols?: Readonly<Record<string, bigint>>;
  readonly cgroups?: Readonly<Record<string, bigint>>;
  /** by the name a probe gives */
  readonly binaries?: Readonly<Record<string, BinaryFacts>>;
  readonly pidNamespace?: Target['pidNamespace'];
  readonly procNamespace?: Target['procNamespace'];
  /** functions that may be overridden; default: not known */
  readonly injectable?: readonly string[];
  /** of kprobes; default a few of vmlinux */
  readonly kernelFunctions?: readonly { readonly module: string; readonly name: string }[];
}

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const kernelSymbols: Readonly<Record<string, bigint>> = { vfs_read: 0xffff_ffff_8130_0000n, vfs_write: 0xffff_ffff_8130_1000n, do_nanosleep: 0xffff_ffff_8110_2000n, jiffies: 0xffff_ffff_8260_0000n };
const FUNCTION_BYTES = 256;

/** What no Linux 6.18 has: kernel functions for kinds of programs that may not call them. */
const closed = ['raw_tracepoint', 'kprobe', 'xdp'].map((kind) => `kfunc:bpf_task_from_pid:${kind}`);

let recorded: Btf | undefined;

export class FixtureTarget implements Target {
  readonly arch = 'x86_64';
  readonly kernelRelease = '6.18.0-fixture';
  readonly cpuCount: number;
  readonly pidNamespace: Target['pidNamespace'];
  readonly procNamespace: Target['procNamespace'];
  readonly btfModules: readonly string[] = ['vmlinux'];
  private readonly tracefs = new Tracefs({ root: `${fixtures}formats/tracefs` });
  private readonly functions: readonly { readonly module: string; readonly name: string }[];
  private readonly symbols: Readonly<Record<string, bigint>>;

  constructor(private readonly options: FixtureOptions = {}) {
    this.cpuCount = options.cpuCount ?? 4;
    this.pidNamespace = options.pidNamespace;
    this.procNamespace = options.procNamespace;
    this.symbols = options.symbols ?? kernelSymbols;
    this.functions = options.kernelFunctions ?? ['vfs_read', 'vfs_write', 'do_nanosleep'].map((name) => ({ module: 'vmlinux', name }));
  }

  get btf(): Btf | undefined {
    if (this.options.btf === false) return undefined;
    if (this.options.types) return this.options.types;
    return (recorded ??= Btf.parse(readFileSync(`${fixtures}btf/linux-6.18-x86_64.btf`)));
  }

  moduleBtf(module: string): Btf | undefined {
    return module === 'vmlinux' || this.options.typedModules?.includes(module) ? this.btf : undefined;
  }

  tracepoint(category: string, event: string): TracepointFormat | undefined {
    return this.tracefs.format(category, event);
  }

  matchTracepoints(category: string, event: string): readonly (readonly [string, string])[] {
    return this.tracefs.match(category, event);
  }

  matchRawTracepoints(module: string, event: string): readonly (readonly [module: string, event: string])[] {
    if (!matcher(module)('vmlinux')) return [];
    const wanted = alternatives(event);
    return ['sched_switch', 'sys_enter', 'sys_exit'].filter((name) => wanted(name)).map((name) => ['vmlinux', name]);
  }

  kernelSymbol(name: string): bigint | undefined {
    return this.symbols[name];
  }

  kernelFunctionSize(name: string): number | undefined {
    return this.symbols[name] === undefined ? undefined : FUNCTION_BYTES;
  }

  isModuleLoaded(module: string): boolean {
    return module === 'vmlinux';
  }

  matchKernelFunctions(module: string, name: string): readonly { readonly module: string; readonly name: string }[] {
    const modules = matcher(module);
    const names = alternatives(name);
    return this.functions.filter((each) => modules(each.module) && names(each.name));
  }

  matchProgramFunctions(programId: number | undefined, name: string): readonly { readonly programId: number; readonly name: string }[] {
    const names = matcher(name);
    const all = Object.entries(this.options.programFunctions ?? {}).map(([id, of]) => ({ programId: Number(id), name: of }));
    return all.filter((each) => (programId === undefined || each.programId === programId) && names(each.name));
  }

  isTraceable(name: string): boolean {
    return this.functions.some((each) => each.name === name);
  }

  isErrorInjectable(name: string): boolean | undefined {
    return this.options.injectable?.includes(name);
  }

  binary(name: string): BinaryFacts | undefined {
    return this.options.binaries?.[name];
  }

  matchBinaries(pattern: string): readonly string[] {
    const wanted = matcher(pattern);
    return Object.keys(this.options.binaries ?? {}).filter((name) => wanted(name));
  }

  cgroupId(path: string): bigint | undefined {
    return this.options.cgroups?.[path];
  }

  syscallNumber(name: string): number | undefined {
    return syscallNumber(this.arch, name);
  }

  syscallName(number: number): string | undefined {
    return syscallName(this.arch, number);
  }

  has(feature: string): boolean {
    if (feature === 'btf') return this.options.btf !== false;
    return !closed.includes(feature) && !(this.options.lacks ?? []).includes(feature);
  }
}
