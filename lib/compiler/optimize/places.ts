// Where memory operations point.

import type { Func, StackSlot, Value } from '../../model/ir/ir.js';
import { forEachUse } from './rewrite.js';

/** A pointer that is not a sum with a constant, and the sum of the constants. */
export interface Place {
  readonly root: Value;
  readonly offset: number;
}

export function placeOf(pointer: Value, offset: number): Place {
  let root = pointer;
  let sum = offset;
  while (root.op === 'add' && root.args[1]!.isConst) {
    sum += Number(root.args[1]!.constant);
    root = root.args[0]!;
  }
  return root.op === 'map_value' ? { root, offset: sum + (root.attributes.offset ?? 0) } : { root, offset: sum };
}

/** The slot a pointer is known to point into. */
export function slotOf(pointer: Value): StackSlot | undefined {
  return placeOf(pointer, 0).root.attributes.slot;
}

/** Slots whose address is more than an operand of accesses at constant offsets and of calls. */
export function escapedSlots(func: Func): Set<StackSlot> {
  const escaped = new Set<StackSlot>();
  if (func.slots.length === 0) return escaped;
  forEachUse(func, (used, user) => {
    if (used.type.kind !== 'ptr') return;
    const slot = slotOf(used);
    if (!slot) return;
    const harmless = user && (user.op.startsWith('call') || (user.op === 'add' && user.args[1]!.isConst) || user.op === 'copy' || user.op === 'zero'
      || ((user.op === 'load' || user.op === 'store' || user.op.startsWith('atomic')) && !user.args.slice(1).includes(used)));
    if (!harmless) escaped.add(slot);
  });
  return escaped;
}
