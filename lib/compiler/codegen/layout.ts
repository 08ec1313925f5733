// The order of the blocks, and how often each runs.
//
//   in     MachineFunc as selected
//   out    the same, blocks in the order they will be written, unreachable ones gone; predecessors, frequency, cold, index set
//   idea   reverse postorder, so that a block follows its predecessors and falls through where it can; of the two ways out of a
//          loop's block the one that stays inside comes first; blocks reached only by unlikely branches go to the end;
//          a loop's test moves behind its body, where it is one jump a round instead of two

import type { MachineBlock, MachineFunc } from './machine.js';

export function layoutBlocks(func: MachineFunc): void {
  const entry = func.blocks[0]!;
  const order = reversePostorder(entry, undefined);
  linkPredecessors(order);
  const loops = findLoops(order);
  markCold(order);
  const depth = new Map<MachineBlock, number>();
  for (const body of loops) for (const block of body) depth.set(block, (depth.get(block) ?? 0) + 1);
  const final = loops.length === 0 ? order : reversePostorder(entry, depth);
  const warm = final.filter((b) => !b.cold);
  func.blocks = [...rotateLoops(warm, depth), ...final.filter((b) => b.cold)];
  func.blocks.forEach((block, index) => {
    block.index = index;
    block.frequency = 10 ** Math.min(depth.get(block) ?? 0, 6) * (block.cold ? 0.01 : 1);
  });
}

function linkPredecessors(blocks: readonly MachineBlock[]): void {
  for (const block of blocks) block.predecessors = [];
  for (const block of blocks) for (const next of block.successors) next.predecessors.push(block);
}

/** Iterative, since straight code can be thousands of blocks long. */
function reversePostorder(entry: MachineBlock, depth: ReadonlyMap<MachineBlock, number> | undefined): MachineBlock[] {
  const seen = new Set<MachineBlock>([entry]);
  const post: MachineBlock[] = [];
  const stack: { block: MachineBlock; successors: MachineBlock[]; next: number }[] = [{ block: entry, successors: visitOrder(entry, depth), next: 0 }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const successor = top.successors[top.next++];
    if (!successor) {
      post.push(top.block);
      stack.pop();
    } else if (!seen.has(successor)) {
      seen.add(successor);
      stack.push({ block: successor, successors: visitOrder(successor, depth), next: 0 });
    }
  }
  return post.reverse();
}

/** The successor visited last comes first in the code. */
function visitOrder(block: MachineBlock, depth: ReadonlyMap<MachineBlock, number> | undefined): MachineBlock[] {
  const end = block.end;
  if (end.kind !== 'branch') return block.successors;
  const trueDepth = depth?.get(end.whenTrue) ?? 0;
  const falseDepth = depth?.get(end.whenFalse) ?? 0;
  const trueFirst = trueDepth !== falseDepth ? trueDepth > falseDepth : end.likely ?? true;
  return trueFirst ? [end.whenFalse, end.whenTrue] : [end.whenTrue, end.whenFalse];
}

/** Natural loops, one body per header. A retreating edge of an irreducible graph counts too: only speed depends on it. */
function findLoops(order: readonly MachineBlock[]): Set<MachineBlock>[] {
  const position = new Map(order.map((block, index) => [block, index]));
  const bodies = new Map<MachineBlock, Set<MachineBlock>>();
  for (const block of order) {
    for (const header of block.successors) {
      if (position.get(header)! > position.get(block)!) continue;
      const body = bodies.get(header) ?? new Set([header]);
      bodies.set(header, body);
      const work = [block];
      for (let b = work.pop(); b; b = work.pop()) {
        if (body.has(b)) continue;
        body.add(b);
        work.push(...b.predecessors);
      }
    }
  }
  return [...bodies.values()];
}

/** Puts a loop's head, when all it does is decide whether to go on, behind the block that jumps back to it. */
function rotateLoops(order: MachineBlock[], depth: ReadonlyMap<MachineBlock, number>): MachineBlock[] {
  const result = [...order];
  for (const latch of order) {
    const end = latch.end;
    if (end.kind !== 'jump') continue;
    const head = end.to;
    const test = head.end;
    const from = result.indexOf(head);
    const to = result.indexOf(latch);
    if (from < 1 || from >= to || test.kind !== 'branch') continue;
    const inside = depth.get(head) ?? 0;
    const leaves = (block: MachineBlock): boolean => (depth.get(block) ?? 0) < inside;
    if (leaves(test.whenTrue) === leaves(test.whenFalse) || leaves(latch) || result[to + 1] === undefined || !leaves(result[to + 1]!)) continue;
    result.splice(from, 1);
    result.splice(to, 0, head);
  }
  return result;
}

/** Cold: every edge into it is unlikely or comes from a cold block. `order` lists predecessors first, apart from loops. */
function markCold(order: readonly MachineBlock[]): void {
  const placed = new Set<MachineBlock>();
  for (const block of order) {
    const forward = block.predecessors.filter((p) => placed.has(p));
    block.cold = forward.length > 0 && forward.every((p) => p.cold || isUnlikely(p, block));
    placed.add(block);
  }
}

function isUnlikely(from: MachineBlock, to: MachineBlock): boolean {
  const end = from.end;
  if (end.kind !== 'branch' || end.likely === undefined || end.whenTrue === end.whenFalse) return false;
  return (end.likely ? end.whenFalse : end.whenTrue) === to;
}
