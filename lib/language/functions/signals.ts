// signal, signal_thread: a signal for the process, or for the thread, that the probe interrupted.
//
//   facts  bpf_send_signal since Linux 5.3, bpf_send_signal_thread since 5.6. Where interrupts are off the kernel sends it a moment later and cannot
//          say any more that it failed. Never to a kernel thread, to init or to a task that exits: those answer -EPERM

import type { Value } from '../../model/ir/ir.js';
import { asInteger } from '../../model/types/promote.js';
import { type Type, int64, voidType } from '../../model/types/types.js';
import * as say from '../diagnostics.js';
import type { CheckContext, EventArgument, FunctionRecord, LowerContext } from '../record.js';
import type { Call } from '../../model/syntax/nodes.js';
import { LAST_SIGNAL, signalNumber } from '../signals.js';
import { argumentOf, defineFunction } from './define.js';

function checkSignal(call: Call, c: CheckContext): Type {
  const argument = argumentOf(call, 0);
  const literal = c.literal(argument);
  const type = c.typeOf(argument);
  const { name } = call;
  if (typeof literal === 'string') {
    if (signalNumber(literal) === undefined) c.report(say.unknownSignal.at(argument.span, { signal: literal }));
  } else if (typeof literal === 'bigint') {
    if (literal < 1n || literal > BigInt(LAST_SIGNAL)) c.report(say.noSignal.at(argument.span, { name }));
  } else if (!asInteger(type) && !(type.kind === 'none' && c.settling)) c.report(say.noSignal.at(argument.span, { name }));
  return voidType;
}

function signalFunction(name: string, helper: string, doc: string): FunctionRecord {
  const send = (number: Value, call: Call, l: LowerContext): void => {
    const result = l.b.call(helper, [number]);
    l.branch('ne', result, 0, () => l.event('warnf', [register(result, l)], { format: `${name} call failed with error %d` }, call.span));
  };
  return defineFunction({
    name, mode: 'S', doc, unsafe: true,
    params: [{ name: 's', accepts: 'any', doc: 'name of the signal in quotes, with or without SIG, or its number from 1 to 64' }],
    probes: ['kprobe', 'kretprobe', 'uprobe', 'uretprobe', 'usdt', 'tracepoint', 'profile', 'fentry', 'fexit', 'rawtracepoint'],
    elsewhere: (kind) => say.signalElsewhere.with({ name, kind }),
    needs: [`helper:${helper}`],
    check: checkSignal,
    lower(call, l) {
      const literal = l.literal(call.args[0]!);
      if (typeof literal === 'string') return send(l.b.const(signalNumber(literal)!), call, l);
      const number = l.value(argumentOf(call, 0), int64);
      if (typeof literal === 'bigint') return send(number, call, l);
      l.branch('ult', l.b.sub(number, 1), LAST_SIGNAL, () => send(number, call, l),
        () => l.event('errorf', [register(number, l)], { format: `${name}() expects an integer between 1 and ${LAST_SIGNAL} (inclusive). Got %lld` }, call.span));
    },
  });
}

function register(value: Value, { b }: LowerContext): EventArgument {
  return { type: int64, into: (to) => b.store(to.base, to.offset, 8, value) };
}

export const signal = signalFunction('signal', 'send_signal', 'Sends a signal to the process.');
export const signalThread = signalFunction('signal_thread', 'send_signal_thread', 'Sends a signal to the thread.');
