// Constants and addresses of slots, maps and callbacks: each once, at the head of the entry block.
//
//   facts  code generation makes them where they are used, so their place costs nothing; blocks without instructions of their own
//          can then be jumped over. `map_value` stays where it is: it is an instruction, and not every way needs it

import type { Value } from '../../model/ir/ir.js';
import type { Pass } from './pass.js';
import { replaceEverywhere, Replacements } from './rewrite.js';

export const constants: Pass = {
  name: 'constants',
  after: [],
  run(func) {
    const known = new Map<string | bigint, Value>();
    const replacements = new Replacements();
    const heads: Value[] = [];
    for (const block of func.blocks) {
      block.instructions = block.instructions.filter((value) => {
        const key = keyOf(value);
        if (key === undefined) return true;
        const first = known.get(key);
        if (first) replacements.set(value, first);
        else {
          known.set(key, value);
          heads.push(value);
          value.block = func.entry;
        }
        return false;
      });
    }
    const before = func.entry.instructions;
    func.entry.instructions = [...heads, ...before];
    replaceEverywhere(func, replacements);
    return replacements.size > 0;
  },
};

/** Constants are numbers whatever their type says. */
function keyOf(value: Value): string | bigint | undefined {
  switch (value.op) {
    case 'const': return value.type.kind === 'int' ? value.constant : `const ${value.constant}`;
    case 'slot': return `slot ${value.attributes.slot!.id}`;
    case 'map':
    case 'function': return `${value.op} ${value.attributes.name}`;
    default: return undefined;
  }
}
