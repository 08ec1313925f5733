// A portable program on the machine that it runs on: what is found anew is put in, and what differs from where it was compiled is said.
//
//   in     the manifest with its Origin; the machine
//   out    the manifest with the probes that are here; or the error that says what is different
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
import { isOtherKernel } from './may-differ.js';
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

/** @param pid  process of -p
 *  @throws TbpfError  ERR_ELSEWHERE: the program is not what compiling its script here would give */
export function fitToMachine(manifest: Manifest, target: Target, pid?: number): Manifest {
  const { origin } = manifest;
  if (!origin) return manifest;
  const basic = basicDifferences(origin, target);
  if (basic.length > 0) throw elsewhere(origin, target, basic);
  const { programs, differences } = resolvedHere(manifest, origin, target, pid);
  const others = isOtherKernel(origin, target) || origin.types.structs.some(({ module }) => module !== 'vmlinux') ? typeDifferences(origin.types, target, new KernelTypes(target)) : [];
  if (differences.length + others.length > 0) throw elsewhere(origin, target, [...differences, ...others]);
  return { ...manifest, programs };
}

function basicDifferences({ arch, features, files, cpuCount, ...origin }: Origin, target: Target): Difference[] {
  if (arch !== target.arch) return [{ text: `this machine is ${target.arch}, and the script was compiled for ${arch}` }];
  return [
    ...(isOtherKernel({ arch, features, files, cpuCount, ...origin }, target) ? features.filter((feature) => !feature.startsWith('cap:') && !target.has(feature)).map((feature) => ({ text: `the kernel has no ${feature}` })) : []),
    ...(cpuCount !== undefined && target.cpuCount > cpuCount ? [{ text: `this machine has ${target.cpuCount} CPUs, and the program was compiled for at most ${cpuCount}` }] : []),
    ...files.filter(({ path, buildId }) => buildId === '' || target.binary(path)?.buildId !== buildId).map(({ path }) => ({ text: `${path} is not the file whose debug information the script was compiled with` })),
  ];
}

interface Here {
  readonly programs: readonly ManifestProgram[];
  readonly differences: readonly Difference[];
}

function resolvedHere(manifest: Manifest, origin: Origin, target: Target, pid: number | undefined): Here {
  const refused: Diagnostic[] = [];
  const blocks = origin.blocks.map((block) => resolveBlock(block, origin, manifest, target, pid, refused));
  if (refused.length > 0) return { programs: [], differences: refused.map(({ message }) => ({ text: message })) };
  const here = programsOfBlocks(blocks).flatMap((programs, i) => programs.map((resolved) => ({ resolved, uses: blocks[i]!.context.uses })));
  const names = Object.keys(origin.programs);
  if (here.length !== names.length) return { programs: [], differences: [otherProbes(manifest, here.map(({ resolved }) => resolved))] };
  const differences = here.flatMap(({ resolved, uses }, i) => compare(origin.programs[names[i]!]!, originProgram(resolved, uses), resolved));
  const byName = new Map(here.map(({ resolved }, i) => [names[i]!, resolved]));
  return { programs: differences.length > 0 ? [] : placed(manifest.programs, byName), differences };
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

function compare(built: OriginProgram, here: OriginProgram, { matches: [match] }: ResolvedProbe): Difference[] {
  const probe = match!.probe;
  const differs = (a: unknown, b: unknown): boolean => spelled(a) !== spelled(b);
  if (built.section !== here.section || built.selector !== here.selector) return [{ text: `${probe} is attached in another way here` }];
  if (differs(built.names, here.names)) return [{ text: `${probe} stands for other probes here, whose names the program has to know` }];
  if (here.syscalls?.some((number) => !built.syscalls!.includes(number))) return [{ text: `${probe} stands for system calls here that the kernel did not have where the script was compiled` }];
  if (differs(built.numbers, here.numbers) || differs(built.places, here.places)) return [{ text: `${probe} is at other places here, and the program has to know them` }];
  const found = new Map(here.arguments.map((argument) => [argument.name, argument]));
  return built.arguments.flatMap(({ name, source, type, line }): Difference[] => {
    const argument = found.get(name);
    const where = line === undefined ? {} : { line };
    if (!argument) return [{ text: `${probe} has no argument ${name}`, ...where }];
    if (argument.type !== type) return [{ text: `argument ${name} of ${probe} is ${argument.type}, and was ${type} where the script was compiled`, ...where }];
    return differs(argument.source, source) ? [{ text: `argument ${name} of ${probe} is ${spellSource(argument.source)}, and was ${spellSource(source)} where the script was compiled`, ...where }] : [];
  });
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
    if (!resolved) return programs.filter(({ name }) => name === program.name);
    return resolved.matches.map((match) => {
      const { attach } = match;
      return { ...program, probe: match.probe, attach, probeCount: match.count ?? probeCount(attach) };
    });
  });
}

const MOST_SAID = 5;

function elsewhere({ kernelRelease }: Origin, target: Target, differences: readonly Difference[]): TbpfError {
  const unique = [...new Map(differences.map((each) => [each.text, each])).values()];
  const lines = unique.slice(0, MOST_SAID).map(({ text, line }) => `${line === undefined ? '' : `line ${line}: `}${text}`);
  const more = unique.length > MOST_SAID ? `; ${unique.length - MOST_SAID} more` : '';
  return new TbpfError(`The program was compiled for Linux ${kernelRelease}, and this machine (Linux ${target.kernelRelease}) differs: ${lines.join('; ')}${more}`, {
    code: 'ERR_ELSEWHERE', advice: 'Compile the script here: the file has its text (tbpf inspect --script FILE).',
  });
}

