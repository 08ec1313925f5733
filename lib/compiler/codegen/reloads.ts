// Drops loads of spilled values that are in the register already.
//
//   idea   forward through a block: which spill slot each register still holds the value of

import type { AllocatedItem } from './allocated.js';
import { clobberedBy, forEachDefinition } from './machine.js';
import { isRegister, type Location } from './moves.js';

export function dropReloads(items: readonly AllocatedItem[]): AllocatedItem[] {
  const holds = new Map<number, Location>();
  return items.filter((item) => {
    if (item.kind === 'insn') {
      const clobbered = clobberedBy(item.insn);
      for (let reg = 0; reg < 6; reg++) if (clobbered & (1 << reg)) holds.delete(reg);
      forEachDefinition(item.insn, (reg) => holds.delete(reg));
      return true;
    }
    if (item.kind === 'bind') return true;
    const { to, from } = item.move;
    if (!isRegister(to)) {
      for (const [reg, slot] of holds) if (slot === to) holds.delete(reg);
      if (from.kind === 'reg') holds.set(from.reg, to);
      return true;
    }
    const slot = from.kind !== 'reg' ? undefined : isRegister(from.reg) ? holds.get(from.reg) : from.reg;
    if (from.kind === 'reg' && !isRegister(from.reg) && holds.get(to) === from.reg) return false;
    if (slot === undefined) holds.delete(to);
    else holds.set(to, slot);
    return true;
  });
}
