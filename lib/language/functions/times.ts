// Time and ids with a mode: nsecs(mode), pid(ns), tid(ns), strftime.

import { bug } from '../../model/diagnostics/errors.js';
import { u64 } from '../../model/ir/ir.js';
import { textOf } from '../../model/source/source.js';
import type { Call } from '../../model/syntax/nodes.js';
import { type Clock, type TimeFormat, type Type, uint32, uint64 } from '../../model/types/types.js';
import * as say from '../diagnostics.js';
import { currentIds } from '../pid-namespace.js';
import type { CheckContext } from '../record.js';
import { argumentOf, defineFunction } from './define.js';

const clocks: Readonly<Record<string, { readonly helper: string; readonly clock: Clock }>> = {
  boot: { helper: 'ktime_get_boot_ns', clock: 'boot' }, monotonic: { helper: 'ktime_get_ns', clock: 'monotonic' },
  tai: { helper: 'ktime_get_tai_ns', clock: 'tai' }, sw_tai: { helper: 'ktime_get_boot_ns', clock: 'tai' },
};

export const nsecsOf = defineFunction({
  name: 'nsecs', mode: 'S', doc: 'Nanoseconds of a clock.',
  params: [{ name: 'mode', accepts: 'identifier', optional: true, doc: 'boot, monotonic, tai or sw_tai' }],
  asks: ['helper:ktime_get_tai_ns'],
  check(call, c) {
    const mode = call.args[0];
    if (!mode) return { ...uint64, clock: 'boot' };
    const name = mode.kind === 'identifier' ? mode.name : undefined;
    if (name === undefined || !Object.hasOwn(clocks, name)) {
      const given = name ?? (mode.kind === 'string' ? mode.value : textOf(mode.span));
      c.report(say.unknownClock.at(call.span, { mode: given, modes: Object.keys(clocks) }));
    }
    if (name === 'tai' && !c.target.has('helper:ktime_get_tai_ns')) c.report(say.noAtomicTime.at(call.span, {}));
    return name !== undefined && Object.hasOwn(clocks, name) ? { ...uint64, clock: clocks[name]!.clock } : uint64;
  },
  lower(call, l) {
    const mode = call.args[0]?.kind === 'identifier' ? call.args[0].name : 'boot';
    const now = l.b.call(clocks[mode]!.helper, [], u64);
    return mode === 'sw_tai' ? l.b.add(now, l.startValue('tai_offset', 8)) : now;
  },
});

function idFunction(name: 'pid' | 'tid'): ReturnType<typeof defineFunction> {
  return defineFunction({
    name, mode: 'S', doc: `${name === 'pid' ? 'Process' : 'Thread'} id as a PID namespace sees it.`,
    params: [{ name: 'ns', accepts: 'identifier', optional: true, doc: 'curr_ns (default) or init' }],
    check(call, c): Type {
      const mode = call.args[0];
      if (mode && mode.kind !== 'identifier') c.report(say.noNamespaceMode.at(mode.span, { name }));
      else if (mode && mode.name !== 'curr_ns' && mode.name !== 'init') c.report(say.unknownNamespaceMode.at(mode.span, { mode: mode.name }));
      return uint32;
    },
    lower(call, l) {
      const mode = call.args[0]?.kind === 'identifier' ? call.args[0].name : 'curr_ns';
      const ids = mode === 'init' ? l.b.call('get_current_pid_tgid', [], u64) : currentIds(l);
      return name === 'pid' ? l.b.shr(ids, 32) : l.b.extend(ids, 4, false);
    },
  });
}

export const pidOf = idFunction('pid');
export const tidOf = idFunction('tid');

/** The clock of a time; undefined: no clock that the script names gave it. */
function clockOf(call: Call, c: Pick<CheckContext, 'typeOf'>): Clock | undefined {
  const type = c.typeOf(argumentOf(call, 1));
  return type.kind === 'int' ? type.clock : undefined;
}

function timeFormat(call: Call, c: Pick<CheckContext, 'literal' | 'typeOf'>): TimeFormat {
  return { format: String(c.literal(call.args[0]!)), clock: clockOf(call, c) === 'tai' ? 'tai' : 'boot' };
}

function numberOf({ format, clock }: TimeFormat, formats: readonly TimeFormat[]): number {
  return formats.findIndex((known) => known.format === format && known.clock === clock);
}

export const strftime = defineFunction({
  name: 'strftime', mode: 'R', doc: 'A time as text, formatted when it is printed.',
  params: [
    { name: 'fmt', accepts: 'literal string', doc: 'format as strftime(3) knows it; %f %k %l are micro-, nano- and milliseconds' },
    { name: 'ns', accepts: 'integer', doc: 'nanoseconds since boot, or of the clock that nsecs() gave them by' },
  ],
  check(call, c) {
    const time = argumentOf(call, 1);
    const clock = clockOf(call, c);
    if (clock === 'monotonic') c.report(say.monotonicDate.at(call.span, {}));
    if (clock === 'mixed') c.report(say.mixedClocks.at(time.span, {}));
    const literal = c.literal(time);
    if (typeof literal === 'bigint' && literal < 0n) c.report(say.negativeDate.at(call.span, {}));
    const format = timeFormat(call, c);
    if (numberOf(format, c.timeFormats) < 0) c.timeFormats.push(format);
    return { kind: 'timestamp', formats: c.timeFormats };
  },
  lowerInto(call, l, to) {
    const type = l.typeOf(call);
    if (type.kind !== 'timestamp') bug('lower', 'strftime() without formats');
    l.b.store(to.base, to.offset, 8, l.value(argumentOf(call, 1), uint64));
    l.b.store(to.base, to.offset + 8, 8, numberOf(timeFormat(call, l), type.formats));
  },
});
