// Block parameters that get the same value on every edge become that value.
//
//   idea   a parameter's other incoming values are itself (round a loop) and one value from outside; found to a fixed point
//   facts  constants count as the same by their number

import type { Func, Value } from '../../model/ir/ir.js';
import type { Pass } from './pass.js';
import { incomingEdges, replaceEverywhere, type Replacements, resolve } from './rewrite.js';

export const params: Pass = {
  name: 'params',
  after: ['fold'],
  run(func) {
    const replacements = findReplacements(func);
    if (replacements.size === 0) return false;
    const gone = new Set(replacements.keys());
    for (const { block, args } of func.blocks.flatMap((b) => b.successors)) {
      const kept = args.filter((_, index) => !gone.has(block.params[index]!));
      args.splice(0, args.length, ...kept);
    }
    for (const block of func.blocks) block.params = block.params.filter((param) => !gone.has(param));
    replaceEverywhere(func, replacements);
    return true;
  },
};

function findReplacements(func: Func): Replacements {
  const edges = incomingEdges(func);
  const replacements: Replacements = new Map();
  for (let again = true; again; ) {
    again = false;
    for (const block of func.blocks) {
      if (block === func.entry) continue;
      const incoming = edges.get(block)!;
      block.params.forEach((param, index) => {
        if (replacements.has(param) || incoming.length === 0) return;
        const only = onlyValue(param, incoming.map(({ target }) => resolve(replacements, target.args[index]!)), func);
        if (!only) return;
        replacements.set(param, only);
        again = true;
      });
    }
  }
  return replacements;
}

function onlyValue(param: Value, incoming: readonly Value[], func: Func): Value | undefined {
  let only: Value | undefined;
  for (const value of incoming) {
    if (value === param || value === only) continue;
    if (only) {
      // equal constants in different blocks: only one of the entry block is defined everywhere
      const same = only.isConst && value.isConst && only.constant === value.constant;
      if (!same) return undefined;
      if (value.block === func.entry) only = value;
    } else only = value;
  }
  return only?.isConst && incoming.length > 1 && only.block !== func.entry ? undefined : only;
}
