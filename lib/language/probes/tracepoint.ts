// tracepoint: the kernel's static events, arguments by their format files.
//
//   facts  language.md 2.6 (address spaces), 3.2; a program of a classic tracepoint is not bound to one event, so a body that
//          needs neither arguments nor `probe` is loaded once and attached to every match

import { type ProbeArgument, type ProbeMatch, type ProbeRecord, type ResolveContext, type ResolvedProbe } from '../record.js';
import type { AttachPoint } from '../../model/syntax/nodes.js';
import type { TracepointField, TracepointFormat } from '../../model/target/target.js';
import { arithmeticNamed, isPlainChar } from '../../model/types/c-words.js';
import { sizeInC } from '../../model/types/size.js';
import { inSpace, pointerTo } from '../../model/types/space.js';
import { type Type, int8, uint8, voidType } from '../../model/types/types.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import { isForSeveral } from '../../model/target/pattern.js';
import { sorted } from '../listing.js';
import { declaredFields } from './declarations.js';
import { expectParts, noCategory, noEvent, refuse } from './diagnostics.js';
import { shareProgram } from './sharing.js';

/** bytes of the common fields, which BPF programs may not read */
const COMMON_BYTES = 8;

export const tracepoint: ProbeRecord = {
  name: 'tracepoint', aliases: ['t'], doc: 'A static event of the kernel.', syntax: 'tracepoint:category:event',
  programKind: 'tracepoint', needs: 'tracepoint', addressSpace: 'kernel', pidFilter: 'program', registers: false, returnValue: 1, namedArguments: true,
  facts: ([category = '*', event = '*'], target) => ({ tracepoints: target.matchTracepoints(category, event).flatMap((pair) => target.tracepoint(...pair) ?? []) }),
  // the events of a module are mostly in a category of its name (tracepoint:kvm:kvm_exit)
  modules: ([category = '']) => [category],
  listing: {
    scope: 'kernel',
    list(parts, { target }) {
      if (parts.length > 2) return undefined;
      const [category, event] = parts.length === 1 ? ['*', parts[0]!] : [parts[0]!, parts[1]!];
      const byLine = new Map(target.matchTracepoints(category, event).map((pair) => [`tracepoint:${pair[0]}:${pair[1]}`, pair]));
      return sorted(byLine.keys()).map((line) => ({ line, arguments: () => declaredFields(target, ...byLine.get(line)!) }));
    },
  },
  resolve(point, c) {
    const parts = point.parts.length === 2 && point.parts[1]!.includes('*') ? [point.parts[0]!, '*', point.parts[1]!] : point.parts;
    if (parts.length === 1) return refuse(c, point, noEvent.with({}));
    if (parts.length === 2) {
      const pair = c.target.matchTracepoints('*', parts[1]!)[0];
      if (pair) return refuse(c, point, noCategory.with({ near: `tracepoint:${pair.join(':')}` }));
    }
    if (!expectParts(c, { ...point, parts }, tracepoint, [2])) return [];
    const [, category, event] = parts as [string, string, string];
    const pairs = category.includes('*') || isForSeveral(event) ? c.target.matchTracepoints(category, event) : single(c, category, event);
    if (pairs.length === 0) return [];
    return programs(point, c, pairs);
  },
  similar(point, c) {
    const [, category = '', event = ''] = point.parts;
    const elsewhere = c.target.matchTracepoints('*', event)[0];
    const near = elsewhere?.join(':') ?? nearest(`${category}:${event}`, c.target.matchTracepoints('*', '*').map((pair) => pair.join(':')));
    return near === undefined ? undefined : `tracepoint:${near}`;
  },
};

function single(c: ResolveContext, category: string, event: string): readonly (readonly [string, string])[] {
  return c.target.tracepoint(category, event) ? [[category, event]] : [];
}

function programs(point: AttachPoint, c: ResolveContext, pairs: readonly (readonly [string, string])[]): readonly ResolvedProbe[] {
  const match = ([category, event]: readonly [string, string]): ProbeMatch => ({
    probe: point.label ?? `tracepoint:${category}:${event}`,
    attach: { kind: 'tracepoint', category, event },
  });
  if (!c.uses.args) {
    const section = pairs.length === 1 ? `tracepoint/${pairs[0]![0]}/${pairs[0]![1]}` : 'tracepoint';
    return shareProgram({ record: tracepoint, point, section }, pairs.map(match), c);
  }
  return pairs.flatMap((pair) => {
    const format = c.target.tracepoint(pair[0], pair[1]);
    if (!format) return [];
    return [{
      record: tracepoint, point, section: `tracepoint/${pair[0]}/${pair[1]}`, matches: [match(pair)], tracepoint: format,
      arguments: tracepointArguments(format, c), argumentsName: `struct _tracepoint_${pair[0]}_${pair[1]}`,
    }];
  });
}

type Types = Pick<ResolveContext, 'finder'>;

export function tracepointArguments(format: TracepointFormat, c: Types): ProbeArgument[] {
  // The pointers among a system call's arguments are user addresses, and so are arguments that the format file calls numbers.
  const space: 'kernel' | 'user' = format.category === 'syscalls' || format.category === 'raw_syscalls' ? 'user' : 'kernel';
  return format.fields.filter((field) => field.offset >= COMMON_BYTES).map((field): ProbeArgument => {
    if (field.dynamic) {
      const element = declared(withoutBounds(field.type.replace(/__(data|rel)_loc/, '')), c);
      const isText = element === undefined || isCharacter(element);
      return {
        name: field.name, type: pointerTo(isText ? int8 : element.type, 'kernel'),
        source: { kind: 'data_loc', offset: field.offset, relative: field.dynamic === 'rel_loc', isText },
      };
    }
    return lazyArgument(field.name, () => inSpace(fieldType(field, c), space), field.type.includes('*') ? space : 'nowhere', { kind: 'context', offset: field.offset, size: field.size, signed: field.signed });
  });
}

/** An argument whose type is found when it is asked for. Many events have a pointer to a structure of the kernel, whose types take long to read,
 *  and scripts use few of an event's arguments. */
export function lazyArgument(name: string, typeOf: () => Type, pointsTo: ProbeArgument['pointsTo'], source: ProbeArgument['source']): ProbeArgument {
  let type: Type | undefined;
  return { name, source, pointsTo, get type() { return (type ??= typeOf()); } };
}

/** Type of a field by its C declaration.
 *  facts  The declaration says what a value means, size and sign say what lies in the record. They differ in the records of system calls:
 *         each argument takes a register's 8 bytes, of which an `int` is the lower half. */
function fieldType(field: TracepointField, c: Types): Type {
  if (field.type.includes('*')) return pointerTo(pointee(field.type, c), 'kernel');
  const known = declared(withoutBounds(field.type), c);
  if (field.count !== undefined && field.count > 0) {
    const bytes = field.size / field.count;
    if (known && isCharacter(known)) return { kind: 'string', capacity: field.size };
    const of = known && sizeInC(known.type) === bytes ? known.type : integerOf(bytes, field.signed);
    if (of) return { kind: 'array', of, count: field.count };
  }
  if (known?.type.kind === 'struct') return known.type;
  if (known === undefined && field.names !== undefined && field.size <= 8) {
    // an enum of a module, or of a kernel without types, whose values the event's own print format names
    const name = /^(?:const )?enum (\w+)$/.exec(field.type)?.[1];
    if (name !== undefined) return { kind: 'enum', name, bytes: field.size as 1 | 2 | 4 | 8, members: field.names };
  }
  const scalar = known && (known.type.kind === 'int' || known.type.kind === 'enum' || known.type.kind === 'bool') ? known.type : undefined;
  if (scalar && (scalar.kind !== 'int' || sizeInC(scalar) < field.size)) return scalar;
  return integerOf(field.size, field.signed) ?? { kind: 'array', of: uint8, count: field.size };
}

function integerOf(bytes: number, signed: boolean): Type | undefined {
  return bytes === 1 || bytes === 2 || bytes === 4 || bytes === 8 ? { kind: 'int', bits: (bytes * 8) as 8 | 16 | 32 | 64, signed } : undefined;
}

interface Declared { readonly type: Type; readonly words: readonly string[] }

/** The type that a declaration without pointers and bounds names; undefined where nobody knows it. */
function declared(declaration: string, c: Types): Declared | undefined {
  const words = declaration.split(/\s+/).filter((word) => word !== '' && word !== 'const' && word !== 'volatile');
  const [first, second] = words;
  const type = first === 'struct' || first === 'union' ? c.finder.struct(second ?? '', first)
    : first === 'enum' ? c.finder.enum(second ?? '')
    : arithmeticNamed(words) ?? (words.length === 1 ? c.finder.named(first!) : undefined);
  return type && { type, words };
}

function withoutBounds(declaration: string): string {
  return declaration.replace(/\[.*/, '');
}

/** Only plain `char` is text: other bytes (`u8`, `signed char`) are numbers. */
function isCharacter({ words }: Declared): boolean {
  return isPlainChar(words);
}

/** What `const char *` or `struct foo *` points at. */
function pointee(declaration: string, c: Types): Type {
  const stars = declaration.split('*').length - 1;
  const bare = declaration.replaceAll('*', ' ').replace(/\b(const|volatile|__user|__kernel)\b/g, ' ').trim().replace(/\s+/g, ' ');
  let type: Type = voidType;
  const tagged = /^(struct|union) (\w+)$/.exec(bare);
  const known = declared(bare, c)?.type;
  if (known && known.kind !== 'none') type = known;
  else if (tagged) type = { kind: 'struct', tag: tagged[1] as 'struct' | 'union', name: tagged[2]!, size: 0 };
  for (let i = 1; i < stars; i++) type = pointerTo(type, 'kernel');
  return type;
}
