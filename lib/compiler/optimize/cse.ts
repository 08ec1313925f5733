// The same computation is done once: where one value dominates an equal one, it takes its place.
//
//   idea   walk down the dominator tree with a table of what is available; leaving a subtree takes its entries out again
//   facts  loads from the context count as computations, since nothing changes it; other loads are forward-memory's
//          helpers in pureHelpers give the same in one run of a program

import { Dominators } from '../../model/ir/dominators.js';
import type { Block, Value } from '../../model/ir/ir.js';
import { opTable, pureHelpers } from '../../model/ir/ops.js';
import { printType } from '../../model/ir/text.js';
import type { Pass } from './pass.js';
import { replaceArgs, replaceEverywhere, type Replacements } from './rewrite.js';

export const cse: Pass = {
  name: 'cse',
  after: ['fold', 'branch-fold'],
  run(func) {
    const dominators = new Dominators(func);
    const children = new Map<Block, Block[]>(dominators.order.map((block) => [block, []]));
    for (const block of dominators.order) {
      const above = dominators.immediateDominator(block);
      if (above) children.get(above)!.push(block);
    }
    const available = new Map<string, Value>();
    const replacements: Replacements = new Map();
    const stack: { block: Block | undefined; leave: string[] }[] = [{ block: func.entry, leave: [] }];
    for (let item = stack.pop(); item; item = stack.pop()) {
      const { block } = item;
      if (!block) {
        for (const key of item.leave) available.delete(key);
        continue;
      }
      const entered: string[] = [];
      block.instructions = block.instructions.filter((value) => {
        replaceArgs(value, replacements);
        const key = keyOf(value);
        if (key === undefined) return true;
        const known = available.get(key);
        if (known) {
          replacements.set(value, known);
          return false;
        }
        available.set(key, value);
        entered.push(key);
        return true;
      });
      stack.push({ block: undefined, leave: entered });
      for (const child of children.get(block)!) stack.push({ block: child, leave: [] });
    }
    replaceEverywhere(func, replacements);
    return replacements.size > 0;
  },
};

/** Equal keys mean equal results; undefined: not to be merged. */
function keyOf(value: Value): string | undefined {
  const { op, args, attributes } = value;
  if (op === 'call') return pureHelpers.has(attributes.name!) ? `call ${attributes.name} ${args.map((a) => a.id).join()}` : undefined;
  if (op === 'load') {
    const { type } = args[0]!;
    if (type.kind !== 'ptr' || type.region !== 'ctx') return undefined;
  } else if (opTable[op].effect !== 'none') return undefined;
  const ids = args.map((arg) => arg.id);
  if ((opTable[op] as { commutative?: boolean }).commutative) ids.sort((a, b) => a - b);
  const { imm, offset, width, signed, name, slot } = attributes;
  return `${op} ${printType(value.type)} ${ids.join()} ${imm ?? ''} ${offset ?? ''} ${width ?? ''} ${signed ?? ''} ${name ?? ''} ${slot?.id ?? ''}`;
}
