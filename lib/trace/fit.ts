// A portable program on the machine that it runs on: what is found anew is put in, and what differs from where it was compiled is said.
//
//   in     the object; the manifest with its Origin; the machine
//   out    the manifest with the probes that are here, the object that reads their arguments where they lie here; or the error that says what is different
//   idea   attach points are resolved by the same records as in the compiler, and what they come to is compared with what they came to there, as far as the
//          program's instructions depend on it. Types and events of one build of the kernel are the same: they are looked at only on another
//   facts  a difference is a refusal before anything is loaded: never a wrong read

import { Config } from '../language/config.js';
import { DwarfTypes } from '../language/dwarf-types.js';
import { KernelTypes } from '../language/kernel-types.js';
import { originProgram } from '../language/origin.js';
import { modulesOfPoints } from '../language/probes/modules.js';
import { parseNumber } from '../language/probes/numbers.js';
import { kindsOf, programsOfBlocks } from '../language/probes/together.js';
import type { ResolveContext, ResolvedProbe } from '../language/record.js';
import { withEnumsOf } from './enums-here.js';
import { isOtherKernel } from './may-differ.js';
import { type MovedLoad, withMovedLoads } from './relocations.js';
import { TypeFinder } from '../language/type-finder.js';
import { type Difference, typeDifferences } from '../language/type-notes.js';
import { noTypes } from '../language/type-source.js';
import type { Diagnostic } from '../model/diagnostics/diagnostic.js';
import { TbpfError } from '../model/diagnostics/errors.js';
import type { Manifest, ManifestProgram } from '../model/layout/manifest.js';
import { probeCount } from '../model/layout/manifest.js';
import type { Origin, OriginBlock, OriginProgram } from '../model/layout/origin.js';
import { Source } from '../model/source/source.js';
import type { AttachPoint } from '../model/syntax/nodes.js';
import type { Target } from '../model/target/target.js';
import { none } from '../model/types/types.js';

interface Built {
  readonly elf: Uint8Array;
  readonly manifest: Manifest;
}

/** @param pid  process of -p
 *  @throws TbpfError  ERR_ELSEWHERE: the program is not what compiling its script here would give */
export function fitToMachine<B extends Built>(program: B, target: Target, pid?: number): B {
  const { elf, manifest } = program;
  const { origin } = manifest;
  if (!origin) return program;
  const basic = basicDifferences(origin, target);
  if (basic.length > 0) throw elsewhere(origin, target, basic);
  const { programs, differences, moves } = resolvedHere(manifest, origin, target, pid);
  const asksTypes = isOtherKernel(origin, target) || origin.types.structs.some(({ module }) => module !== 'vmlinux');
  const kernel = new KernelTypes(target);
  const others = asksTypes ? typeDifferences(origin.types, target, kernel) : [];
  if (differences.length + others.length > 0) throw elsewhere(origin, target, [...differences, ...others]);
  const fitted = { ...manifest, programs };
  return { ...program, elf: withMovedLoads(elf, moves), manifest: asksTypes ? withEnumsOf(fitted, origin.types.enums, (name) => kernel.enum(name)) : fitted };
}

function basicDifferences({ arch, features, files, cpuCount, blocks, ...origin }: Origin, target: Target): Difference[] {
  if (arch !== target.arch) return [{ text: `this machine is ${target.arch}, and the script was compiled for ${arch}` }];
  return [
    ...(isOtherKernel({ arch, features, files, cpuCount, blocks, ...origin }, target) ? features.filter((feature) => !mayLack(feature, blocks) && !target.has(feature)).map((feature) => ({ text: `the kernel has no ${feature}` })) : []),
    ...(cpuCount !== undefined && target.cpuCount > cpuCount ? [{ text: `this machine has ${target.cpuCount} CPUs, and the program was compiled for at most ${cpuCount}` }] : []),
    ...files.filter(({ path, buildId }) => buildId === '' || target.binary(path)?.buildId !== buildId).map(({ path }) => ({ text: `${path} is not the file whose debug information the script was compiled with` })),
  ];
}

/** Features that only say how probes are attached, which is looked at anew. What kernels with links for many user functions can tell besides is which
 *  function a program is at (language/probed-address.ts). */
function mayLack(feature: string, blocks: readonly OriginBlock[]): boolean {
  return feature.startsWith('cap:') || feature === 'kprobe_multi' || (feature === 'uprobe_multi' && !blocks.some(({ uses }) => uses.func || uses.calls.includes('uaddr')));
}

interface Here {
  readonly programs: readonly ManifestProgram[];
  readonly differences: readonly Difference[];
  readonly moves: readonly MovedLoad[];
}

function resolvedHere(manifest: Manifest, origin: Origin, target: Target, pid: number | undefined): Here {
  const refused: Diagnostic[] = [];
  const blocks = origin.blocks.map((block) => resolveBlock(block, origin, manifest, target, pid, refused));
  if (refused.length > 0) return { programs: [], moves: [], differences: refused.map(({ message }) => ({ text: message })) };
  const here = programsOfBlocks(blocks).flatMap((programs, i) => programs.map((resolved): Found => ({ resolved, uses: blocks[i]!.context.uses, block: i })));
  const names = programsFor(here, manifest, origin);
  if (!names) return { programs: [], moves: [], differences: [otherProbes(manifest, here.map(({ resolved }) => resolved))] };
  const compared = here.map(({ resolved, uses }, i) => compare(origin.programs[names[i]!]!, originProgram(resolved, uses), resolved, uses));
  const differences = compared.flatMap((each) => each.differences);
  const byName = new Map(here.map(({ resolved }, i) => [names[i]!, resolved]));
  return { programs: differences.length > 0 ? [] : placed(manifest.programs, byName), differences, moves: compared.flatMap(({ moves }) => moves) };
}

interface Found {
  readonly resolved: ResolvedProbe;
  readonly uses: ResolveContext['uses'];
  /** number of its block */
  readonly block: number;
}

/** The names of the programs for the probes; undefined: there is none for one of them, or a probe is missing. Of a wildcard some may not be here. */
function programsFor(here: readonly Found[], { programs }: Manifest, { blocks, programs: built }: Origin): readonly string[] | undefined {
  const names = Object.keys(built);
  if (here.length === names.length) return names;
  const byName = new Map(programs.map((program) => [program.name, program]));
  const numbers = [...new Set(programs.map(({ block }) => block))];
  const mayLack = (name: string): boolean => {
    const block = numbers.indexOf(byName.get(name)!.block);
    return here.some((found) => found.block === block) && blocks[block]!.points.some(({ raw }) => WILDCARD.test(raw));
  };
  const found: string[] = [];
  for (const name of names) {
    const next = here[found.length];
    if (next?.resolved.matches[0]!.probe === byName.get(name)!.probe) found.push(name);
    else if (!mayLack(name)) return undefined;
  }
  return found.length === here.length ? found : undefined;
}

function otherProbes({ programs }: Manifest, here: readonly ResolvedProbe[]): Difference {
  const built = new Set(programs.map(({ probe }) => probe));
  const found = new Set(here.flatMap(({ matches }) => matches.map(({ probe }) => probe)));
  const missing = [...built].filter((probe) => !found.has(probe));
  const more = [...found].filter((probe) => !built.has(probe));
  const some = (list: readonly string[]): string => `${list.slice(0, 3).join(', ')}${list.length > 3 ? ` and ${list.length - 3} more` : ''}`;
  const said = [...(missing.length > 0 ? [`${some(missing)} ${missing.length > 1 ? 'are' : 'is'} not here`] : []), ...(more.length > 0 ? [`${some(more)} ${more.length > 1 ? 'are' : 'is'} here besides`] : [])];
  return { text: said.length > 0 ? said.join(', and ') : 'the probes are attached in another way here' };
}

function resolveBlock({ points, uses }: OriginBlock, { blocks }: Origin, { config: values, unsafe }: Manifest, target: Target, pid: number | undefined, refused: Diagnostic[]): { readonly resolved: readonly ResolvedProbe[]; readonly context: ResolveContext } {
  const config = new Config();
  for (const [name, value] of Object.entries(values)) config.set(name, typeof value === 'number' ? BigInt(value) : value, 'environment');
  const kernel = new KernelTypes(target, () => modulesOfPoints(blocks.flatMap((block) => block.points), target));
  const finder = new TypeFinder(kernel, noTypes, (path, near) => {
    const info = target.binary(path)?.debugInfo();
    return info === undefined || 'lookedFor' in info ? undefined : DwarfTypes.of(info).names(near);
  });
  const context: ResolveContext = {
    target, config, unsafe: unsafe ?? false, pid, parseNumber, foldsSyscalls: true, finder,
    report: (diagnostic) => void (diagnostic.severity === 'error' && refused.push(diagnostic)),
    uses: { ...uses, fields: uses.fields, calls: new Set(uses.calls) },
    typeOfBtf: (id, module) => kernel.byId(id, module) ?? none,
  };
  const resolved = points.flatMap((given) => {
    const source = new Source('', given.raw);
    const point: AttachPoint = { kind: 'attach-point', span: source.span(0, given.raw.length), ...given };
    const kinds = kindsOf(point, pid);
    return kinds.flatMap((record) => record.resolve(point, kinds.length > 1 ? { ...context, report: () => undefined } : context));
  });
  return { resolved, context };
}

function compare(built: OriginProgram, here: OriginProgram, { matches: [match] }: ResolvedProbe, uses: ResolveContext['uses']): { readonly differences: readonly Difference[]; readonly moves: readonly MovedLoad[] } {
  const probe = match!.probe;
  const different = (text: string): ReturnType<typeof compare> => ({ differences: [{ text: `${probe} ${text}` }], moves: [] });
  if (!sameWay(built.section, here.section, uses) || built.selector !== here.selector) return different('is attached in another way here');
  if (differ(distinct(built.names), distinct(here.names))) return different('stands for other probes here, whose names the program has to know');
  if (here.syscalls?.some((number) => !built.syscalls!.includes(number))) return different('stands for system calls here that the kernel did not have where the script was compiled');
  if (differ(built.numbers, here.numbers) || differ(built.places, here.places)) return different('is at other places here, and the program has to know them');
  const found = new Map(here.arguments.map((argument) => [argument.name, argument]));
  const differences: Difference[] = [];
  const moves: MovedLoad[] = [];
  for (const argument of built.arguments) {
    const { name, line } = argument;
    const said = compareArgument(probe, argument, found.get(name));
    const moved = said === undefined ? [] : movedLoads(built, argument, found.get(name));
    if (moved) moves.push(...moved);
    else differences.push({ text: said!, ...(line !== undefined && { line }) });
  }
  return { differences, moves };
}

/** Whether a program for one section does for the other: links for many functions are an option of a kernel. Only with them a program has to ask a helper
 *  which function it is at; it may ask with others. */
function sameWay(built: string, here: string, { func, calls }: ResolveContext['uses']): boolean {
  return built === here || (one(built) === one(here) && (here === one(here) || (!func && !calls.has('uaddr'))));
}

function one(section: string): string {
  return section.replace(/\.multi$/, '');
}

/** One name for all places is one, however many they are. */
function distinct(names: OriginProgram['names']): OriginProgram['names'] {
  return names && new Set(names).size === 1 ? names.slice(0, 1) : names;
}

type Argument = OriginProgram['arguments'][number];

/** What is different; undefined: nothing. */
function compareArgument(probe: string, { name, source, type }: Argument, here: Argument | undefined): string | undefined {
  if (!here) return `${probe} has no argument ${name}`;
  if (here.type !== type) return `argument ${name} of ${probe} is ${here.type}, and was ${type} where the script was compiled`;
  return differ(unsigned(here.source), unsigned(source)) ? `argument ${name} of ${probe} is ${spellSource(here.source)}, and was ${spellSource(source)} where the script was compiled` : undefined;
}

/** The type says whether a number may be below 0; kernels do not agree whether a text may. */
function unsigned(source: Argument['source']): Argument['source'] {
  return source.kind === 'context' ? { ...source, signed: false } : source;
}

/** The loads of an argument that lies elsewhere in the record; undefined: it is another one, or more than these loads has to know where it lies. */
function movedLoads({ argumentLoads }: OriginProgram, { name, source, type }: Argument, here: Argument | undefined): readonly MovedLoad[] | undefined {
  if (!argumentLoads || here?.type !== type || !('offset' in source) || !('offset' in here.source)) return undefined;
  const by = here.source.offset - source.offset;
  if (differ(unsigned({ ...source, offset: here.source.offset }), unsigned(here.source))) return undefined;
  const loads = argumentLoads.loads.filter(({ argument }) => argument === name);
  return loads.every(({ width }) => by % width === 0) ? loads.map(({ at }) => ({ section: argumentLoads.section, at, by })) : undefined;
}

function differ(a: unknown, b: unknown): boolean {
  return spelled(a) !== spelled(b);
}

/** Fields in one order, and numbers as digits, so that equal values have equal texts. */
function spelled(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === 'bigint') return String(each);
    return typeof each === 'object' && each !== null && !Array.isArray(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each;
  }) ?? '';
}

function spellSource(source: OriginProgram['arguments'][number]['source']): string {
  switch (source.kind) {
    case 'context': return `${source.size} bytes from byte ${source.offset} on`;
    case 'data_loc': return `found by the number at byte ${source.offset}`;
    case 'word': case 'syscall': return `the argument of number ${source.index}`;
    case 'register': return `in register ${source.register}`;
    default: return 'somewhere else';
  }
}

/** The programs with what they are attached to here. */
function placed(programs: readonly ManifestProgram[], byName: ReadonlyMap<string, ResolvedProbe>): readonly ManifestProgram[] {
  const first = programs.filter((program, i) => programs.findIndex(({ name }) => name === program.name) === i);
  return first.flatMap((program) => {
    const resolved = byName.get(program.name);
    if (!resolved) return [];
    return resolved.matches.map((match) => {
      const { attach } = match;
      return { ...program, probe: match.probe, attach, probeCount: match.count ?? probeCount(attach) };
    });
  });
}

const WILDCARD = /[*?|[{]/;
const MOST_SAID = 5;

function elsewhere({ kernelRelease }: Origin, target: Target, differences: readonly Difference[]): TbpfError {
  const unique = [...new Map(differences.map((each) => [each.text, each])).values()];
  const lines = unique.slice(0, MOST_SAID).map(({ text, line }) => `${line === undefined ? '' : `line ${line}: `}${text}`);
  const more = unique.length > MOST_SAID ? `; ${unique.length - MOST_SAID} more` : '';
  return new TbpfError(`The program was compiled for Linux ${kernelRelease}, and this machine (Linux ${target.kernelRelease}) differs: ${lines.join('; ')}${more}`, {
    code: 'ERR_ELSEWHERE', advice: 'Compile the script here: the file has its text (tbpf inspect --script FILE).',
  });
}

