// Which blocks every way to a block passes, and the graph around them.
//
//   idea   Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm": intersect the dominators of the predecessors in
//          reverse postorder until nothing changes
//   facts  blocks that cannot be reached have no place in the order and no dominators

import type { Block, Func } from './ir.js';

export class Dominators {
  /** reachable blocks, each before its successors except along loops */
  readonly order: readonly Block[];
  private readonly position = new Map<Block, number>();
  /** by position in order: position of the immediate dominator; the entry's is itself */
  private readonly immediate: Int32Array;
  private readonly depth: Int32Array;
  private readonly incoming: Block[][] = [];

  constructor(func: Func) {
    this.order = reversePostorder(func);
    this.order.forEach((block, index) => {
      this.position.set(block, index);
      this.incoming.push([]);
    });
    for (const block of this.order) for (const { block: next } of block.successors) this.incoming[this.position.get(next)!]!.push(block);
    this.immediate = new Int32Array(this.order.length).fill(-1);
    this.immediate[0] = 0;
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = 1; i < this.order.length; i++) {
        let dominator = -1;
        for (const before of this.incoming[i]!) {
          const p = this.position.get(before)!;
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
    return this.position.has(block);
  }

  /** Blocks with an edge to `block`; one entry per edge. */
  predecessors(block: Block): readonly Block[] {
    return this.incoming[this.position.get(block) ?? -1] ?? [];
  }

  /** undefined for the entry. */
  immediateDominator(block: Block): Block | undefined {
    const at = this.position.get(block);
    return at === undefined || at === 0 ? undefined : this.order[this.immediate[at]!];
  }

  /** Every block dominates itself. */
  dominates(a: Block, b: Block): boolean {
    const above = this.position.get(a);
    let at = this.position.get(b);
    if (above === undefined || at === undefined) return false;
    while (this.depth[at]! > this.depth[above]!) at = this.immediate[at]!;
    return at === above;
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

/** Reachable blocks, the entry first. Iterative: straight code can be thousands of blocks long. */
export function reversePostorder(func: Func, successorsOf: (block: Block) => readonly { readonly block: Block }[] = (block) => block.successors): Block[] {
  const seen = new Set<Block>([func.entry]);
  const post: Block[] = [];
  const stack: { block: Block; successors: readonly { block: Block }[]; next: number }[] = [
    { block: func.entry, successors: successorsOf(func.entry), next: 0 },
  ];
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const target = top.successors[top.next++];
    if (!target) {
      post.push(top.block);
      stack.pop();
    } else if (!seen.has(target.block)) {
      seen.add(target.block);
      stack.push({ block: target.block, successors: successorsOf(target.block), next: 0 });
    }
  }
  return post.reverse();
}
