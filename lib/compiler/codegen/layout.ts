// The order of the blocks, and how often each runs.
//
//   in     MachineFunc as selected
//   out    the same, blocks in the order they will be written, unreachable ones gone; predecessors, frequency, cold, index set
//   idea   reverse postorder, so that a block follows its predecessors and falls through where it can; of the two ways out of a
//          loop's block the one that stays inside comes first; blocks reached only by unlikely branches go to the end, unless that
//          is further away than a jump reaches;
//          a loop's test is repeated behind its body, where it is one jump a round instead of two

import type { MachineBlock, MachineFunc, MachineInsn } from './machine.js';

/** Instructions of a function in which every jump reaches everywhere: each becomes a few of the machine's, and a jump passes over 32767. */
const MOST_PASSED_OVER = 5000;

export function layoutBlocks(func: MachineFunc): void {
  const entry = func.blocks[0]!;
  let order = reversePostorder(entry, undefined);
  if (repeatTests(order)) order = reversePostorder(entry, undefined);
  linkPredecessors(order);
  const loops = findLoops(order);
  markCold(order);
  const depth = new Map<MachineBlock, number>();
  for (const body of loops) for (const block of body) depth.set(block, (depth.get(block) ?? 0) + 1);
  const final = loops.length === 0 ? order : reversePostorder(entry, depth);
  const length = final.reduce((sum, block) => sum + block.insns.length, 0);
  func.blocks = length > MOST_PASSED_OVER ? final : [...final.filter((b) => !b.cold), ...final.filter((b) => b.cold)];
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

/** Where a block jumps back to a loop's head that does little more than decide whether to go on, the decision is made right there, so
 *  that a round takes one jump. Moving the head itself behind the body would do the same without a copy, but then the body falls through
 *  into it, and verifiers up to 6.2 take no backward edge that is not a jump. True when something changed. */
function repeatTests(order: readonly MachineBlock[]): boolean {
  const position = new Map(order.map((block, index) => [block, index]));
  let changed = false;
  for (const latch of order) {
    const end = latch.end;
    if (end.kind !== 'jump' || position.get(end.to)! > position.get(latch)!) continue;
    const head = end.to;
    if (head.end.kind !== 'branch' || head.insns.length > MOST_REPEATED || head.insns.some((insn) => !isRepeatable(insn))) continue;
    latch.insns.splice(latch.insns.length - 1, 1, ...head.insns);
    changed = true;
  }
  return changed;
}

const MOST_REPEATED = 3;

function isRepeatable({ kind }: MachineInsn): boolean {
  return kind === 'branch' || kind === 'alu' || kind === 'low32' || kind === 'load';
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
