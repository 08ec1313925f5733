// Block parameters that get the same value on every edge become that value.
//
//   idea   a parameter's other incoming values are itself (round a loop) and one value from outside; found to a fixed point
//   facts  constants count as the same by their number

import type { Func, Value } from '../../model/ir/ir.js';
import type { Pass } from './pass.js';
import { incomingEdges, replaceEverywhere, Replacements } from './rewrite.js';

export const params: Pass = {
  name: 'params',
  after: ['fold'],
  run(func) {
    const replacements = findReplacements(func);
    if (replacements.size === 0) return false;
    for (const from of func.blocks) {
      for (let i = 0; i < from.wayCount; i++) {
        const target = from.way(i);
        const { params: into } = target.block;
        if (into.some((param) => replacements.has(param))) target.args = target.args.filter((_, index) => !replacements.has(into[index]!));
      }
    }
    for (const block of func.blocks) if (block.params.length > 0) block.params = block.params.filter((param) => !replacements.has(param));
    replaceEverywhere(func, replacements);
    return true;
  },
};

function findReplacements(func: Func): Replacements {
  const edges = incomingEdges(func);
  const replacements = new Replacements();
  for (let again = true; again; ) {
    again = false;
    for (const [block, incoming] of edges) {
      if (block === func.entry || incoming.length === 0) continue;
      for (let index = 0; index < block.params.length; index++) {
        const param = block.params[index]!;
        if (replacements.has(param)) continue;
        const only = onlyValue(param, incoming.map(({ args }) => replacements.resolve(args[index]!)), func);
        if (!only) continue;
        replacements.set(param, only);
        again = true;
      }
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
