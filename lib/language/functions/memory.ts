// Reading memory: str, buf, kptr, uptr, reg, kaddr.

import type { Call, Expression } from '../../model/syntax/nodes.js';
import { type AddressSpace, type Type, spellType, string, uint64, uint8 } from '../../model/types/types.js';
import { sizeInC } from '../../model/types/size.js';
import { inSpace, pointerTo } from '../../model/types/space.js';
import { asInteger } from '../../model/types/promote.js';
import type { Value } from '../../model/ir/ir.js';
import type { Message } from '../../model/diagnostics/diagnostic.js';
import * as say from '../diagnostics.js';
import { memorySpace } from '../memory-space.js';
import { addressOfPlace } from '../place.js';
import type { CheckContext, LowerContext, Place } from '../record.js';
import { registerOffset } from '../registers.js';
import { argumentOf, defineFunction } from './define.js';

/** Where an address points, by its type or by default of the probe; of an array, where its bytes lie. */
export function spaceOf(e: Expression, l: Pick<LowerContext, 'probe' | 'typeOf'>): AddressSpace {
  const type = l.typeOf(e);
  if (type.kind === 'array') return memorySpace(e, (inner) => l.typeOf(inner)) ?? 'kernel';
  return (type.kind === 'pointer' || type.kind === 'int' ? type.space : undefined) ?? l.probe.record.addressSpace;
}

/** Capacity of str(): literal length n gives string[n + 1] of which n - 1 characters are used (language.md 2.3). */
function strCapacity(call: Call, c: Pick<CheckContext, 'literal' | 'config'>): { capacity: number; wrong?: Message; warning?: Message } {
  const most = c.config.number('max_strlen');
  const length = call.args[1] && c.literal(call.args[1]);
  if (typeof length !== 'bigint') return { capacity: most };
  if (length < 0n) return { capacity: most, wrong: say.negativeStringLength.with({ length }) };
  if (length > BigInt(most)) return { capacity: most, warning: say.lengthShortened.with({ length, most }) };
  return { capacity: Number(length) + 1 };
}

/** Bytes to read, NUL included: the literal length, or the value of an expression bounded by the capacity. */
function readSize(call: Call, l: LowerContext, capacity: number): Value | undefined {
  const length = call.args[1];
  if (!length) return undefined;
  const literal = l.literal(length);
  if (typeof literal === 'bigint') return l.b.const(literal > BigInt(capacity) ? capacity : Math.max(1, Number(literal)));
  const value = l.value(argumentOf(call, 1), uint64);
  return l.select('ugt', value, capacity, () => l.b.const(capacity), () => value);
}

export const str = defineFunction({
  name: 'str', mode: 'S', doc: 'Reads a NUL-terminated string.',
  params: [
    { name: 'p', accepts: 'any', doc: 'address of the string' },
    { name: 'len', accepts: 'integer', optional: true, doc: 'most bytes to read, NUL included; default max_strlen' },
  ],
  check(call, c) {
    const type = c.typeOf(call.args[0]!);
    const { capacity, wrong, warning } = strCapacity(call, c);
    if (wrong) c.report(wrong.at(call.args[1]!.span));
    if (type.kind === 'string') {
      if (warning) c.report(warning.at(call.args[1]!.span));
      return call.args[1] && capacity < type.capacity ? string(capacity) : type;
    }
    const fine = asInteger(type) || type.kind === 'pointer' || type.kind === 'array';
    if (!fine && !(type.kind === 'none' && c.settling)) c.report(say.noStringAddress.at(call.args[0]!.span, { type: spellType(type) }));
    if (warning) c.report(warning.at(call.args[1]!.span));
    return string(capacity);
  },
  lowerInto(call, l, to) {
    const argument = argumentOf(call, 0);
    const type = l.typeOf(argument);
    const capacity = to.type.kind === 'string' ? to.type.capacity : 0;
    if (type.kind === 'string') {
      if (!call.args[1]) return l.into(argument, to);
      // A string that fills its place has no NUL. bpf_probe_read_kernel_str writes one in place of the last byte it reads, so one more is read.
      l.probeReadString(to, addressOfPlace(l.b, l.place(argument)), 'kernel', { pad: true, size: readSize(call, l, Math.min(capacity, type.capacity + 1)) }, call.span);
      return;
    }
    if (!showsTruncation(call, l)) {
      l.probeReadString(to, addressOf(call, l), spaceOf(argument, l), { pad: true, size: readSize(call, l, capacity) }, call.span);
      return;
    }
    const wider = l.temporary(string(capacity + 1), 'str');
    l.probeReadString(wider, addressOf(call, l), spaceOf(argument, l), { pad: true }, call.span);
    l.b.copy(to.base, to.offset, wider.base, wider.offset, capacity);
  },
  lowerDynamic(call, l, to) {
    const argument = argumentOf(call, 0);
    const capacity = to.type.kind === 'string' ? to.type.capacity : 0;
    const address = addressOf(call, l);
    const size = showsTruncation(call, l) ? l.b.const(capacity + 1) : readSize(call, l, capacity);
    return l.probeReadString(to, address, spaceOf(argument, l), { pad: false, size }, call.span);
  },
});

/** Below this, str() reads one byte more than its type holds, so that a cut string has no NUL and shows as cut (language.md 2.3). */
const FULL_STRLEN = 1024;

function showsTruncation(call: Call, l: Pick<LowerContext, 'config'>): boolean {
  return !call.args[1] && l.config.number('max_strlen') < FULL_STRLEN;
}

function addressOf(call: Call, l: LowerContext): Value {
  const argument = argumentOf(call, 0);
  return l.typeOf(argument).kind === 'array' ? l.addressOf(argument) : l.value(argument);
}

export const buf = defineFunction({
  name: 'buf', mode: 'S', doc: 'Copies raw bytes.',
  params: [
    { name: 'p', accepts: 'any', doc: 'address, array or string' },
    { name: 'len', accepts: 'integer', optional: true, doc: 'bytes; may be left out for arrays and strings' },
  ],
  check(call, c) {
    const type = c.typeOf(call.args[0]!);
    const fine = asInteger(type) || type.kind === 'pointer' || type.kind === 'array' || type.kind === 'string';
    const most = c.config.number('max_strlen') - 4;
    if (!fine) {
      if (!(type.kind === 'none' && c.settling)) c.report(say.noBufferAddress.at(call.args[0]!.span, { type: spellType(type) }));
      return { kind: 'buffer', capacity: most };
    }
    // a flexible array member is an address: its type has no bytes
    const hasBytes = type.kind === 'string' || (type.kind === 'array' && type.count > 0);
    if (!call.args[1]) {
      if (!hasBytes) c.report(say.noBufferLength.at(call.span, { type: spellType(type) }));
      return { kind: 'buffer', capacity: Math.min(most, sizeInC(type)) };
    }
    const length = c.literal(call.args[1]);
    // A value has as many bytes as its type; a larger length is cut.
    const there = hasBytes ? Math.min(most, sizeInC(type)) : most;
    if (typeof length === 'bigint' && length < 0n) c.report(say.negativeBufferLength.at(call.args[1].span, { length }));
    return { kind: 'buffer', capacity: typeof length === 'bigint' && length < BigInt(there) ? Math.max(0, Number(length)) : there };
  },
  lowerInto(call, l, to) {
    const argument = argumentOf(call, 0);
    const type = l.typeOf(argument);
    const capacity = to.type.kind === 'buffer' ? to.type.capacity : 0;
    const bytes: Place = { base: to.base, offset: to.offset + 4, type: { kind: 'array', of: uint8, count: capacity } };
    const own = (l.typeOf(call) as Extract<Type, { kind: 'buffer' }>).capacity;
    const literal = call.args[1] && l.literal(call.args[1]);
    const isVarying = call.args[1] !== undefined && typeof literal !== 'bigint';
    // Arguments are evaluated in the order of the script: the address before the length.
    const from = type.kind === 'string' || (type.kind === 'array' && l.isDirect(argument)) ? l.place(argument) : addressOf(call, l);
    let length: Value;
    if (isVarying) {
      const asked = l.value(argumentOf(call, 1), uint64);
      length = l.select('ugt', asked, own, () => l.b.const(own), () => asked);
      l.b.zero(bytes.base, bytes.offset, capacity);
    } else {
      length = l.b.const(own);
      if (capacity > own) l.b.zero(bytes.base, bytes.offset + own, capacity - own);
    }
    l.b.store(to.base, to.offset, 4, length);
    if (own === 0) return;
    if (!('base' in from)) l.probeRead(bytes, from, spaceOf(argument, l), call.span, length);
    else if (isVarying) l.probeRead(bytes, addressOfPlace(l.b, from), 'kernel', call.span, length);
    else l.b.copy(bytes.base, bytes.offset, from.base, from.offset, own);
  },
});

function spaceFunction(name: 'kptr' | 'uptr', space: 'kernel' | 'user'): ReturnType<typeof defineFunction> {
  return defineFunction({
    name, mode: 'C', doc: `Says that an address is one of ${space} memory.`,
    params: [{ name: 'p', accepts: 'any', doc: 'integer or pointer' }],
    check(call, c) {
      const type = c.typeOf(call.args[0]!);
      if (type.kind === 'pointer') return pointerTo(inSpace(type.to, space), space);
      if (type.kind === 'int') return { ...type, space };
      if (!(type.kind === 'none' && c.settling)) c.report(say.noAddress.at(call.span, { name, type: spellType(type) }));
      return uint64;
    },
    lower: (call, l) => l.value(argumentOf(call, 0)),
  });
}

export const kptr = spaceFunction('kptr', 'kernel');
export const uptr = spaceFunction('uptr', 'user');

export const kaddr = defineFunction({
  name: 'kaddr', mode: 'C', doc: 'Address of a kernel symbol.',
  params: [{ name: 'name', accepts: 'literal string', doc: 'symbol of /proc/kallsyms' }],
  check(call, c) {
    const name = String(c.literal(call.args[0]!));
    const address = c.target.kernelSymbol(name);
    // a portable program looks for it where it runs
    if (!c.portable && (address === undefined || address === 0n)) c.report(say.unknownSymbol.at(call.span, { name, hidden: address === 0n }));
    return { ...uint64, space: 'kernel' };
  },
  lower(call, l) {
    const name = String(l.literal(call.args[0]!));
    return l.portable ? l.startValue(`kaddr ${name}`, 8) : l.b.const(l.target.kernelSymbol(name)!);
  },
});

export const reg = defineFunction({
  name: 'reg', mode: 'S', ofProbe: true, doc: 'A register at the moment the probe fired.',
  params: [{ name: 'name', accepts: 'literal string', doc: 'register name of the architecture' }],
  check(call, c) {
    const record = c.probe.record;
    if (!record.registers) c.report(say.noRegisters.at(call.span, { kind: record.name }));
    const name = String(c.literal(call.args[0]!));
    if (registerOffset(c.target.arch, name) === undefined) c.report(say.unknownRegister.at(call.span, { name, arch: c.target.arch }));
    return { ...uint64, space: record.addressSpace };
  },
  lower: (call, l) => l.register(String(l.literal(call.args[0]!))),
});
