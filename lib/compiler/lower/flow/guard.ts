// Programs on functions that map operations use themselves (spin locks): while one runs on a CPU, no other may.
//
//   idea   a per-CPU word is 1 while a guarded program runs; one that finds it so leaves at once and counts the event as lost
//   facts  per-CPU array lookups take no lock. The word is of the CPU, so an interrupt's event is dropped as well: what it would
//          do could wait for a lock that the interrupted program holds

import { pointer } from '../../../model/ir/ir.js';
import type { FunctionState } from '../function.js';
import { newBlocks } from '../../../language/branches.js';
import { GUARD } from '../module-state.js';

/** From here to the way out no other guarded program runs on this CPU. */
export function enterGuard(f: FunctionState): void {
  const { b } = f;
  f.state.usesGuard = true;
  const key = f.slot('guard.key', 4, 4);
  b.store(key, 0, 4, 0);
  const word = b.call('map_lookup_elem', [b.map(GUARD), key], pointer('map_value', true));
  const [there, busy, free] = newBlocks(b, 'guard', 'busy', 'free');
  b.branch('ne', word, b.const(0), there, busy, true);
  b.enter(there);
  b.branch('eq', b.load(word, 0, 8), b.const(0), free, busy, true);
  b.enter(busy);
  f.countLost();
  b.return(b.const(0));
  b.enter(free);
  b.store(word, 0, 8, 1);
  f.onExit.push(() => b.store(word, 0, 8, 0));
}
