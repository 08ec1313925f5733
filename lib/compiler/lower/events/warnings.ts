// Run-time warnings: failures in a program, reported to user space without a flood (language.md 6.6).
//
//   idea   a map that is full fails a million times a second. Each place counts its failures on each CPU and sends an event for the
//          first one, and for a failure with another result than the one before, a few times at most; user space reads how many more
//          there were. An event that does not fit into the ring buffer is not lost: its count and result stand in the counter
//   facts  all of this lies behind the failure's branch: a program that does not fail runs none of it.
//          Programs call one function for it that the verifier checks once, whoever calls it. Loop bodies and functions of the script, which may
//          be as deep in a chain of calls as the kernel allows, and programs that have no stack to spare, have it within

import { IrBuilder } from '../../../model/ir/builder.js';
import { Func, type Value, pointer, u64 } from '../../../model/ir/ir.js';
import type { RecordLayout } from '../../../model/layout/layout.js';
import { failureWord, warningCounter } from '../../../model/layout/warnings.js';
import type { Span } from '../../../model/source/source.js';
import { int32 } from '../../../model/types/types.js';
import type { EventArgument, LowerContext } from '../../../language/record.js';
import { diamond } from '../../../language/branches.js';
import { addEvent } from './events.js';
import type { Lowerer } from '../context.js';
import { type ModuleState, RING_BUFFER, WARNINGS } from '../module-state.js';

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

type Handler = 'helper_error' | 'runtime_error';

function warn(l: Lowerer, handler: Handler, data: unknown, result: Value | undefined, span: Span): void {
  const { b, f } = l;
  const args: EventArgument[] = result ? [{ type: int32, into: (to) => b.store(to.base, to.offset, 4, result) }] : [];
  const { id, layout } = addEvent(l, handler, args, data, span);
  const counter = f.state.warningOf(id);
  if (f.kind === 'program' && !f.frame.frugal) {
    b.emit('call_function', u64, [b.const(counter), b.const(id), ...(result ? [result] : [])], { name: sharedReporter(f.state, handler, layout) });
  } else countAndSend(b, f.slot('warning.key', 4, 4), { counter, id, result }, layout);
}

/** The function of the object that reports failures of this kind: its arguments are the counter's index, the event's number and the result, if there is one. */
function sharedReporter(state: ModuleState, handler: Handler, layout: RecordLayout): string {
  const name = `tbpf_${handler}`;
  if (state.functions.some((func) => func.name === name)) return name;
  const func = new Func(name, 'subprogram', '.text', { verifiedOnce: true });
  state.functions.push(func);
  const b = new IrBuilder(func);
  b.interruptible = true;
  const [counter, id, result] = ['counter', 'event', ...layout.arguments].map(() => b.parameter(u64));
  countAndSend(b, b.slot(func.newSlot('warning.key', 4, 4)), { counter: counter!, id: id!, result }, layout);
  b.return(b.const(0));
  return name;
}

interface Failure {
  /** index of the place's counter */
  readonly counter: Value | number;
  /** of the event */
  readonly id: Value | number;
  readonly result: Value | undefined;
}

function countAndSend(b: IrBuilder, key: Value, { counter: index, id, result }: Failure, layout: RecordLayout): void {
  b.store(key, 0, 4, index);
  const counter = b.call('map_lookup_elem', [b.map(WARNINGS), key], pointer('map_value', true));
  diamond(b, 'ne', counter, 0, () => {
    b.addInPlace(counter, warningCounter.count, 1);
    const mark = b.const(failureWord.mark);
    const word = result ? b.binary('or', b.extend(result, 4, false), mark, u64) : mark;
    diamond(b, 'ne', b.load(counter, warningCounter.last, 8), word, () => {
      diamond(b, 'ult', b.load(counter, warningCounter.sent, 8), MOST_EVENTS, () => {
        b.store(counter, warningCounter.last, 8, word);
        b.addInPlace(counter, warningCounter.sent, 1);
        const record = b.call('ringbuf_reserve', [b.map(RING_BUFFER), b.const(layout.fixedSize), b.const(0)], pointer('record', true));
        diamond(b, 'ne', record, 0, () => {
          b.store(record, 0, 4, id);
          for (const { offset } of layout.arguments) b.store(record, offset, 4, result!);
          b.call('ringbuf_submit', [record, b.const(0)]);
        }, undefined, true);
      });
    });
  }, undefined, true);
}
