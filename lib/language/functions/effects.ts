// Functions that change what is traced: override, write_user; and unwatch, which old scripts have.
//
//   facts  bpf_override_return needs a kernel built with CONFIG_BPF_KPROBE_OVERRIDE and works at the entry of functions that the kernel allows
//          for error injection. bpf_probe_write_user takes bytes of the program's own memory, and touches no page that is not there; it fails
//          (-EPERM) in interrupts and for kernel threads, (-EFAULT) where the process has no such memory or only reads it

import type { Message } from '../../model/diagnostics/diagnostic.js';
import type { Call, Expression } from '../../model/syntax/nodes.js';
import { type Value, s64 } from '../../model/ir/ir.js';
import { asInteger } from '../../model/types/promote.js';
import { sizeInC } from '../../model/types/size.js';
import { type Type, bool, int64, spellType, uint64, uint8, voidType } from '../../model/types/types.js';
import * as say from '../diagnostics.js';
import { addressOfPlace } from '../place.js';
import type { CheckContext, LowerContext, Place } from '../record.js';
import { argumentOf, defineFunction } from './define.js';
import { spaceOf } from './memory.js';

export const override = defineFunction({
  name: 'override', mode: 'S', unsafe: true, doc: 'The probed function does not run; its caller gets this value.',
  params: [{ name: 'rc', accepts: 'integer', doc: 'what the function returns, as -1 for EPERM' }],
  probes: ['kprobe'],
  elsewhere: () => say.overrideElsewhere.with({}),
  needs: ['helper:override_return'],
  lacking: () => say.noOverride.with({}),
  check(call, c) {
    const complaint = overrideComplaint(c);
    if (complaint) c.report(complaint.at(call.span));
    return voidType;
  },
  lower: (call, l) => void l.b.call('override_return', [l.context, l.value(argumentOf(call, 0), int64)]),
});

function overrideComplaint({ probe, target }: CheckContext): Message | undefined {
  for (const { attach } of probe.matches) {
    if (attach.kind !== 'kprobe' || attach.return) continue;
    if (attach.offset !== 0) return say.overrideOffset.with({});
    if (attach.symbol !== undefined && target.isErrorInjectable?.(attach.symbol) === false) return say.notInjectable.with({ name: attach.symbol });
  }
  return undefined;
}

/** Types whose bytes can be written as they are. */
const isValue = (type: Type): boolean => type.kind === 'string' || (type.kind === 'array' && type.count > 0);

export const writeUser = defineFunction({
  name: 'write_user', mode: 'S', unsafe: true, doc: 'Writes bytes into the memory of the process; true when they were written.',
  params: [
    { name: 'dst', accepts: 'integer or pointer', doc: 'address in the process' },
    { name: 'src', accepts: 'any', doc: 'address of the bytes, as &$x; or a string or an array' },
    { name: 'len', accepts: 'integer', doc: 'bytes, from 1 to max_strlen' },
  ],
  needs: ['helper:probe_write_user'],
  lacking: () => say.noUserWrites.with({}),
  check(call, c) {
    const source = argumentOf(call, 1);
    const type = c.typeOf(source);
    const length = c.literal(call.args[2]!);
    const most = mostBytes(type, c);
    if (!isValue(type) && !asInteger(type) && type.kind !== 'pointer' && !(type.kind === 'none' && c.settling)) c.report(say.noWrittenBytes.at(source.span, { type: spellType(type) }));
    if (typeof length === 'bigint' && (length < 1n || length > BigInt(most))) c.report(say.badWrittenLength.at(call.args[2]!.span, { most, given: length }));
    return bool;
  },
  lower(call, l) {
    const source = argumentOf(call, 1);
    const type = l.typeOf(source);
    const literal = l.literal(call.args[2]!);
    const most = mostBytes(type, l);
    const address = l.value(argumentOf(call, 0));
    if (typeof literal === 'bigint') return write(call, l, address, source, Number(literal), l.b.const(literal));
    const length = l.value(argumentOf(call, 2), uint64);
    return l.select('ugt', length, most, () => l.b.const(0), () => l.select('ugt', length, 0, () => write(call, l, address, source, most, length), () => l.b.const(0)));
  },
});

/** that can be written of a source of this type */
function mostBytes(type: Type, { config }: Pick<CheckContext, 'config'>): number {
  const most = config.number('max_strlen');
  return isValue(type) ? Math.min(sizeInC(type), most) : most;
}

/** @param capacity  the greatest `length` */
function write(call: Call, l: LowerContext, address: Value, source: Expression, capacity: number, length: Value): Value {
  const { b } = l;
  const send = (from: Value): Value => b.compare('eq', b.call('probe_write_user', [address, from, length], s64), 0);
  const type = l.typeOf(source);
  if (type.kind === 'string' || (isValue(type) && l.isDirect(source))) return send(addressOfPlace(b, l.place(source)));
  const bytes: Place = l.temporary({ kind: 'array', of: uint8, count: capacity }, 'written');
  const from = type.kind === 'array' ? l.addressOf(source) : l.value(source);
  const result = l.probeRead(bytes, from, spaceOf(source, l), call.span, length);
  return l.select('eq', result, 0, () => send(addressOfPlace(b, bytes)), () => b.const(0));
}

export const unwatch = defineFunction({
  name: 'unwatch', mode: 'A', doc: 'Does nothing: a watchpoint stays until the script ends.',
  params: [{ name: 'addr', accepts: 'integer', doc: 'address' }],
  check(call, c) {
    c.report(say.unwatchIdle.at(call.span, {}));
    return voidType;
  },
  lower: (call, l) => void l.value(argumentOf(call, 0)),
});
