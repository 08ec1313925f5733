// What the runtime must know about a compiled script; with the ELF bytes it is a program that runs without the compiler.
//
//   made by  compiler/lower;  read by  runtime/session, collect, output
//   facts    plain data: JSON text by manifestToJson / manifestFromJson (bigint as {"$bigint": "…"})

import type { Type } from '../types/types.js';
import type { ManifestParameter } from './parameters.js';
import type { ArgumentSource } from './argument-source.js';
import type { Origin } from './origin.js';
import type { RecordLayout } from './layout.js';
import type { UsdtPlace } from './usdt.js';

export type { ArgumentSource };

/** How a program is attached. Numbers are bigint where the kernel takes 64 bits. */
export type AttachSpec =
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' }
  | { readonly kind: 'signal'; readonly signal: 'SIGUSR1' }
  | { readonly kind: 'test' | 'bench'; readonly name: string }
  | { readonly kind: 'tracepoint'; readonly category: string; readonly event: string }
  /** tp_btf when `btf`, else the untyped raw tracepoint */
  | { readonly kind: 'rawtracepoint'; readonly event: string; readonly module?: string; readonly btf: boolean }
  /** ofPattern: one of several matches of a wildcard; when the kernel refuses it, the others are attached without it.
   *  traced: the kernel traces the function, and the program does with what a multi link gives it */
  | { readonly kind: 'kprobe'; readonly symbol?: string; readonly address?: bigint; readonly module?: string; readonly offset: number; readonly return: boolean; readonly ofPattern?: true; readonly traced?: true }
  /** one multi link for all symbols */
  | { readonly kind: 'kprobe_multi'; readonly symbols: readonly string[]; readonly return: boolean }
  /** one of two blocks that share a program: one link for entry and return of all symbols */
  | { readonly kind: 'kprobe_session'; readonly symbols: readonly string[]; readonly return: boolean }
  | { readonly kind: 'uprobe'; readonly path: string; readonly symbol?: string; readonly fileOffset: bigint; readonly return: boolean; readonly pid?: number; readonly ofPattern?: true }
  /** labels: what the places are called behind the path, in the order of fileOffsets */
  | { readonly kind: 'uprobe_multi'; readonly path: string; readonly fileOffsets: readonly bigint[]; readonly labels: readonly string[]; readonly return: boolean; readonly pid?: number }
  /** USDT probes of a file. labels: what they are called behind the path; together: one multi link for all places */
  | { readonly kind: 'usdt'; readonly path: string; readonly places: readonly UsdtPlace[]; readonly labels: readonly string[]; readonly together: boolean; readonly pid?: number }
  | { readonly kind: 'fentry'; readonly function: string; readonly module?: string; readonly return: boolean; readonly programId?: number }
  /** pin: absolute path; pid: only the threads of this process */
  | { readonly kind: 'iter'; readonly type: string; readonly pin?: string; readonly pid?: number }
  /** perf event on each CPU of `cpus`; exactly one of samplePeriod and sampleFrequency */
  | { readonly kind: 'perf_event'; readonly type: number; readonly config: bigint; readonly samplePeriod?: bigint; readonly sampleFrequency?: bigint; readonly cpus: 'all' | 'first'; readonly pid?: number;
      readonly breakpoint?: { readonly address: bigint; readonly length: number; readonly mode: number } };

/** An argument that a script can name. */
export interface ManifestArgument {
  readonly name: string;
  readonly source: ArgumentSource;
  /** the memory that it points into; undefined: it is no pointer */
  readonly pointsTo?: 'user' | 'kernel';
}

/** The file whose code the probe is in; undefined: it is in no file's. */
export function probedFile(attach: AttachSpec): string | undefined {
  return 'path' in attach ? attach.path : undefined;
}

/** How many probes it stands for in `Attached N probes` and for the limit on them. */
export function probeCount(attach: AttachSpec): number {
  if (attach.kind === 'kprobe_multi' || attach.kind === 'kprobe_session') return attach.symbols.length;
  if (attach.kind === 'usdt') return attach.labels.length;
  return attach.kind === 'uprobe_multi' ? attach.fileOffsets.length : 1;
}

/** Name of the function in the ELF object that runs when the probe fires. */
export function functionOf({ name, within }: ManifestProgram): string {
  return within ?? name;
}

export interface ManifestProgram {
  /** function name in the ELF object; a name of its own where `within` is set */
  readonly name: string;
  /** name of the program that has this block's code besides its own; it is loaded and attached with that one */
  readonly within?: string;
  /** probe string (language.md 3.3), as the `probe` builtin shows it */
  readonly probe: string;
  readonly attach: AttachSpec;
  /** ProbeRecord.needs of its kind: the feature of Target.has() without which the kernel refuses it; undefined: none */
  readonly needs?: string;
  /** of a portable program: `pid` of its attach is the process of -p, when there is one */
  readonly filtered?: true;
  /** how many probes it stands for in `Attached N probes` */
  readonly probeCount: number;
  /** Position of the block in the script; programs attach in this order (language.md 3.5). */
  readonly block: number;
}

/** The value of a map element as it lies in the kernel map. */
export type ValueShape =
  /** one value of `type` */
  | { readonly kind: 'plain' }
  /** value of `type`, then u64 flag at flagOffset: 1 when it was ever written (array maps: elements always exist) */
  | { readonly kind: 'flagged'; readonly flagOffset: number }
  /** what the aggregate's record says (language/aggregates): per-CPU words */
  | { readonly kind: 'aggregate' };

export interface ManifestMap {
  /** kernel map name in the ELF object */
  readonly name: string;
  /** name in the script with its `@`; undefined for tbpf's own maps */
  readonly scriptName?: string;
  readonly mapType: string;
  readonly perCpu: boolean;
  readonly maxEntries: number;
  /** undefined: scalar (one element at key u32 0 of an array map) */
  readonly key?: Type;
  readonly value: Type;
  /** bytes, per CPU where perCpu */
  readonly keySize: number;
  readonly valueSize: number;
  readonly shape: ValueShape;
  /** an array whose element i has the key keyTexts[i]; elements without bytes are not there */
  readonly keyTexts?: readonly string[];
  /** maps that programs only add to: the u64 words of a value that they add to; the other words say that it was written */
  readonly addedWords?: readonly number[];
  /** keys that end in a stack: elements whose stack is short lie in this kernel map, under the first keySize bytes of their key;
   *  the bytes behind them are 0. Everything else about the two maps is the same */
  readonly shortKeys?: { readonly name: string; readonly keySize: number };
}

/** One kind of record in the ring buffer: one call of printf, print, … in the script. */
export interface EventSpec {
  /** name of the function record in lib/language that handles it (`printf`, `print`, `exit` …) */
  readonly handler: string;
  readonly layout: RecordLayout;
  /** what the handler needs: format pieces, map names, literal arguments; JSON-able */
  readonly data: unknown;
  /** place of the call, for messages: `file:line:col-col`, and the excerpt */
  readonly place: SourcePlace;
}

export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** of the first character in the file, 0-based */
  readonly offset: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly endOffset: number;
  /** source line(s) at the place, as renderExcerpt shows them with the marker, newline-terminated; of a macro's, the places it was called from too */
  readonly excerpt: string;
}

/** kaddr: the address of a symbol of the kernel; cgroup: the id of the control group of a folder; inode: number of a file in its file system. */
export type AddressName = `kaddr ${string}` | `cgroup ${string}` | `inode ${string}`;

/** pid: the process of -p, 0 without one. The namespaces (PidNamespace) are those of tbpf and of its /proc, 0 where they are the initial one. */
export type StartValueName = AddressName | 'cpid' | 'has_cpid' | 'by_cgroup' | 'start_ns' | 'tai_offset' | 'pid' | 'cpu_count' | 'pid_ns_device' | 'pid_ns_inode' | 'proc_ns_device' | 'proc_ns_inode';

export interface Manifest {
  readonly version: 1;
  readonly programs: readonly ManifestProgram[];
  readonly maps: readonly ManifestMap[];
  readonly events: readonly EventSpec[];
  /** kernel names of tbpf's own maps; undefined when the script does not need them */
  readonly ringBuffer?: string;
  /** perf event array that packets go to, each behind the record of its event; undefined: the script captures none */
  readonly packets?: string;
  /** per-CPU array, one u64 for each program: events it could not deliver */
  readonly lostEvents?: string;
  /** per-CPU array that counts failures (layout/warnings.ts): element i is of the event `events[i]` */
  readonly warnings?: { readonly map: string; readonly events: readonly number[] };
  /** kernel name of the set of control groups (layout/cgroup-set.ts) whose tasks count; of a portable program it counts where the start value by_cgroup is 1 */
  readonly cgroups?: string;
  /** kernel names of the maps by which stacks are unwound (layout/unwind.ts): the session fills in what it unwinds, and reads how stacks ended; undefined: the script has no dw_ustack */
  readonly unwind?: { readonly rules: string; readonly ranges: string; readonly ends: string };
  /** Kernel name of the set of processes that are followed (--follow): the session puts in those that are there when it begins. Keys are u64 numbers of
   *  processes as `pid` shows them, values u64. */
  readonly started?: string;
  /** array of one word (layout/exit-flag.ts); undefined: the script does not call exit() */
  readonly exitFlag?: string;
  /** What differs from run to run stands in startValues and parameters (CompileOptions.portable). */
  readonly portable?: true;
  /** of a portable program: what it depends on of the machine */
  readonly origin?: Origin;
  /** of a portable program: `$1`, `$2` … were given when it was compiled */
  readonly parametersGiven?: true;
  /** It calls functions that change the system (--unsafe). */
  readonly unsafe?: true;
  /** the process that its programs are for; undefined: all */
  readonly pid?: number;
  /** the arguments of programs that use some, by the program's name in the object: for who makes events up (tbpf/simulate) */
  readonly arguments?: Readonly<Record<string, readonly ManifestArgument[]>>;
  /** config values the runtime reads (language.md 8.9), by name */
  readonly config: Readonly<Record<string, string | number | boolean>>;
  /** values of `.rodata` that are known only when the script starts, little endian at offset */
  readonly startValues: readonly { readonly name: StartValueName; readonly map: string; readonly offset: number; readonly size: 1 | 4 | 8 }[];
  /** named parameters (getopt), in the order of the script; their values lie in `.rodata` */
  readonly parameters?: readonly ManifestParameter[];
}

export function manifestToJson(manifest: Manifest): string {
  return JSON.stringify(manifest, (_, value: unknown) => (typeof value === 'bigint' ? { $bigint: value.toString() } : value));
}

export function manifestFromJson(text: string): Manifest {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value === 'object' && value !== null && '$bigint' in value) return BigInt((value as { $bigint: string }).$bigint);
    return value;
  }) as Manifest;
}
