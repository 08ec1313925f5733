// Functions that user space carries out in order: print, clear, zero, exit, time, join.

import type { Call, Expression } from '../../model/syntax/nodes.js';
import { placeElements } from '../../model/types/size.js';
import { type Type, int64, spellType, string, voidType } from '../../model/types/types.js';
import { asInteger } from '../../model/types/promote.js';
import { argumentsRecord } from '../arguments-record.js';
import { aggregates } from '../aggregates/index.js';
import * as say from '../diagnostics.js';
import type { CheckContext, EventArgument, LowerContext } from '../record.js';
import type { EventHandler } from '../services.js';
import { argumentOf, defineFunction } from './define.js';
import { spaceOf } from './memory.js';

/** after: clear() or zero() of the same map, done in the same step as the print */
interface MapData { readonly map: string; readonly top: number; readonly divisor: number; readonly after?: 'clear' | 'zero' }

function literalNumber(c: Pick<CheckContext, 'literal'>, call: Call, index: number): number {
  const value = call.args[index] && c.literal(call.args[index]);
  return typeof value === 'bigint' ? Number(value) : 0;
}

const isArguments = (type: Type): boolean => type.kind === 'context' && !type.struct;

/** `args` or `*args` as a record, straight into the event. */
function allArguments(args: Expression, l: LowerContext): EventArgument {
  const shown = l.probe.arguments ?? [];
  const { fields } = argumentsRecord(shown, l.config.number('max_strlen'));
  const { offsets } = placeElements(fields.map((field) => field.type));
  return {
    type: { kind: 'record', fields },
    into: (to) => shown.forEach((argument, i) => l.argumentInto(argument, { base: to.base, offset: to.offset + offsets[i]!, type: fields[i]!.type }, args)),
  };
}

export const print = defineFunction({
  name: 'print', mode: 'A', doc: 'Prints a value, or a whole map.',
  params: [
    { name: 'value', accepts: 'map or value', doc: 'a map or any value' },
    { name: 'top', accepts: 'literal integer', optional: true, doc: 'print only the last so many elements of a map' },
    { name: 'div', accepts: 'literal integer', optional: true, doc: 'divide the numbers of a map by this' },
  ],
  check(call, c) {
    const first = argumentOf(call, 0);
    if (first.kind === 'map') {
      const { value } = c.mapTypes(first.name);
      if (value?.kind === 'aggregate' && value.name === 'stats' && call.args.length > 1) {
        c.report(say.printOfStats.at(call.span, {}));
      }
      return voidType;
    }
    if (call.args.length > 1) {
      c.report(say.printOfValue.at(call.span, { given: call.args.length }));
      return voidType;
    }
    const map = c.mapOf(first);
    const element = map && c.mapTypes(map.name).value;
    if (element?.kind === 'aggregate' && !aggregates.get(element.name)!.castable) {
      c.report(say.printOfElement.at(first.span, { type: spellType(element) }));
      return voidType;
    }
    const type = c.typeOf(first);
    if (isArguments(type)) return voidType;
    if (['void', 'none', 'aggregate', 'context'].includes(type.kind)) {
      const report = type.kind === 'none' ? c.reportUntyped : c.report;
      report(say.notPrintable.at(first.span, { type: spellType(type), isNumber: type.kind === 'none' && type.bytes !== undefined }));
    }
    return voidType;
  },
  lower(call, l) {
    const first = argumentOf(call, 0);
    if (first.kind === 'map') {
      const data: MapData = { map: l.mapSpec(first.name).name, top: literalNumber(l, call, 1), divisor: literalNumber(l, call, 2), after: l.printsAndClears.after(call) };
      l.event('print', [], data, call.span);
    } else l.event('print', [isArguments(l.typeOf(first)) ? allArguments(first, l) : l.argument(first)], {}, call.span);
  },
  handler: (spec, services) => {
    const data = spec.data as Partial<MapData>;
    if (data.map !== undefined) {
      const map = services.map(data.map);
      return () => map.print(spec, data.top ?? 0, data.divisor ?? 0, data.after);
    }
    const recordAt = services.recordsOf(spec);
    return (view, offset, length) => services.emit({ type: 'value', spec, record: recordAt(view, offset, length) });
  },
});

/** Readers of the output make names of their own from it: types, files, labels of metrics. */
const EMITTED_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

export const emit = defineFunction({
  name: 'emit', mode: 'A', doc: 'Sends a record under a name to programs: an event of the library, an object of -f json.',
  params: [
    { name: 'name', accepts: 'literal string', doc: 'a word; events of one name have the same fields' },
    { name: 'record', accepts: 'record', doc: '`(pid = pid, path = str(args.filename))`, or `args`' },
  ],
  check(call, c) {
    const [name, record] = [argumentOf(call, 0), argumentOf(call, 1)];
    const word = c.literal(name);
    if (typeof word === 'string' && !EMITTED_NAME.test(word)) c.report(say.emittedName.at(name.span, { name: word }));
    const type = c.typeOf(record);
    if (type.kind === 'record' || isArguments(type)) return voidType;
    const report = type.kind === 'none' ? c.reportUntyped : c.report;
    report(say.emittedRecord.at(record.span, { type: spellType(type) }));
    return voidType;
  },
  lower(call, l) {
    const record = argumentOf(call, 1);
    l.event('emit', [isArguments(l.typeOf(record)) ? allArguments(record, l) : l.argument(record)], { name: l.literal(argumentOf(call, 0)) }, call.span);
  },
  handler: (spec, services) => {
    const { name } = spec.data as { readonly name: string };
    const recordAt = services.recordsOf(spec);
    return (view, offset, length) => services.emit({ type: 'emit', spec, record: recordAt(view, offset, length), name });
  },
});

function wholeMap(name: 'clear' | 'zero', doc: string, handler: EventHandler): ReturnType<typeof defineFunction> {
  return defineFunction({
    name, mode: 'A', doc,
    params: [{ name: 'map', accepts: 'map', doc: 'the map' }],
    check(call, c) {
      const first = argumentOf(call, 0);
      if (first.kind !== 'map') c.report(say.wholeMapOnly.at(first.span, { name }));
      return voidType;
    },
    lower(call, l) {
      const first = argumentOf(call, 0);
      if (first.kind === 'map' && !l.printsAndClears.isDone(call)) l.event(name, [], { map: l.mapSpec(first.name).name }, call.span);
    },
    handler,
  });
}

export const clear = wholeMap('clear', 'Deletes every element of a map.', (spec, services) => {
  const map = services.map((spec.data as MapData).map);
  return () => map.clear();
});

export const zero = wholeMap('zero', 'Sets every element of a map to zero; the keys stay.', (spec, services) => {
  const map = services.map((spec.data as MapData).map);
  return () => map.zero();
});

export const exit = defineFunction({
  name: 'exit', mode: 'A', doc: 'Ends tracing. End probes run and maps are printed.',
  params: [{ name: 'code', accepts: 'integer', optional: true, doc: 'exit status of tbpf, default 0' }],
  check: () => voidType,
  lower(call, l: LowerContext) {
    const status = call.args.length > 0 ? l.value(argumentOf(call, 0) as Expression, int64) : undefined;
    const args: EventArgument[] = status ? [{ type: int64, into: (to) => l.b.store(to.base, to.offset, 8, status) }] : [];
    l.markExit();
    l.event('exit', args, {}, call.span, { urgent: true, unsent: () => l.leaveExitStatus(status ?? l.b.const(0)) });
    l.leave();
  },
  handler: (spec, services) => {
    const read = services.recordReader(spec.layout);
    return (view, offset, length) => {
      const [status] = read(view, offset, length);
      services.exit(status === undefined ? 0 : Number(BigInt.asUintN(8, BigInt(status as bigint))));
    };
  },
});

export const time = defineFunction({
  name: 'time', mode: 'A', doc: 'Prints the wall-clock time.',
  params: [{ name: 'fmt', accepts: 'literal string', optional: true, doc: 'format as strftime(3) knows it, default "%H:%M:%S\\n"' }],
  check: () => voidType,
  lower(call, l) {
    l.event('time', [], { format: call.args.length > 0 ? l.literal(call.args[0]!) : '%H:%M:%S\n' }, call.span);
  },
  handler: (spec, services) => {
    const { format } = spec.data as { format: string };
    const recordAt = services.recordsOf(spec);
    return (view, offset, length) => services.emit({ type: 'time', spec, record: recordAt(view, offset, length), format, epochNs: services.nowNs() });
  },
});

/** Arguments and bytes of each that join() reads. */
const JOIN_ARGUMENTS = 16;
const JOIN_BYTES = 1024;

export const join = defineFunction({
  name: 'join', mode: 'A', doc: 'Prints the strings of an array of char pointers (as argv) on one line.',
  params: [
    { name: 'arr', accepts: 'integer or pointer', doc: 'array of char *, ended by NULL' },
    { name: 'sep', accepts: 'literal string', optional: true, doc: 'text between the strings, default one space' },
  ],
  check: () => voidType,
  lower(call, l) {
    const array = argumentOf(call, 0);
    const space = spaceOf(array, l);
    const address = l.value(array);
    const separator = call.args.length > 1 ? String(l.literal(call.args[1]!)) : ' ';
    const types: Type[] = Array.from({ length: JOIN_ARGUMENTS }, () => string(JOIN_BYTES));
    // an empty string ends the list: what follows it is not read
    const one = l.temporary({ kind: 'int', bits: 64, signed: false }, 'join.pointer');
    const ended = l.temporary({ kind: 'int', bits: 64, signed: false }, 'join.ended');
    l.b.store(ended.base, ended.offset, 8, 0);
    const args = types.map((t, i) => ({
      type: t,
      into: () => undefined,
      givesLength: true,
      dynamicInto(to: Parameters<typeof l.into>[1]) {
        return l.select('ne', l.b.load(ended.base, ended.offset, 8), 0, () => l.b.const(0), () => {
          l.probeRead(one, l.b.add(address, i * 8), space, call.span);
          const got = l.probeReadString(to, l.b.load(one.base, one.offset, 8), space, { pad: false }, call.span);
          return l.select('sle', got, 1, () => {
            l.b.store(ended.base, ended.offset, 8, 1);
            return l.b.const(0);
          }, () => l.b.sub(got, 1));
        });
      },
    }));
    l.event('join', args, { separator }, call.span);
  },
  handler: (spec, services) => {
    const { separator } = spec.data as { separator: string };
    const recordAt = services.recordsOf(spec);
    return (view, offset, length) => {
      const record = recordAt(view, offset, length);
      const strings = record.values() as readonly string[];
      const end = strings.indexOf('');
      services.emit({ type: 'join', spec, record, words: strings.slice(0, end < 0 ? strings.length : end), separator });
    };
  },
});

export { asInteger };
