// The ways through a function, found once for all passes that leave them as they are.
//
//   idea   only branch-fold changes where control goes: it says so, and the next pass that asks has them found anew

import { Dominators } from '../../model/ir/dominators.js';
import type { Func } from '../../model/ir/ir.js';

const known = new WeakMap<Func, Dominators>();

export function dominatorsOf(func: Func): Dominators {
  let found = known.get(func);
  if (!found) known.set(func, (found = new Dominators(func)));
  return found;
}

/** For passes that have changed blocks or their ends. */
export function forgetWays(func: Func): void {
  known.delete(func);
}
