// A load of which only some bytes are used reads only these.
//
//   facts  little endian; context and BTF memory are left alone, since the kernel allows only certain widths there

import type { Func, Value, Width } from '../../model/ir/ir.js';
import { lowBytes } from './known-bits.js';
import type { Pass } from './pass.js';
import { countUses, replaceEverywhere, Replacements } from './rewrite.js';

export const narrowLoads: Pass = {
  name: 'narrow-loads',
  after: ['fold', 'forward-memory'],
  run(func) {
    const uses = countUses(func);
    const replacements = new Replacements();
    for (const block of func.blocks) {
      for (const user of block.instructions) {
        const load = user.args[0];
        if (load?.op === 'load' && uses[load.id] === 1 && isPlain(load)) narrow(user, load, replacements);
      }
    }
    removeReplaced(func, replacements);
    return replacements.size > 0;
  },
};

function isPlain(load: Value): boolean {
  const { type } = load.args[0]!;
  return load.type.kind === 'int' && type.kind === 'ptr' && (type.region === 'stack' || type.region === 'map_value' || type.region === 'record');
}

function narrow(user: Value, load: Value, replacements: Replacements): void {
  const { attributes } = load;
  const width = attributes.width!;
  if (user.op === 'extend' && user.attributes.width! <= width) {
    attributes.width = user.attributes.width!;
    attributes.signed = user.attributes.signed ?? false;
    replacements.set(user, load);
  } else if (user.op === 'and' && user.args[1]!.isConst) {
    const kept = ([1, 2, 4] as const).find((w) => user.args[1]!.constant === lowBytes(w));
    if (kept === undefined || kept > width) return;
    attributes.width = kept;
    attributes.signed = false;
    replacements.set(user, load);
  } else if (user.op === 'lshr' && user.args[1]!.isConst && !(attributes.signed && width < 8)) {
    const skipped = Number(user.args[1]!.constant) / 8;
    const kept = width - skipped;
    if ((kept !== 1 && kept !== 2 && kept !== 4) || skipped % kept !== 0) return;
    attributes.offset = (attributes.offset ?? 0) + skipped;
    attributes.width = kept satisfies Width;
    attributes.signed = false;
    replacements.set(user, load);
  }
}

function removeReplaced(func: Func, replacements: Replacements): void {
  if (replacements.size === 0) return;
  replaceEverywhere(func, replacements);
  for (const block of func.blocks) block.instructions = block.instructions.filter((value) => !replacements.has(value));
}
