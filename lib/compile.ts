// compile(): the compile verbs in a row. Pure: what it learns of a machine comes through the Target.
//
//   parse ▶ expand ▶ check ▶ lower ▶ optimize ▶ codegen ▶ object

import { check } from './compiler/check/index.js';
import { referencesOf } from './compiler/codegen/chains.js';
import { generate, type Generated } from './compiler/codegen/index.js';
import { IS_RETURN, joinPairs } from './compiler/codegen/pairs.js';
import { noLinker, unlinkable } from './compiler/expand/diagnostics.js';
import { AT_RUN, type Expanded, type ReadHeader, type ReadImport, expand } from './compiler/expand/index.js';
import { lower, type LowerResult } from './compiler/lower/index.js';
import { stackTooLarge, tooLong, tooManyOperations } from './compiler/lower/diagnostics.js';
import { checkLimits, MOST_OPERATIONS, TooManyOperations } from './compiler/lower/limits.js';
import { argumentLoads } from './compiler/object/argument-loads.js';
import { writeObject } from './compiler/object/object.js';
import { optimize } from './compiler/optimize/index.js';
import { parse, parseExpression, parseInteger, splitAttachPoint } from './compiler/parse/index.js';
import { dumpInsns, dumpLayout, dumpTypes } from './compile-dumps.js';
import { Config } from './language/config.js';
import { KernelTypes } from './language/kernel-types.js';
import { originOf } from './language/origin.js';
import { TypeNotes } from './language/type-notes.js';
import { modulesOf } from './language/probes/modules.js';
import { DwarfTypes } from './language/dwarf-types.js';
import type { Restriction } from './language/restriction.js';
import { TypeFinder } from './language/type-finder.js';
import type { TypeSource } from './language/type-source.js';
import type { TypedProgram } from './language/typed-program.js';
import { kfuncPrototypes } from './model/bpf/kfuncs.js';
import { bug } from './model/diagnostics/errors.js';
import { JumpTooFar } from './model/bpf/assembler.js';
import { type Prototype, prototypeOf } from './model/btf/prototype.js';
import type { FunctionSpec, KfuncSpec, ObjectSpec } from './model/bpf/object-spec.js';
import { type Diagnostic, DiagnosticList, type Report } from './model/diagnostics/diagnostic.js';
import type { Module } from './model/ir/ir.js';
import { printModule } from './model/ir/text.js';
import type { Manifest } from './model/layout/manifest.js';
import type { ArgumentLoads } from './model/layout/origin.js';
import type { NamedParameter } from './model/layout/parameters.js';
import type { Source } from './model/source/source.js';
import type { SyntaxTree } from './model/syntax/nodes.js';
import { printTree } from './model/syntax/print.js';
import { askingTarget } from './model/target/asking.js';
import type { Target } from './model/target/target.js';

/** Joins objects to one, or says why not. */
export type Link = (objects: readonly Uint8Array[]) => Uint8Array | { readonly refused: string };

export interface CompileOptions {
  /** config values in force, environment included; the script's own are set on it. Default: all defaults */
  readonly config?: Config;
  /** positional parameters, as typed */
  readonly parameters?: readonly string[];
  readonly unsafe?: boolean;
  /** false: tracepoints of system calls stay programs of their own, however many. Default true */
  readonly foldsSyscalls?: boolean;
  /** only this process (`-p`) */
  readonly pid?: number;
  /** What differs from run to run is left open, so that the program can be kept in a file: `$1` where no parameters are given, the process of `-p`, the
   *  PID namespace, the number of CPUs. Default false: all of it is as it is now */
  readonly portable?: boolean;
  /** false: the run has no process whose stacks could be unwound (dw_ustack); default: it is told when it begins */
  readonly unwinds?: boolean;
  /** also report failed reads and missing map elements (`-k`) */
  readonly verboseErrors?: boolean;
  /** only tasks of control groups that the run names (Manifest.cgroups); a portable program leaves it open */
  readonly byCgroup?: boolean;
  /** what every probe that fires in a task tests besides */
  readonly restriction?: Restriction;
  /** false: the program as it was lowered, to be compared with */
  readonly optimizes?: boolean;
  /** files the script imports and C headers it includes; without them neither is found */
  readonly readImport?: ReadImport;
  readonly readHeader?: ReadHeader;
  /** headers that are read before those of the script, as they stand behind `#include`: `"mine.h"`, `<linux/fs.h>` */
  readonly includes?: readonly string[];
  /** called for a header that is not there: the kernel's BTF has its types */
  readonly onMissingHeader?: (name: string) => void;
  /** joins the object with those that the script imports */
  readonly link?: Link;
  /** Receives what a stage produced, as text: `tree`, `types`, `ir`, `ir:after=PASS`, `select`, `regalloc`, `bpf`, `layout`. */
  readonly dump?: (stage: string, text: string) => void;
  /** receives what was checked without a mistake, for editors */
  readonly onTyped?: (program: TypedProgram) => void;
}

export interface Compiled {
  readonly elf: Uint8Array;
  readonly manifest: Manifest;
  readonly object: ObjectSpec;
}

export interface CompileResult {
  readonly diagnostics: readonly Diagnostic[];
  /** undefined when a diagnostic is an error */
  readonly output?: Compiled;
}

/** Compiles a script for a machine. Never throws for a wrong script: that is what diagnostics are for. */
export function compile(source: Source, machine: Target, options: CompileOptions = {}): CompileResult {
  const { target, asked } = options.portable ? askingTarget(machine) : { target: machine, asked: undefined };
  const found = new DiagnosticList();
  const failed: CompileResult = { diagnostics: found.all };
  const { dump } = options;
  const config = options.config ?? new Config();

  const parsed = parse(source, found.report);
  if (!parsed) return failed;
  dump?.('tree', printTree(parsed));

  let tree = parsed;
  const notes = options.portable ? new TypeNotes() : undefined;
  const kernelTypes = new KernelTypes(target, () => modulesOf(tree, target), notes);
  const expanded = expandedFrom(parsed, { target, kernelTypes, config, report: found.report }, options);
  if (!expanded) return failed;
  tree = expanded.tree;

  const typed = check(expanded.tree, { target, config, report: found.report, unsafe: options.unsafe, pid: options.pid, follows: options.restriction?.follows, portable: options.portable, unwinds: options.unwinds, foldsSyscalls: options.foldsSyscalls, finder: new TypeFinder(kernelTypes, expanded.types, (path, near) => programTypes(target, path, near)), externals: expanded.externals });
  if (!typed) return failed;
  dump?.('types', dumpTypes(typed));
  options.onTyped?.(typed);

  let translated: Translated;
  try {
    translated = translate(typed, expanded.parameters, options);
  } catch (error) {
    if (error instanceof JumpTooFar) found.report(tooLong.at(error.span, { slots: error.slots }));
    else if (error instanceof TooManyOperations) found.report(tooManyOperations.at(error.span, { limit: MOST_OPERATIONS }));
    else throw error;
    return failed;
  }
  const { lowered, module, code } = translated;
  const scriptMaps = new Set(lowered.manifest.maps.map((map) => map.name));
  if (!checkLimits(module, lowered.spanByProgram, scriptMaps, found.report)) return failed;
  if (code.tooLarge.length > 0) {
    for (const name of code.tooLarge) found.report(stackTooLarge.at(lowered.spanByProgram.get(name)!, {}));
    return failed;
  }
  const externals = new Set(lowered.externals.map(({ name }) => name));
  // a built file also runs where the kernel has no sessions
  const mayJoin = (): boolean => !asked && target.has('kprobe_session') && isReturnOf(target) !== undefined;
  const { programs, manifest: joined } = joinPairs(code, lowered.manifest, mayJoin,
    (name) => target.matchKernelFunctions('*', name).length === 1);
  const manifest: Manifest = asked && notes ? {
    ...joined, origin: originOf({ ...typed, target: machine }, lowered.programNames, asked, notes, loadsOf(programs, lowered.movable)), ...((options.parameters ?? []).length > 0 && { parametersGiven: true }),
  } : joined;
  const kfuncs = kfuncsOf([...programs, ...code.subprograms], externals, target);
  const object: ObjectSpec = {
    ...(kfuncs.length > 0 && { kfuncs }), programs, subprograms: code.subprograms, maps: lowered.maps, rodata: lowered.rodata, license: config.text('license'),
    ...(lowered.externals.length > 0 && { externals: lowered.externals }),
    ...(lowered.fields.length > 0 && { fields: lowered.fields }),
  };
  dump?.('bpf', dumpInsns(object));
  dump?.('layout', dumpLayout(object, manifest));

  const elf = linked(writeObject(object, { sourceFile: source.name }), lowered.externals, expanded.objects, options.link, found.report);
  if (elf === undefined) return failed;
  return { diagnostics: found.all, output: { elf, manifest, object } };
}

/** Of those of the programs whose arguments may lie elsewhere. */
function loadsOf(programs: ObjectSpec['programs'], movable: ReadonlySet<string>): ReadonlyMap<string, ArgumentLoads> {
  return new Map([...argumentLoads(programs)].filter(([name]) => movable.has(name)));
}

/** The object with those whose functions it calls; undefined when they cannot be joined. */
function linked(elf: Uint8Array, externals: LowerResult['externals'], objects: Expanded['objects'], link: Link | undefined, report: Report): Uint8Array | undefined {
  const [first] = externals;
  if (first === undefined) return elf;
  if (link === undefined) {
    report(noLinker.at(undefined, first));
    return undefined;
  }
  const files = [...new Set(externals.map(({ file }) => file))];
  const result = link([elf, ...files.map((file) => objects.get(file)!)]);
  if (!('refused' in result)) return result;
  report(unlinkable.at(undefined, { files, text: result.refused }));
  return undefined;
}

/** Types that a probed program has by name; undefined where it has no debug information. */
function programTypes(target: Target, path: string, near: readonly number[]): TypeSource | undefined {
  const info = target.binary(path)?.debugInfo();
  return info === undefined || 'lookedFor' in info ? undefined : DwarfTypes.of(info).names(near);
}

interface Facts {
  readonly target: Target;
  readonly kernelTypes: KernelTypes;
  readonly config: Config;
  readonly report: Report;
}

function expandedFrom(parsed: SyntaxTree, { target, kernelTypes, config, report }: Facts, { parameters = [], portable, readImport, readHeader, includes, onMissingHeader, restriction, pid }: CompileOptions): Expanded | undefined {
  return expand(parsed, {
    target, kernelTypes, report, parameters: portable && parameters.length === 0 ? AT_RUN : parameters, readImport, readHeader, includes, onMissingHeader, restriction, pid,
    parser: { parse, parseExpression, parseInteger, splitAttachPoint },
    importStatements: config.text('unstable_import_statement') as 'enable' | 'warn' | 'error',
  });
}

/** The named parameters of a script (getopt), without a look at the rest: no probe has to exist.
 * @returns undefined  the script is wrong, which the diagnostics say */
export function parametersOf(source: Source, target: Target, options: CompileOptions = {}): { readonly diagnostics: readonly Diagnostic[]; readonly parameters: readonly NamedParameter[] | undefined } {
  const { report, all } = new DiagnosticList();
  const parsed = parse(source, report);
  const expanded = parsed && expandedFrom(parsed, { target, kernelTypes: new KernelTypes(target, () => modulesOf(parsed, target)), config: options.config ?? new Config(), report }, options);
  return { diagnostics: all, parameters: expanded?.parameters };
}

/** The kernel functions that are called. @param externals  functions of imported objects, which are called alike */
function kfuncsOf(functions: readonly FunctionSpec[], externals: ReadonlySet<string>, target: Target): KfuncSpec[] {
  const names = new Set(functions.flatMap(({ insns }) => referencesOf(insns, 'kfunc')));
  return [...names].filter((name) => !externals.has(name)).map((name) => {
    const prototype = name === IS_RETURN ? isReturnOf(target) : kfuncPrototypes[name];
    return { name, prototype: prototype ?? bug('compile', `kernel function ${name} has no prototype`) };
  });
}

/** Its prototype differs between kernels. */
function isReturnOf({ btf }: Target): Prototype | undefined {
  return btf && prototypeOf(btf, IS_RETURN);
}

/** undefined where there is no Node. */
function environment(): Readonly<Record<string, string | undefined>> | undefined {
  return (globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } }).process?.env;
}

interface Translated {
  readonly lowered: LowerResult;
  readonly module: Module;
  readonly code: Generated;
}

/** Lowers to instructions. Programs that need more than 512 bytes of stack are lowered once more, frugally.
 * @throws JumpTooFar, TooManyOperations */
function translate(typed: TypedProgram, parameters: readonly NamedParameter[], { verboseErrors, byCgroup, optimizes, dump }: CompileOptions, frugal: ReadonlySet<string> = new Set()): Translated {
  const check = environment()?.['TBPF_CHECK'] === '1';
  const lowered = lower(typed, { verboseErrors, byCgroup, parameters, frugal });
  dump?.('ir', printModule(lowered.module));
  const module = optimizes === false ? lowered.module : optimize(lowered.module, { check, ...(dump && { dump: (pass, m) => dump(`ir:after=${pass}`, printModule(m)) }) });
  const code = generate(module, { check, ...(dump && { dump }) });
  if (frugal.size > 0 || code.tooLarge.length === 0) return { lowered, module, code };
  return translate(typed, parameters, { verboseErrors, byCgroup, optimizes, dump }, new Set(code.tooLarge));
}
