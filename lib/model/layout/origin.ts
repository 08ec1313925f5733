// What a portable program was compiled from, as far as it depends on the machine: held against the machine that it runs on (trace/fit.ts).
//
//   idea   compiling is a function of the script and of facts about a machine. Where the facts that it asked for are the same, compiling there would give
//          the same program. Some may differ, because they are found anew: where probes are, how many match

import type { ArgumentSource } from './argument-source.js';

/** A struct of the kernel by its name, and by names of members that lead to one in it that has none. */
export interface StructPath {
  /** `vmlinux`, or a module */
  readonly module: string;
  readonly tag: 'struct' | 'union';
  readonly name: string;
  readonly path: readonly string[];
}

/** A struct has this size, or this member at this place. Offsets and sizes are bytes. */
export type StructFact = StructPath & (
  | { readonly size: number }
  | { readonly member: string; readonly offset: number; readonly type: string; readonly shift?: number; readonly bits?: number; /** line of the script that names it */ readonly line?: number; /** relocations find it, wherever it is */ readonly movable?: true }
);

export interface TypeFacts {
  readonly structs: readonly StructFact[];
  readonly enums: readonly { readonly name: string; readonly bytes: number; readonly members: readonly (readonly [name: string, value: bigint])[] }[];
  readonly names: readonly { readonly name: string; readonly type: string }[];
  readonly constants: readonly { readonly name: string; readonly value: bigint }[];
}

/** An attach point as it was parsed. */
export interface OriginPoint {
  readonly raw: string;
  readonly parts: readonly string[];
  readonly label?: string;
  readonly location?: readonly string[];
}

/** A probe block: what it is attached to, and what its body mentions (ResolveContext.uses). */
export interface OriginBlock {
  readonly points: readonly OriginPoint[];
  readonly uses: { readonly probe: boolean; readonly args: boolean; readonly func: boolean; readonly fields?: readonly string[]; readonly calls: readonly string[] };
}

/** Loads of arguments from the record of a tracepoint. */
export interface ArgumentLoads {
  /** of the object */
  readonly section: string;
  /** at: bytes from the start of the section to the instruction, width: bytes that it loads, from a place that is a multiple of them */
  readonly loads: readonly { readonly at: number; readonly argument: string; readonly width: number }[];
}

/** What was resolved for one program, as far as its instructions depend on it. */
export interface OriginProgram {
  readonly section: string;
  readonly selector?: 'cookie' | 'syscall';
  readonly names?: readonly string[];
  readonly numbers?: readonly (readonly bigint[])[];
  readonly syscalls?: readonly number[];
  /** addresses of places in the probed file, where the program knows them */
  readonly places?: readonly bigint[];
  /** those that it reads */
  readonly arguments: readonly { readonly name: string; readonly source: ArgumentSource; readonly type: string; readonly line?: number }[];
  /** present: where arguments lie elsewhere, these instructions are all that has to know (trace/relocations.ts) */
  readonly argumentLoads?: ArgumentLoads;
}

export interface Origin {
  readonly arch: string;
  /** as uname -r */
  readonly kernelRelease: string;
  /** identifies the build of the kernel: two kernels with one have the same types and events; empty: unknown */
  readonly kernelBuild: string;
  /** features that the compiler asked for and found (Target.has) */
  readonly features: readonly string[];
  /** the program works on at most so many CPUs; undefined: on any number */
  readonly cpuCount?: number;
  readonly types: TypeFacts;
  /** files whose debug information or symbols went into the program, and their build ids */
  readonly files: readonly { readonly path: string; readonly buildId: string }[];
  readonly blocks: readonly OriginBlock[];
  /** by the programs' names */
  readonly programs: Readonly<Record<string, OriginProgram>>;
}
