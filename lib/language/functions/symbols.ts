// Names of addresses: ksym, usym; calls of kstack, ustack and dw_ustack with arguments.

import type { Call } from '../../model/syntax/nodes.js';
import { type StackMode, type Type } from '../../model/types/types.js';
import { DEFAULT_STACK_LIMIT, captureStack, checkUnwinding, defaultMode, stackType, unwindNeeds } from '../builtins/stack.js';
import * as say from '../diagnostics.js';
import type { CheckContext } from '../record.js';
import { argumentOf, defineFunction } from './define.js';

export const ksym = defineFunction({
  name: 'ksym', mode: 'R', doc: 'Name of a kernel address, without offset.',
  params: [{ name: 'addr', accepts: 'integer or pointer', doc: 'address' }],
  check: () => ({ kind: 'ksym' }),
  lower: (call, l) => l.value(argumentOf(call, 0)),
});

export const usym = defineFunction({
  name: 'usym', mode: 'R', doc: 'Name of an address in the current process.',
  params: [{ name: 'addr', accepts: 'integer or pointer', doc: 'address' }],
  check: () => ({ kind: 'usym' }),
  lowerInto: (call, l, to) => l.storeUserSymbol(l.value(argumentOf(call, 0)), to),
});

const modes: readonly StackMode[] = ['bpftrace', 'perf', 'raw', 'build_id'];
const MOST_FRAMES = 1024;

const limitParameter = { name: 'limit', accepts: 'literal integer', optional: true, doc: 'most frames' } as const;

function stackCall(name: 'kstack' | 'ustack'): ReturnType<typeof defineFunction> {
  const space = name === 'kstack' ? 'kernel' : 'user';
  return defineFunction({
    name, mode: 'R', doc: `${space === 'kernel' ? 'Kernel' : 'User'} stack of the given form and depth.`,
    params: [
      { name: 'mode', accepts: 'identifier', optional: true, doc: 'bpftrace, perf, raw or build_id' },
      limitParameter,
    ],
    check: (call, c) => checkStack(call, c, space, space === 'user'),
    lowerInto: (_, l, to) => captureStack(l, to),
  });
}

function checkStack(call: Call, c: CheckContext, space: 'kernel' | 'user', hasBuildIds: boolean): Type {
  const name = call.name;
  let mode = defaultMode(c, hasBuildIds, call.span);
  let limit = BigInt(DEFAULT_STACK_LIMIT);
  call.args.forEach((argument, i) => {
    const value = c.literal(argument);
    if (argument.kind === 'identifier' && i === 0) {
      if (!modes.includes(argument.name as StackMode)) c.report(say.unknownStackMode.at(argument.span, { name: argument.name, modes }));
      else mode = argument.name as StackMode;
      if (mode === 'build_id' && !hasBuildIds) c.report(say.buildIdOfKernel.at(argument.span, {}));
    } else if (typeof value === 'bigint') limit = value;
    else c.report(i === 0 ? say.noStackMode.at(argument.span, {}) : say.badStackLimit.at(argument.span, { name }));
  });
  if (limit < 0n) c.report(say.badStackLimit.at(call.span, { name }));
  else if (limit > BigInt(MOST_FRAMES)) c.report(say.stackLimitTooLarge.at(call.span, { name, most: MOST_FRAMES, given: limit }));
  else return stackType(space, mode, Number(limit));
  return stackType(space, mode, DEFAULT_STACK_LIMIT);
}

export const kstackCall = stackCall('kstack');
export const ustackCall = stackCall('ustack');

export const dwUstackCall = defineFunction({
  name: 'dw_ustack', mode: 'R', doc: 'User stack of the given form and depth of a program without frame pointers, by its .eh_frame.', unstable: true, needs: unwindNeeds,
  params: [{ name: 'mode', accepts: 'identifier', optional: true, doc: 'bpftrace, perf or raw' }, limitParameter],
  check: (call, c) => {
    checkUnwinding(c, call.span);
    return checkStack(call, c, 'user', false);
  },
  lowerInto: (call, l, to) => l.unwindStack(to, call.span),
});
