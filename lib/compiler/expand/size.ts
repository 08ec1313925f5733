// How large a script has become: macros are copied, and `unroll` is as large as all of its turns.
//
//   why    a few lines may stand for millions: compiling these would take all memory, and no kernel would load them
//   facts  a verifier looks at a million instructions of a program, and a jump reaches 32767 of them

import type { Report } from '../../model/diagnostics/diagnostic.js';
import type { Span } from '../../model/source/source.js';
import type { Item, Node, Probe, SyntaxTree } from '../../model/syntax/nodes.js';
import { children, walk } from '../../model/syntax/visit.js';
import * as problems from './diagnostics.js';

/** Nodes of a probe. The shortest statement (`@x++`) has three, and is ten instructions. */
export const MOST_PARTS = 100_000;
/** Maps that a probe may name: more than a program can use, since what is folded away is not known yet. */
const MOST_MAPS = 256;
/** `check` complains of more turns */
const MOST_TURNS = 100;

/** Nodes of a tree as it stands. */
export function countNodes(root: Node): number {
  let count = 0;
  walk(root, () => void count++);
  return count;
}

export function checkSize(tree: SyntaxTree, report: Report): SyntaxTree {
  for (const item of tree.items) {
    const sizes = new Map<Node, number>();
    if (sizeOf(item, sizes) > MOST_PARTS) report(problems.tooLarge.at(placeOf(item, sizes), { limit: MOST_PARTS }));
    if (item.kind === 'probe') checkMaps(item, report);
  }
  return tree;
}

function checkMaps(probe: Probe, report: Report): void {
  const names = new Set<string>();
  walk(probe, (node) => {
    if (node.kind === 'map') names.add(node.name);
  });
  if (names.size > MOST_MAPS) report(problems.tooManyMaps.at(probe.attachPoints[0]!.span, { count: names.size, limit: MOST_MAPS }));
}

function sizeOf(node: Node, unrolled: Map<Node, number>): number {
  const parts = children(node).reduce((sum, child) => sum + sizeOf(child, unrolled), 1);
  if (node.kind !== 'unroll') return parts;
  const turns = node.count.kind === 'integer' ? Math.min(Number(node.count.value), MOST_TURNS) : 1;
  unrolled.set(node, parts * turns);
  return parts * turns;
}

/** The first `unroll` that is too large by itself. */
function placeOf(item: Item, unrolled: ReadonlyMap<Node, number>): Span {
  let place: Span | undefined;
  walk(item, (node) => {
    if (place || (unrolled.get(node) ?? 0) <= MOST_PARTS) return;
    if (node.kind === 'unroll') place = node.count.span;
  });
  return place ?? (item.kind === 'probe' ? item.attachPoints[0]!.span : item.span);
}
