// Which blocks every way to a block passes, and the graph around them.
//
//   idea   Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm": intersect the dominators of the predecessors in
//          reverse postorder until nothing changes
//   facts  blocks that cannot be reached have no place in the order and no dominators

import type { Block, Func } from './ir.js';

export class Dominators {
  /** reachable blocks, each before its successors except along loops */
  readonly order: readonly Block[];
  /** by number of the block; -1: it cannot be reached */
  private readonly position: Int32Array;
  /** by position in order: position of the immediate dominator; the entry's is itself */
  private readonly immediate: Int32Array;
  private readonly depth: Int32Array;
  private readonly incoming: Block[][] = [];

  constructor(func: Func) {
    this.order = reversePostorder(func);
    this.position = new Int32Array(func.blockCount).fill(-1);
    for (let at = 0; at < this.order.length; at++) {
      this.position[this.order[at]!.id] = at;
      this.incoming.push([]);
    }
    for (const block of this.order) for (let i = 0; i < block.wayCount; i++) this.incoming[this.position[block.way(i).block.id]!]!.push(block);
    this.immediate = new Int32Array(this.order.length).fill(-1);
    this.immediate[0] = 0;
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = 1; i < this.order.length; i++) {
        let dominator = -1;
        for (const before of this.incoming[i]!) {
          const p = this.position[before.id]!;
          if (this.immediate[p] === -1) continue;
          dominator = dominator === -1 ? p : this.meet(dominator, p);
        }
        if (this.immediate[i] !== dominator) {
          this.immediate[i] = dominator;
          changed = true;
        }
      }
    }
    this.depth = new Int32Array(this.order.length);
    for (let i = 1; i < this.order.length; i++) this.depth[i] = this.depth[this.immediate[i]!]! + 1;
  }

  isReachable(block: Block): boolean {
    return this.positionOf(block) >= 0;
  }

  /** Blocks with an edge to `block`; one entry per edge. */
  predecessors(block: Block): readonly Block[] {
    return this.incoming[this.positionOf(block)] ?? [];
  }

  /** undefined for the entry. */
  immediateDominator(block: Block): Block | undefined {
    const at = this.positionOf(block);
    return at <= 0 ? undefined : this.order[this.immediate[at]!];
  }

  /** Every block dominates itself. */
  dominates(a: Block, b: Block): boolean {
    const above = this.positionOf(a);
    let at = this.positionOf(b);
    if (above < 0 || at < 0) return false;
    while (this.depth[at]! > this.depth[above]!) at = this.immediate[at]!;
    return at === above;
  }

  /** Place in `order`; -1: it cannot be reached. */
  positionOf(block: Block): number {
    return this.position[block.id] ?? -1;
  }

  private meet(a: number, b: number): number {
    let x = a;
    let y = b;
    while (x !== y) {
      if (x > y) x = this.immediate[x]!;
      else y = this.immediate[y]!;
    }
    return x;
  }
}

/** Reachable blocks, the entry first. Iterative: straight code can be thousands of blocks long.
 *  @param isTaken  whether a block goes its way of that number; default: each block may go all of its ways */
export function reversePostorder(func: Func, isTaken?: (block: Block, way: number) => boolean): Block[] {
  const seen = new Uint8Array(func.blockCount);
  const post: Block[] = [];
  const open = [func.entry];
  /** by depth: ways that have been gone */
  const gone = [0];
  seen[func.entry.id] = 1;
  while (open.length > 0) {
    const top = open.length - 1;
    const block = open[top]!;
    if (gone[top]! >= block.wayCount) {
      post.push(block);
      open.pop();
      gone.pop();
      continue;
    }
    const way = gone[top]!++;
    const next = block.way(way).block;
    if (seen[next.id] || isTaken?.(block, way) === false) continue;
    seen[next.id] = 1;
    open.push(next);
    gone.push(0);
  }
  return post.reverse();
}
