// How many loops each block is in.

import type { Dominators } from '../../model/ir/dominators.js';
import type { Block } from '../../model/ir/ir.js';

/** By block; 0 outside of loops. Loops that are entered in two places do not count: what is not recognized is only not optimized. */
export function loopDepths(dominators: Dominators): Map<Block, number> {
  const depths = new Map<Block, number>(dominators.order.map((block) => [block, 0]));
  const bodies = new Map<Block, Set<Block>>();
  for (const block of dominators.order) {
    for (const { block: header } of block.successors) {
      if (!dominators.dominates(header, block)) continue;
      const body = bodies.get(header) ?? new Set([header]);
      bodies.set(header, body);
      const work = [block];
      for (let b = work.pop(); b; b = work.pop()) {
        if (body.has(b)) continue;
        body.add(b);
        work.push(...dominators.predecessors(b));
      }
    }
  }
  for (const body of bodies.values()) for (const block of body) depths.set(block, depths.get(block)! + 1);
  return depths;
}
