// What a program depends on of the machine that it was compiled for: Origin, for programs that are kept (layout/origin.ts).

import type { ArgumentLoads, Origin, OriginBlock, OriginProgram } from '../model/layout/origin.js';
import { walk } from '../model/syntax/visit.js';
import type { Asked } from '../model/target/asking.js';
import type { ProbeArgument, ResolveContext, ResolvedProbe } from './record.js';
import { probeNames } from './record.js';
import { type TypeNotes, signatureOf } from './type-notes.js';
import type { TypedProgram } from './typed-program.js';

type Uses = ResolveContext['uses'];

/** @param names  of the programs, in the order of the probes
 *  @param loads  of programs whose arguments may lie elsewhere, by their names */
export function originOf(program: TypedProgram, names: readonly string[], asked: Asked, notes: TypeNotes, loads: ReadonlyMap<string, ArgumentLoads>): Origin {
  const { target, probes } = program;
  const { arch, kernelRelease, kernelBuild } = target;
  const lineByName = linesOfMembers(program);
  const lineOf = (name: string): number | undefined => lineByName.get(name);
  const { cpuCount } = asked;
  return {
    arch, kernelRelease, kernelBuild: kernelBuild ?? '', features: [...asked.features].sort(), ...(cpuCount !== undefined && { cpuCount }),
    files: [...asked.files].map(([path, buildId]) => ({ path, buildId })),
    blocks: blocksOf(program),
    programs: Object.fromEntries(probes.map(({ resolved, uses }, i) => {
      const name = names[i]!;
      const argumentLoads = loads.get(name);
      return [name, { ...originProgram(resolved, uses, lineOf), ...(argumentLoads && { argumentLoads }) }];
    })),
    types: notes.facts(target, lineOf),
  };
}

/** What the instructions of a program depend on.
 * @param lineOf  the line of the script that names a member */
export function originProgram(resolved: ResolvedProbe, uses: Uses, lineOf: (name: string) => number | undefined = () => undefined): OriginProgram {
  const { section, selector, numbers, syscalls, binary, arguments: args = [], returnSource, returnType } = resolved;
  const read = args.filter(({ name }) => uses.fields === undefined || uses.fields.includes(name) || uses.calls.has(name));
  const result: ProbeArgument[] = returnSource && uses.calls.has('retval') ? [{ name: 'retval', source: returnSource, type: returnType ?? { kind: 'none' } }] : [];
  return {
    section: section.split('/')[0]!, ...(selector && { selector }), ...(uses.probe && selector !== 'syscall' && { names: probeNames(resolved) }), ...(numbers && { numbers }),
    ...(syscalls && { syscalls: [...syscalls.numbers].sort((a, b) => a - b) }), ...(binary && uses.func && { places: binary.places }),
    arguments: [...read, ...result].map(({ name, source, type }) => {
      const line = lineOf(name);
      return { name, source, type: signatureOf(type), ...(line !== undefined && { line }) };
    }),
  };
}

/** Those that have programs. */
function blocksOf({ probes }: TypedProgram): OriginBlock[] {
  const blocks = new Map<number, OriginBlock>();
  for (const { block, probe, uses } of probes) {
    if (blocks.has(block)) continue;
    const { probe: name, args, func, fields, calls } = uses;
    blocks.set(block, {
      points: probe.attachPoints.map(({ raw, parts, label, location }) => ({ raw, parts, ...(label !== undefined && { label }), ...(location && { location }) })),
      uses: { probe: name, args, func, ...(fields && { fields }), calls: [...calls].sort() },
    });
  }
  return [...blocks.values()];
}

/** The first line that names each member. */
function linesOfMembers({ tree }: TypedProgram): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  walk(tree, (node) => {
    if (node.kind !== 'member' || lines.has(node.field)) return;
    lines.set(node.field, node.fieldSpan.source.positionAt(node.fieldSpan.start).line);
  });
  return lines;
}
