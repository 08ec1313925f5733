// Run-time warnings: failures in a program, reported to user space without a flood (language.md 6.6).
//
//   idea   a map that is full fails a million times a second. Each place counts its failures on each CPU and sends an event for the
//          first one, and for a failure with another result than the one before, a few times at most; user space reads how many more
//          there were. An event that does not fit into the ring buffer is not lost: its count and result stand in the counter
//   facts  all of this lies behind the failure's branch: a program that does not fail runs none of it

import { type Value, pointer, u64 } from '../../../model/ir/ir.js';
import { failureWord, warningCounter } from '../../../model/layout/warnings.js';
import type { Span } from '../../../model/source/source.js';
import { int32 } from '../../../model/types/types.js';
import type { EventArgument, LowerContext } from '../../../language/record.js';
import { addEvent, sendFixed } from './events.js';
import type { Lowerer } from '../context.js';
import { WARNINGS } from '../module-state.js';

/** The most events that one place of the script sends from one CPU. */
const MOST_EVENTS = 8;

/** Reports a helper's failure, which is a negative result, to user space; the record holds that result. */
export function sendRuntimeError(l: Lowerer, message: Parameters<LowerContext['runtimeError']>[0], span: Span): void {
  if (message.kind === 'text') return warn(l, 'runtime_error', { text: message.text }, undefined, span);
  if (message.level === 'verbose' && !l.f.state.verboseErrors) return;
  const { result } = message;
  l.branch('slt', result, 0, () => sendHelperError(l, message.helper, result, span), undefined, false);
}

/** Reports a failure that the caller has found out: some helpers fail with something else than a negative number. */
export function sendHelperError(l: Lowerer, helper: string, result: Value, span: Span): void {
  warn(l, 'helper_error', { helper }, result, span);
}

function warn(l: Lowerer, handler: 'helper_error' | 'runtime_error', data: unknown, result: Value | undefined, span: Span): void {
  const { b } = l;
  const args: EventArgument[] = result ? [{ type: int32, into: (to) => b.store(to.base, to.offset, 4, result) }] : [];
  const { id, layout } = addEvent(l, handler, args, data, span);
  const key = l.f.slot('warning.key', 4, 4);
  b.store(key, 0, 4, l.f.state.warningOf(id));
  const counter = b.call('map_lookup_elem', [b.map(WARNINGS), key], pointer('map_value', true));
  l.branch('ne', counter, 0, () => {
    b.addInPlace(counter, warningCounter.count, 1);
    const mark = b.const(failureWord.mark);
    const word = result ? b.binary('or', b.extend(result, 4, false), mark, u64) : mark;
    l.branch('ne', b.load(counter, warningCounter.last, 8), word, () => {
      l.branch('ult', b.load(counter, warningCounter.sent, 8), MOST_EVENTS, () => {
        b.store(counter, warningCounter.last, 8, word);
        b.addInPlace(counter, warningCounter.sent, 1);
        sendFixed(l, id, args, layout, {});
      });
    });
  }, undefined, true);
}
