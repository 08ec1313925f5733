// Drops unused values without side effects, and unused block parameters. Keeps block order.

import type { Func, Value } from '../../model/ir/ir.js';
import { droppableHelpers, opTable, pureHelpers } from '../../model/ir/ops.js';
import type { Pass } from './pass.js';
import { incomingEdges } from './rewrite.js';

export const deadCode: Pass = {
  name: 'dead-code',
  after: ['fold', 'params', 'branch-fold'],
  run(func) {
    const live = findLive(func);
    let changed = false;
    for (const block of func.blocks) {
      const kept = block.instructions.filter((value) => live.has(value));
      if (kept.length < block.instructions.length) {
        block.instructions = kept;
        changed = true;
      }
      if (block === func.entry) continue;
      if (block.params.every((param) => live.has(param))) continue;
      changed = true;
    }
    if (changed) dropParams(func, live);
    return changed;
  },
};

function mustStay(value: Value): boolean {
  if (opTable[value.op].effect !== 'writes') return false;
  const { name } = value.attributes;
  return !(value.op === 'call' && (pureHelpers.has(name!) || droppableHelpers.has(name!)));
}

function findLive(func: Func): Set<Value> {
  const edges = incomingEdges(func);
  const live = new Set<Value>(func.entry.params);
  const work: Value[] = [];
  const need = (value: Value): void => {
    if (live.has(value)) return;
    live.add(value);
    work.push(value);
  };
  for (const block of func.blocks) {
    for (const value of block.instructions) if (mustStay(value)) need(value);
    const end = block.terminator!;
    if (end.kind === 'branch') {
      need(end.left);
      need(end.right);
    } else if (end.kind === 'return') need(end.value);
  }
  for (let value = work.pop(); value; value = work.pop()) {
    for (const arg of value.args) need(arg);
    if (value.op !== 'param') continue;
    const index = value.block.params.indexOf(value);
    for (const { target } of edges.get(value.block) ?? []) need(target.args[index]!);
  }
  return live;
}

function dropParams(func: Func, live: ReadonlySet<Value>): void {
  for (const { block, args } of func.blocks.flatMap((b) => b.successors)) {
    const kept = args.filter((_, index) => live.has(block.params[index]!));
    args.splice(0, args.length, ...kept);
  }
  for (const block of func.blocks) if (block !== func.entry) block.params = block.params.filter((param) => live.has(param));
}
