// exit() ends the script on all CPUs: a probe that fires before it is detached finds a word set and does nothing. When the event of
// exit() finds no room in the ring buffer, the status is left in the same word, where the runtime looks for it.
//
//   facts  the word is stored in one instruction: when two CPUs end the script, what the later one stores counts.
//          Probes that tbpf runs itself are not asked: they run once, in the order of the script. Nor are iterators: exit() stops none,
//          and one that is pinned may be read again

import { type Value, u64 } from '../../../model/ir/ir.js';
import { exitFlag } from '../../../model/layout/exit-flag.js';
import { onlyWhere } from '../../../language/branches.js';
import type { TypedProbe } from '../../../language/typed-program.js';
import type { Lowerer } from '../context.js';
import { EXIT_FLAG } from '../module-state.js';

/** From here on no program begins any more. */
export function markExit(l: Lowerer): void {
  store(l, l.b.const(exitFlag.called));
}

export function leaveExitStatus(l: Lowerer, status: Value): void {
  store(l, l.b.binary('or', l.b.and(status, exitFlag.statusMask), l.b.const(exitFlag.called | exitFlag.statusIsHere), u64));
}

function store({ b, f }: Lowerer, word: Value): void {
  b.store(place(b, f), 0, exitFlag.bytes, word);
}

/** Whoever asks for the word needs it, also where no call of exit() is ever run: sizeof, typeof and typeinfo only look at one. */
function place(b: Lowerer['b'], f: Lowerer['f']): Value {
  f.state.usesExitFlag = true;
  return b.mapValue(EXIT_FLAG, 0);
}

/** Leaves the program when exit() has been called. */
export function leaveAfterExit({ b, f, probe }: Lowerer): void {
  onlyWhere(b, 'eq', b.load(place(b, f), 0, exitFlag.bytes), 0, () => f.return(probe.record.returnValue));
}

/** Whether the program can begin while the script is being ended. */
export function firesAfterExit({ resolved: { record } }: TypedProbe): boolean {
  return record.inOwnProcess !== true && record.programKind !== 'iter' && record.programKind !== 'xdp';
}
