// Control flow without detours: decided branches become jumps, comparisons move into the branch that tests them, blocks that only
// jump or only test what they are given are skipped, blocks with one way in are joined with the block before, unreachable ones go.
//
//   idea   a block without instructions, whose parameters are used only by its own end, can be skipped on any edge: its end is
//          applied to the values the edge carries ("jump threading"); what && and || make out of a condition goes this way

import { reversePostorder } from '../../model/ir/dominators.js';
import type { Block, Func, Target, Terminator, Value } from '../../model/ir/ir.js';
import { decide } from './compare.js';
import { inverted, isComparison } from './evaluate.js';
import { KnownBits } from './known-bits.js';
import type { Pass } from './pass.js';
import { forEachUse, replaceEverywhere, Replacements } from './rewrite.js';
import { forgetWays } from './ways.js';

const MAX_ROUNDS = 8;

export const branchFold: Pass = {
  name: 'branch-fold',
  after: ['fold', 'params'],
  run(func) {
    let any = removeUnreachable(func);
    for (let n = 0; n < MAX_ROUNDS; n++) {
      let changed = false;
      const bits = new KnownBits();
      for (const block of func.blocks) changed = simplifyEnd(block, bits) || changed;
      changed = skipBlocks(func, bits) || changed;
      if (changed) removeUnreachable(func);
      changed = joinBlocks(func) || changed;
      if (!changed) break;
      any = true;
    }
    if (any) forgetWays(func);
    return any;
  },
};

function removeUnreachable(func: Func): boolean {
  const reachable = reversePostorder(func);
  if (reachable.length === func.blocks.length) return false;
  const isReachable = new Uint8Array(func.blockCount);
  for (const { id } of reachable) isReachable[id] = 1;
  func.blocks = func.blocks.filter(({ id }) => isReachable[id]);
  return true;
}

function simplifyEnd(block: Block, bits: KnownBits): boolean {
  let changed = false;
  for (;;) {
    const end = block.terminator!;
    const simpler = simplifyBranch(end, bits);
    if (simpler === end) return changed;
    block.terminator = simpler;
    changed = true;
  }
}

function simplifyBranch(end: Terminator, bits: KnownBits): Terminator {
  if (end.kind !== 'branch') return end;
  const { comparison, left, right, whenTrue, whenFalse, span } = end;
  const decided = decide(comparison, left, right, bits);
  if (decided !== undefined) return { kind: 'jump', target: decided ? whenTrue : whenFalse, span };
  if (sameTarget(whenTrue, whenFalse)) return { kind: 'jump', target: whenTrue, span };
  if ((comparison === 'ne' || comparison === 'eq') && right.isConst && (right.constant === 0n || right.constant === 1n) && isComparison(left.op)) {
    const straight = (comparison === 'ne') === (right.constant === 0n);
    return { ...end, comparison: straight ? left.op : inverted[left.op], left: left.args[0]!, right: left.args[1]! };
  }
  return end;
}

function sameTarget(a: Target, b: Target): boolean {
  return a.block === b.block && a.args.every((arg, index) => arg === b.args[index]);
}

// ---- skipping ----------------------------------------------------------------------------------------------------

function skipBlocks(func: Func, bits: KnownBits): boolean {
  const isEmpty = (block: Block): boolean => block !== func.entry && block.instructions.length === 0;
  if (!func.blocks.some(isEmpty)) return false;
  const usedElsewhere = new Set<Block>();
  if (func.blocks.some((block) => block.params.length > 0 && isEmpty(block))) {
    forEachUse(func, (used, user, block) => {
      if (used.op === 'param' && (user !== undefined || used.block !== block)) usedElsewhere.add(used.block);
    });
  }
  const skippable = (block: Block): boolean => isEmpty(block) && !usedElsewhere.has(block);
  let changed = false;
  // from the end on: the blocks of a chain lead past the rest of it already, when an edge into it is looked at
  for (const block of func.blocks.toReversed()) {
    for (let i = 0; i < block.wayCount; i++) changed = redirect(block.way(i), skippable, bits) || changed;
    const end = block.terminator!;
    if (end.kind !== 'jump' || end.target.block === block || !skippable(end.target.block)) continue;
    const { terminator: next } = end.target.block;
    // a jump to a block that tests what it is given: test it here
    if (next!.kind === 'branch' && carriesWhatIsTested(end.target)) {
      block.terminator = substitute(next!, end.target);
      changed = true;
    }
  }
  return changed;
}

/** The block tests one of its parameters, so that on some edge the outcome may be known or the comparison be joined. */
function carriesWhatIsTested({ block, args }: Target): boolean {
  const end = block.terminator!;
  if (end.kind !== 'branch') return false;
  const index = block.params.indexOf(end.left);
  return index >= 0 && (args[index]!.isConst || isComparison(args[index]!.op));
}

/** Leads an edge past blocks that only jump, or whose branch is decided by what the edge carries. */
function redirect(target: Target, skippable: (block: Block) => boolean, bits: KnownBits): boolean {
  if (!skippable(target.block)) return false;
  let changed = false;
  const seen = new Set<Block>();
  while (skippable(target.block) && !seen.has(target.block)) {
    seen.add(target.block);
    const next = simplifyBranch(substitute(target.block.terminator!, target), bits);
    if (next.kind !== 'jump') break;
    target.block = next.target.block;
    target.args = next.target.args;
    changed = true;
  }
  return changed;
}

/** The end of the target's block, for the values that arrive on this edge. */
function substitute(end: Terminator, { block, args }: Target): Terminator {
  const given = (value: Value): Value => {
    const index = value.op === 'param' ? block.params.indexOf(value) : -1;
    return index < 0 ? value : args[index]!;
  };
  const through = (target: Target): Target => ({ block: target.block, args: target.args.map(given) });
  switch (end.kind) {
    case 'return': return { ...end, value: given(end.value) };
    case 'jump': return { ...end, target: through(end.target) };
    case 'branch': return { ...end, left: given(end.left), right: given(end.right), whenTrue: through(end.whenTrue), whenFalse: through(end.whenFalse) };
  }
}

// ---- joining -----------------------------------------------------------------------------------------------------

function joinBlocks(func: Func): boolean {
  const edges = new Uint32Array(func.blockCount);
  for (const block of func.blocks) for (let i = 0; i < block.wayCount; i++) edges[block.way(i).block.id]!++;
  const replacements = new Replacements();
  const gone = new Set<Block>();
  for (const block of func.blocks) {
    if (gone.has(block)) continue;
    for (;;) {
      const end = block.terminator!;
      if (end.kind !== 'jump' || end.target.block === block || end.target.block === func.entry) break;
      const { block: next, args } = end.target;
      if (edges[next.id] !== 1) break;
      next.params.forEach((param, index) => replacements.set(param, args[index]!));
      for (const value of next.instructions) {
        value.block = block;
        block.instructions.push(value);
      }
      block.terminator = next.terminator;
      gone.add(next);
    }
  }
  if (gone.size === 0) return false;
  func.blocks = func.blocks.filter((block) => !gone.has(block));
  replaceEverywhere(func, replacements);
  return true;
}
