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
    const isLive = ({ id }: Value): boolean => live[id] === 1;
    let changed = false;
    for (const block of func.blocks) {
      if (!block.instructions.every(isLive)) {
        block.instructions = block.instructions.filter(isLive);
        changed = true;
      }
      if (block !== func.entry && !block.params.every(isLive)) changed = true;
    }
    if (changed) dropParams(func, isLive);
    return changed;
  },
};

function mustStay(value: Value): boolean {
  if (opTable[value.op].effect !== 'writes') return false;
  const { name } = value.attributes;
  return !(value.op === 'call' && (pureHelpers.has(name!) || droppableHelpers.has(name!)));
}

/** By number of the value: 1 when it is needed. */
function findLive(func: Func): Uint8Array {
  const edges = incomingEdges(func);
  const live = new Uint8Array(func.valueCount);
  const work: Value[] = [];
  const need = (value: Value): void => {
    if (live[value.id]) return;
    live[value.id] = 1;
    work.push(value);
  };
  for (const { id } of func.entry.params) live[id] = 1;
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
    for (const { args } of edges.get(value.block) ?? []) need(args[index]!);
  }
  return live;
}

function dropParams(func: Func, isLive: (value: Value) => boolean): void {
  for (const from of func.blocks) {
    for (let i = 0; i < from.wayCount; i++) {
      const target = from.way(i);
      const { params } = target.block;
      if (!params.every(isLive)) target.args = target.args.filter((_, index) => isLive(params[index]!));
    }
  }
  for (const block of func.blocks) if (block !== func.entry) block.params = block.params.filter(isLive);
}
