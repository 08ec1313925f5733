// exit() whose event finds no room in the ring buffer: the status is left in a map, where the runtime looks for it.
//
//   facts  the status is one word, stored in one instruction: when two CPUs end the script, the status of the later one counts

import { type Value, pointer, u64 } from '../../../model/ir/ir.js';
import { exitFlag } from '../../../model/layout/exit-flag.js';
import type { Lowerer } from '../context.js';
import { EXIT_FLAG } from '../module-state.js';

export function leaveExitStatus(l: Lowerer, status: Value): void {
  const { b } = l;
  l.f.state.usesExitFlag = true;
  const key = l.f.slot('exit.key', 4, 4);
  b.store(key, 0, 4, 0);
  const word = b.call('map_lookup_elem', [b.map(EXIT_FLAG), key], pointer('map_value', true));
  l.branch('ne', word, 0, () => b.store(word, 0, exitFlag.bytes, b.binary('or', b.and(status, exitFlag.statusMask), b.const(exitFlag.set), u64)), undefined, true);
}
