// Attach points -> programs: every probe block, resolved against the target (language.md 1.6, 3).

import type { AttachPoint, Node, Probe, Subprogram, SyntaxTree } from '../../model/syntax/nodes.js';
import { findAll } from '../../model/syntax/visit.js';
import { cloneNode } from '../../model/syntax/rewrite.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import type { Report } from '../../model/diagnostics/diagnostic.js';
import { isArgs, plainName } from '../../language/builtins/index.js';
import { probeCount } from '../../model/layout/manifest.js';
import { none } from '../../model/types/types.js';
import type { Target } from '../../model/target/target.js';
import type { Config } from '../../language/config.js';
import { probeRecords } from '../../language/probes/index.js';
import { kindsOf, programsOfBlocks } from '../../language/probes/together.js';
import type { ResolveContext, ResolvedProbe } from '../../language/record.js';
import type { TypedProbe } from '../../language/typed-program.js';
import { partSpan } from '../../language/probes/diagnostics.js';
import { parseNumber } from '../../language/probes/numbers.js';
import type { TypeFinder } from '../../language/type-finder.js';
import { copiesFor, reachableFrom } from './subprograms.js';
import * as say from './diagnostics.js';

export interface ProbeOptions {
  /** functions of the script by name */
  readonly subprograms: ReadonlyMap<string, Subprogram>;
  readonly target: Target;
  readonly config: Config;
  readonly finder: TypeFinder;
  readonly report: Report;
  readonly unsafe: boolean;
  readonly pid: number | undefined;
  /** default true */
  readonly foldsSyscalls?: boolean;
}

export function resolveProbes(tree: SyntaxTree, options: ProbeOptions): TypedProbe[] {
  const { config, report } = options;
  const blocks = tree.items.filter((item) => item.kind === 'probe').map((item) => {
    let failed = false;
    const noting: Report = (d) => {
      failed ||= d.severity === 'error';
      report(d);
    };
    const context = resolveContext(item, { ...options, report: noting });
    const resolved = item.attachPoints.flatMap((point) => resolvePoint(point, context));
    if (resolved.length === 0 && !failed) reportEmpty(item, config.text('missing_probes'), report);
    return { item, context, resolved };
  });
  const programsOf = programsOfBlocks(blocks);
  const alone = blocks.flatMap(({ item, context: { uses } }, block) =>
    // Each program gets a copy of the nodes: `args` and `probe` mean different things in each.
    programsOf[block]!.map((one, i) => (
      { probe: item, block, uses, resolved: one, predicate: i === 0 ? item.predicate : item.predicate && cloneNode(item.predicate), body: i === 0 ? item.body : cloneNode(item.body) }
    )));
  const copies = copiesFor(alone.map(rootsOf), options.subprograms);
  const programs = alone.map((program, i): TypedProbe => ({ ...program, subprograms: copies[i]! }));
  checkAlone(tree, programs, report);
  checkNames(programs, report);
  checkLimits(programs, config, report);
  return programs;
}

/** Reports a block without any probe, when none of its attach points has been reported: wildcards that match nothing, or probes that
 *  missing_probes leaves out. */
function reportEmpty(probe: Probe, policy: string, report: Report): void {
  const span = probe.attachPoints[0]?.span;
  if (policy === 'error') report(say.noAttachPoints.at(span, {}));
  else if (policy === 'warn') report(say.noAttachPointsRemoved.at(span, {}));
}

function resolvePoint(point: AttachPoint, o: ResolveContext): readonly ResolvedProbe[] {
  const provider = point.parts[0] ?? '';
  const candidates = kindsOf(point, o.pid);
  if (candidates.length === 0) {
    const place = partSpan(point, 0);
    const known = probeRecords.map((r) => r.name);
    if (provider.includes('*')) o.report(say.noProbeTypeMatched.at(place, { name: provider, known }));
    else {
      const near = nearest(provider.toLowerCase(), probeRecords.flatMap((r) => [r.name, ...r.aliases]).filter((name) => name.length > 2)) ?? similarProbe(provider, point, o);
      o.report(say.unknownProbeType.at(place, { name: provider, near, known }));
    }
    return [];
  }
  let told = false;
  const report: Report = (d) => {
    told = true;
    o.report(d);
  };
  const found = candidates.flatMap((record) => record.resolve(point, { ...o, report: candidates.length > 1 ? () => undefined : report }));
  if (found.length === 0 && !told && !point.raw.includes('*')) {
    const what = `${candidates[0]!.name} ${point.parts.slice(1).join(':')}`;
    const policy = o.config.text('missing_probes');
    if (policy === 'ignore') return found;
    const near = candidates[0]!.similar?.(point, o);
    o.report(policy === 'error' ? say.noMatches.at(point.span, { what, near }) : say.noMatchesSkipped.at(point.span, { what, near }));
  }
  return found;
}

/** A bare name where a probe should be: the event or function of that name. */
function similarProbe(name: string, point: AttachPoint, o: Pick<ResolveContext, 'target'>): string | undefined {
  if (point.parts.length > 1 || !/^\w+$/.test(name)) return undefined;
  const pair = o.target.matchTracepoints('*', name)[0];
  if (pair) return `tracepoint:${pair[0]}:${pair[1]}`;
  return o.target.isTraceable(name) ? `kprobe:${name}` : undefined;
}

function resolveContext(probe: Probe, o: ProbeOptions): ResolveContext {
  const names = new Set<string>();
  const parts = rootsOf(probe);
  for (const root of [...parts, ...reachableFrom(parts, o.subprograms).map(({ body }) => body)]) {
    for (const node of findAll(root, (n) => n.kind === 'identifier' || n.kind === 'call')) names.add(nameOf(node));
  }
  const foldsSyscalls = o.foldsSyscalls ?? true;
  return {
    target: o.target, config: o.config, report: o.report, unsafe: o.unsafe, pid: o.pid, parseNumber,
    uses: { probe: names.has('probe'), args: names.has('args') || names.has('retval'), func: names.has('func'), fields: argumentFields(probe), calls: names },
    foldsSyscalls,
    typeOfBtf: (id, module) => o.finder.kernel.byId(id, module) ?? none,
    finder: o.finder,
  };
}

function rootsOf({ predicate, body }: Pick<Probe, 'predicate' | 'body'>): Node[] {
  return predicate ? [predicate, body] : [body];
}

function nameOf(node: Node): string {
  if (node.kind === 'call') return node.args.length > 0 && node.name === 'comm' ? 'comm()' : plainName(node.name);
  return node.kind === 'identifier' ? plainName(node.name) : '';
}

/** The members of `args` that are used; undefined: it is used otherwise too. */
function argumentFields(probe: Probe): readonly string[] | undefined {
  const fields = new Set<string>();
  let uses = 0;
  for (const root of rootsOf(probe)) {
    uses += findAll(root, isArgs).length;
    for (const node of findAll(root, (n) => (n.kind === 'member' || n.kind === 'tuple-index') && isArgs(n.object))) {
      fields.add(node.kind === 'tuple-index' ? `arg${node.index}` : (node as { field: string }).field);
      uses--;
    }
  }
  return uses === 0 ? [...fields] : undefined;
}

function checkAlone(tree: SyntaxTree, programs: readonly TypedProbe[], report: Report): void {
  for (const { resolved: { record, point }, probe } of programs) {
    if (!record.alone) continue;
    if (probe.attachPoints.length > 1) report(say.oneAttachPoint.at(point.span, { name: record.name }));
    else if (tree.items.some((item) => item.kind === 'probe' && item !== probe)) report(say.onlyProbe.at(point.span, { name: record.name }));
  }
}

function checkNames(programs: readonly TypedProbe[], report: Report): void {
  const first = new Map<string, ResolvedProbe>();
  for (const { resolved } of programs) {
    const name = resolved.matches[0]!.probe;
    const other = resolved.record.uniqueNames ? first.get(name) : undefined;
    if (other) report(say.nameTaken.at(resolved.point.span, { name: resolved.point.parts[1]!, kind: resolved.record.name.toUpperCase() }).note(other.point.span, 'this is the other instance'));
    else first.set(name, resolved);
  }
}

function checkLimits(programs: readonly TypedProbe[], config: Config, report: Report): void {
  const probes = programs.reduce((n, p) => n + p.resolved.matches.reduce((count, match) => count + (match.count ?? probeCount(match.attach)), 0), 0);
  const mostProbes = config.number('max_probes');
  if (probes > mostProbes) report(say.tooManyProbes.at(undefined, { count: probes, limit: mostProbes }));
  const mostPrograms = config.number('max_bpf_progs');
  if (programs.length > mostPrograms) report(say.tooManyPrograms.at(undefined, { count: programs.length, limit: mostPrograms }));
}
