// Names of addresses: ksym, usym; calls of kstack and ustack with arguments.

import type { Call } from '../../model/syntax/nodes.js';
import { type StackMode, type Type } from '../../model/types/types.js';
import { DEFAULT_STACK_LIMIT, captureStack, defaultMode, stackType } from '../builtins/stack.js';
import { badArgument } from '../diagnostics.js';
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

function stackCall(name: 'kstack' | 'ustack'): ReturnType<typeof defineFunction> {
  const space = name === 'kstack' ? 'kernel' : 'user';
  return defineFunction({
    name, mode: 'R', doc: `${space === 'kernel' ? 'Kernel' : 'User'} stack of the given form and depth.`,
    params: [
      { name: 'mode', accepts: 'identifier', optional: true, doc: 'bpftrace, perf, raw or build_id' },
      { name: 'limit', accepts: 'literal integer', optional: true, doc: 'most frames' },
    ],
    check: (call, c) => checkStack(call, c, space),
    lowerInto: (_, l, to) => captureStack(l, to),
  });
}

function checkStack(call: Call, c: CheckContext, space: 'kernel' | 'user'): Type {
  const name = call.name;
  let mode = defaultMode(c, space, call.span);
  let limit = BigInt(DEFAULT_STACK_LIMIT);
  call.args.forEach((argument, i) => {
    const value = c.literal(argument);
    if (argument.kind === 'identifier' && i === 0) {
      if (!modes.includes(argument.name as StackMode)) c.report(badArgument.at(argument.span, { text: `Error parsing stack mode: ${argument.name}`, hint: `modes are ${modes.join(', ')}` }));
      else mode = argument.name as StackMode;
      if (mode === 'build_id' && space === 'kernel') c.report(badArgument.at(argument.span, { text: "'build_id' stack mode can only be used for ustack" }));
    } else if (typeof value === 'bigint') limit = value;
    else c.report(badArgument.at(argument.span, { text: i === 0 ? 'Expected stack mode as first argument' : `${name}: invalid limit value` }));
  });
  if (limit < 0n) c.report(badArgument.at(call.span, { text: `${name}: invalid limit value` }));
  else if (limit > BigInt(MOST_FRAMES)) c.report(badArgument.at(call.span, { text: `${name}([int limit]): limit shouldn't exceed ${MOST_FRAMES}, ${limit} given` }));
  else return stackType(space, mode, Number(limit));
  return stackType(space, mode, DEFAULT_STACK_LIMIT);
}

export const kstackCall = stackCall('kstack');
export const ustackCall = stackCall('ustack');
