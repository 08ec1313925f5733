// Checking: syntax tree + target -> TypedProgram. Passes in order: config, attach points, scopes, map declarations, types, usage; scopes and
// types several times where comptime expressions need types (comptime.ts).
//
//   out  undefined when something is wrong; every finding went to `report`

import type { ComptimeValue } from '../../model/syntax/comptime.js';
import type { SyntaxTree, Variable } from '../../model/syntax/nodes.js';
import type { Diagnostic, Report } from '../../model/diagnostics/diagnostic.js';
import { spellType } from '../../model/types/types.js';
import type { Target } from '../../model/target/target.js';
import { type Config, findConfigVariable } from '../../language/config.js';
import type { ExternalFunction } from '../../language/external-functions.js';
import type { TypeFinder } from '../../language/type-finder.js';
import type { TypedProbe, TypedProgram, VariableInfo } from '../../language/typed-program.js';
import { aggregates } from '../../language/aggregates/index.js';
import { unreadableDebugInfo } from '../../language/probes/diagnostics.js';
import { type InferWith, type Values, settleComptime } from './comptime.js';
import { checkCondition } from './expressions.js';
import { Inference } from './inference.js';
import { resolveProbes } from './probes.js';
import { ScopeBinder, namesIn } from './scopes.js';
import { inferStatement } from './statements.js';
import { declareSubprograms, inferBody, inferSignature, untyped } from './subprograms.js';
import { writeOut } from './written-out.js';
import * as say from './diagnostics.js';

export interface CheckOptions {
  readonly target: Target;
  readonly config: Config;
  readonly report: Report;
  readonly unsafe?: boolean;
  readonly pid?: number;
  /** Restriction.follows */
  readonly follows?: boolean;
  /** CompileOptions.portable */
  readonly portable?: boolean;
  /** CompileOptions.unwinds */
  readonly unwinds?: boolean;
  /** false: tracepoints of system calls stay programs of their own, however many */
  readonly foldsSyscalls?: boolean;
  /** types by the names that the script may use */
  readonly finder: TypeFinder;
  /** functions of imported objects by name */
  readonly externals?: ReadonlyMap<string, ExternalFunction>;
}

export function check(script: SyntaxTree, options: CheckOptions): TypedProgram | undefined {
  const { target, config, finder } = options;
  let failed = false;
  const said = new Set<string>();
  // Several attach points of one block find the same fault; it is reported once.
  const report: Report = (d) => {
    // What is wrong with a file is wrong for all of its functions: it is said where the first is asked for.
    const place = d.code === unreadableDebugInfo.code ? '' : `${d.span?.start}:${d.span?.end}`;
    const key = `${d.code}:${place}:${d.message}`;
    if (said.has(key)) return;
    said.add(key);
    failed ||= d.severity === 'error';
    options.report(d);
  };
  const unsafe = options.unsafe ?? false;
  readConfig(script, config, report);
  if (failed) return undefined;
  const tree = writeOut(script, config, report);

  const subprograms = declareSubprograms(tree, report);
  if (failed) return undefined;
  const resolved = resolveProbes(tree, { subprograms, target, config, finder, report, unsafe, pid: options.pid, foldsSyscalls: options.foldsSyscalls });
  if (failed) return undefined;

  const inferWith: InferWith = (values) => {
    const found: Diagnostic[] = [];
    const { c, probes } = prepare(tree, resolved, options, (d) => found.push(d), values);
    return { c, found: [...found, ...infer(c, probes)] };
  };
  const settled = settleComptime(resolved, inferWith, report);
  if (!settled || failed) return undefined;

  const { binder, c, probes } = prepare(tree, settled, options, report);
  if (failed) return undefined;
  const found = infer(c, probes);
  for (const d of found) report(d);
  checkUsage(c, binder.variables, report, failed);
  if (failed) return undefined;
  return {
    tree, target, config, finder, unsafe, pid: options.pid, follows: options.follows ?? false, portable: options.portable ?? false, probes, maps: c.maps, types: c.types, typeNodes: c.typeNodes, variables: binder.variables, meanings: c.meanings, captures: binder.captures,
  };
}

interface Prepared {
  readonly binder: ScopeBinder;
  readonly c: Inference;
  /** those that are inferred: what is known of parameters and results of functions is about them */
  readonly probes: readonly TypedProbe[];
}

/** Variables and maps by name, before anything has a type. */
function prepare(tree: SyntaxTree, settled: readonly TypedProbe[], options: CheckOptions, report: Report, values?: Values): Prepared {
  const probes = settled.map((p) => ({ ...p, subprograms: untyped(p.subprograms) }));
  const comptime: ComptimeValue | undefined = values && ((node) => values.get(node));
  const binder = new ScopeBinder(report, comptime);
  const names = new Set(probes.flatMap((p) => [...namesIn(p.body)]));
  for (const p of probes) {
    binder.bind(p.predicate, p.body, names);
    for (const { node, parameters } of p.subprograms.values()) binder.bindSubprogram(parameters, node.body, names);
  }
  const c = new Inference(options.target, options.config, options.finder, binder.variables, options.unsafe ?? false, options.pid, options.portable ?? false, new Map(), comptime);
  c.unwinds = options.unwinds ?? true;
  c.externals = options.externals ?? c.externals;
  declareMaps(tree, c, report);
  return { binder, c, probes };
}

function infer(c: Inference, probes: readonly TypedProbe[]): readonly Diagnostic[] {
  return c.settle(() => {
    for (const p of probes) {
      c.probe = p.resolved;
      c.callees = p.subprograms;
      for (const subprogram of p.subprograms.values()) inferSignature(c, subprogram);
      c.loopDepth = 0;
      if (p.predicate) checkCondition(c, p.predicate);
      inferStatement(c, p.body);
      for (const subprogram of p.subprograms.values()) inferBody(c, subprogram);
    }
  });
}

function readConfig(tree: SyntaxTree, config: Config, report: Report): void {
  for (const entry of tree.config?.entries ?? []) {
    const { error, warning } = config.set(entry.key, entry.value, 'script');
    if (error) report(error.at(findConfigVariable(entry.key) ? entry.valueSpan : entry.keySpan));
    if (warning) report(warning.at(entry.keySpan));
  }
}

const declaredKinds = ['hash', 'lruhash', 'percpuhash', 'percpulruhash'];
const MOST_ELEMENTS = 0xffff_ffff;

function declareMaps(tree: SyntaxTree, c: Inference, report: Report): void {
  for (const item of tree.items) {
    if (item.kind !== 'map-declaration') continue;
    if (!declaredKinds.includes(item.mapKind)) report(say.badMapKind.at(item.mapKindSpan, { name: item.mapKind }));
    if (item.maxEntries < 1n || item.maxEntries > MOST_ELEMENTS) report(say.badMapSize.at(item.span, { most: MOST_ELEMENTS, size: item.maxEntries }));
    c.maps.set(item.map.name, {
      name: item.map.name, span: item.map.span, key: undefined, value: undefined, written: false, declared: { kind: item.mapKind, maxEntries: item.maxEntries, span: item.span },
    });
  }
}

function checkUsage(c: Inference, variables: ReadonlyMap<Variable, VariableInfo>, report: Report, failed: boolean): void {
  for (const map of c.maps.values()) {
    if (map.declared && map.value === undefined && map.key === undefined) report(say.unusedMap.at(map.span, { name: map.name }));
    if (map.declared && map.value) {
      const perCpu = map.value.kind === 'aggregate' && aggregates.has(map.value.name);
      if (perCpu !== map.declared.kind.startsWith('percpu')) {
        report(say.mapKindMismatch.at(map.declared.span, { declared: map.declared.kind, needed: perCpu ? 'percpuhash' : 'hash' }));
      }
    }
  }
  for (const info of new Set(variables.values())) {
    if (!info.assigned && !failed) report(say.unassignedVariable.at(info.span, { name: info.name }));
  }
}

export { spellType };
