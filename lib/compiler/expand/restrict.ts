// A script whose probes fire for some tasks only: the conditions of a Restriction become part of each predicate.
//
//   in     the tree; the restriction
//   out    the tree with its programs, marked as not the script's own
//   facts  probes that fire in tbpf itself (begin, end, interval, self) and iterators fire for no task: they stay as they are

import { firesInTasks, followingEvents, isOwnMap, ownMapName, type Restriction, spellRestriction } from '../../language/restriction.js';
import { kindsOf } from '../../language/probes/together.js';
import type { Report } from '../../model/diagnostics/diagnostic.js';
import { bug } from '../../model/diagnostics/errors.js';
import { Source } from '../../model/source/source.js';
import type { AttachPoint, Expression, Item, Probe, SyntaxTree } from '../../model/syntax/nodes.js';
import { cloneNode, rewrite } from '../../model/syntax/rewrite.js';
import { rawTracepointPrototype } from '../../model/target/raw-tracepoint.js';
import type { Target } from '../../model/target/target.js';
import { placedAt } from './copy.js';
import { cannotFollow } from './diagnostics.js';
import type { Parser } from './parser.js';

export interface RestrictOptions {
  readonly parser: Parser;
  readonly target: Pick<Target, 'btf'>;
  readonly report: Report;
  /** of -p, as kindsOf() takes it */
  readonly pid?: number;
}

export function restrict(tree: SyntaxTree, restriction: Restriction, { parser, target: { btf }, report, pid }: RestrictOptions): SyntaxTree {
  const missing = restriction.follows ? followingEvents.filter((event) => !btf || !rawTracepointPrototype(btf, event)) : [];
  if (missing.length > 0) {
    report(cannotFollow.at(undefined, { missing }));
    return tree;
  }
  const { programs, condition } = spellRestriction(restriction);
  const own = parsed(`${programs}\nprofile:hz:1 /${condition}/ { }`, parser).items as readonly Probe[];
  const test = own.at(-1)!.predicate!;
  const items = tree.items.flatMap((item): readonly Item[] => (item.kind === 'probe' ? restricted(item, test, pid) : [item]));
  return { ...tree, items: [...own.slice(0, -1).map((probe): Probe => ({ ...probe, own: true })), ...items] };
}

function restricted(probe: Probe, test: Expression, pid: number | undefined): readonly Probe[] {
  const inTasks = probe.attachPoints.filter((point) => mayFireInTasks(point, pid));
  if (inTasks.length === 0) return [probe];
  const others = probe.attachPoints.filter((point) => !inTasks.includes(point));
  const { span } = probe.attachPoints[0]!;
  const left = placedAt(test, span);
  const predicate: Expression = probe.predicate ? { kind: 'binary', op: '&&', left, right: probe.predicate, span: probe.predicate.span, opSpan: span } : left;
  return [{ ...probe, attachPoints: inTasks, predicate }, ...(others.length > 0 ? [cloneNode({ ...probe, attachPoints: others })] : [])];
}

function mayFireInTasks(point: AttachPoint, pid: number | undefined): boolean {
  return kindsOf(point, pid).some(firesInTasks);
}

function parsed(text: string, parser: Parser): SyntaxTree {
  const tree = parser.parse(new Source('restriction', text), ({ message }) => bug('expand', `restriction: ${message}`)) ?? bug('expand', 'restriction does not parse');
  return rewrite(tree, (node) => (node.kind === 'map' && !isOwnMap(node.name) ? { ...node, name: ownMapName(node.name) } : node));
}
