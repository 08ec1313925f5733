// Where a value lies: in memory that loads may touch, in traced memory behind an address, or in the probe's context.
//
//   idea   `a->b.c[2].d` is one address and one sum of offsets; nothing is read before the end of the chain is known

import { type Value, pointer, u64 } from '../../model/ir/ir.js';
import type { Expression, Index, Member } from '../../model/syntax/nodes.js';
import { placeElements, sizeInC, sizeOf } from '../../model/types/size.js';
import { type AddressSpace, type StructMember, type StructType, type Type, findMember, uint64 } from '../../model/types/types.js';
import { type AccessWidth, accessWidth } from '../../language/access-width.js';
import type { Place, ProbeArgument } from '../../language/record.js';
import { convertScalar, isScalar, isSigned, widthOf } from './convert.js';
import type { Lowering } from './lowering.js';
import { syscallArgument, syscallNumber } from './syscalls.js';
import { asNumber, isTypedMemory, pointerBase, throughIndex, throughMember } from './typed-pointer.js';
import { storeBytes } from './lowering.js';

export type Location =
  /** directly accessible. asInC, as it always is behind an address: a part of a struct or array, where an enum has the width C gives it */
  | { readonly kind: 'direct'; readonly base: Value; readonly offset: number; readonly type: Type; readonly bitfield?: StructMember['bitfield']; readonly asInC?: boolean }
  /** behind probe_read */
  | { readonly kind: 'remote'; readonly address: Value; readonly offset: number; readonly space: AddressSpace; readonly type: Type; readonly bitfield?: StructMember['bitfield']; readonly asInC?: boolean }
  /** an argument of the probe */
  | { readonly kind: 'argument'; readonly argument: ProbeArgument; readonly type: Type }
  /** only to be had by evaluating the expression */
  | { readonly kind: 'value'; readonly type: Type };

export function locate(l: Lowering, e: Expression): Location {
  const type = l.typeOf(e);
  switch (e.kind) {
    case 'variable': {
      const info = l.program.variables.get(e)!;
      if (l.f.cell(info)) return { kind: 'value', type };
      return { kind: 'direct', ...l.f.variable(info), type: info.type };
    }
    case 'unary': {
      if (e.op !== '*') return { kind: 'value', type };
      const object = l.typeOf(e.operand);
      if (object.kind === 'context') return locate(l, e.operand);
      return behind(l, e.operand, object, type);
    }
    case 'member': return locateMember(l, e, type);
    case 'tuple-index': {
      const object = l.typeOf(e.object);
      if (object.kind !== 'tuple') return { kind: 'value', type };
      return inside(l, e.object, placeElements(object.elements).offsets[e.index]!, object.elements[e.index]!);
    }
    case 'index': return locateIndex(l, e, type);
    default: return { kind: 'value', type };
  }
}

/** What a pointer (or a number taken for an address) points at. */
function behind(l: Lowering, pointerExpression: Expression, pointerType: Type, type: Type): Location {
  const { kind, value: address } = pointerBase(l, pointerExpression);
  if (kind === 'typed') return { kind: 'direct', base: address, offset: 0, type };
  const own = pointerType.kind === 'pointer' || pointerType.kind === 'int' ? pointerType.space : undefined;
  return { kind: 'remote', address, offset: 0, space: own ?? l.probe.record.addressSpace, type };
}

/** Memory that any load may touch: neither the context nor what the verifier knows the type of. */
export function isLoadable(l: Lowering, where: Location): where is Extract<Location, { kind: 'direct' }> {
  return where.kind === 'direct' && where.base !== l.context && !isTypedMemory(where);
}

/** A part of a value that lies in memory anyway: the object is located (or put into memory) first. */
function inside(l: Lowering, object: Expression, offset: number, type: Type, bitfield?: StructMember['bitfield'], through: (where: Location) => Location = (w) => w): Extract<Location, { kind: 'direct' | 'remote' }> {
  const where = through(locate(l, object));
  const { kind } = l.typeOf(object);
  const asInC = kind === 'struct' || kind === 'array';
  if (where.kind === 'direct' || where.kind === 'remote') return { ...where, offset: where.offset + offset, type, bitfield, asInC };
  if (where.kind === 'argument' && where.argument.source.kind === 'context') {
    return { kind: 'direct', base: l.context, offset: where.argument.source.offset + offset, type, bitfield, asInC };
  }
  const place = l.place(object);
  return { kind: 'direct', base: place.base, offset: place.offset + offset, type, bitfield, asInC };
}

function locateMember(l: Lowering, e: Member, type: Type): Location {
  let objectType = l.typeOf(e.object);
  if (objectType.kind === 'context' && !objectType.struct) {
    return { kind: 'argument', argument: l.probe.arguments!.find((a) => a.name === e.field)!, type };
  }
  if (objectType.kind === 'record') {
    const index = objectType.fields.findIndex((f) => f.name === e.field);
    return inside(l, e.object, placeElements(objectType.fields.map((f) => f.type)).offsets[index]!, objectType.fields[index]!.type);
  }
  if (objectType.kind === 'context') {
    const member = findMember(objectType.struct!, e.field)!;
    return { kind: 'direct', base: l.context, offset: member.offset, type, bitfield: member.bitfield, asInC: true };
  }
  if (objectType.kind === 'struct') {
    const struct = l.finder.completed(objectType);
    const member = findMember(struct, e.field)!;
    return inside(l, e.object, member.offset, type, member.bitfield, (where) => throughMember(where, struct, e.field));
  }
  // pointers, through as many levels as there are
  let where: Location = objectType.kind === 'pointer' ? behind(l, e.object, objectType, objectType.to) : { kind: 'value', type };
  while (objectType.kind === 'pointer' && objectType.to.kind === 'pointer') {
    const inner: Type = objectType.to;
    const address = loadScalar(l, where, e);
    where = { kind: 'remote', address, offset: 0, space: inner.space, type: inner.to };
    objectType = inner;
  }
  const struct = objectType.kind === 'pointer' ? objectType.to : objectType;
  const definition = l.finder.completed(struct as StructType);
  const member = findMember(definition, e.field)!;
  where = throughMember(where, definition, e.field);
  if (where.kind !== 'direct' && where.kind !== 'remote') throw new Error('member of a value without place');
  return { ...where, offset: where.offset + member.offset, type, bitfield: member.bitfield, asInC: true };
}

function locateIndex(l: Lowering, e: Index, type: Type): Location {
  const object = l.typeOf(e.object);
  const literal = l.literal(e.index);
  if (object.kind === 'tuple') return inside(l, e.object, placeElements(object.elements).offsets[Number(literal)]!, type);
  if (object.kind === 'pointer') {
    const size = sizeInC(object.to);
    const where = behind(l, e.object, object, type);
    if (typeof literal === 'bigint') return { ...where, offset: Number(literal) * size } as Location;
    const index = l.value(e.index, uint64);
    const remote = throughIndex(l, where);
    if (remote.kind !== 'remote') throw new Error('index of a value without place');
    return { ...remote, address: l.b.add(remote.address, l.b.binary('mul', index, l.b.const(size), u64)) };
  }
  const element = object.kind === 'array' ? object.of : type;
  const size = object.kind === 'string' ? 1 : sizeInC(element);
  const isFlexible = object.kind === 'array' && object.count === 0;
  if (typeof literal === 'bigint') return inside(l, e.object, Number(literal) * size, type, undefined, (where) => (isFlexible ? throughIndex(l, where) : where));
  return dynamicIndex(l, e, object, size, type);
}

/** Neither a kernel nor a user address on any machine: a read there fails and gives 0. */
const NOWHERE = 1n << 63n;

/** An index known only at run time: bounds are tested, outside of them the value is 0. A flexible array has no bounds. */
function dynamicIndex(l: Lowering, e: Index, object: Type, size: number, type: Type): Location {
  const count = object.kind === 'array' ? object.count : object.kind === 'string' ? object.capacity : 0;
  // what is indexed is evaluated first, and once
  const indexed = inside(l, e.object, 0, object);
  const asked = l.value(e.index, uint64);
  if (asked.isConst && BigInt.asUintN(64, asked.constant) < BigInt(count)) return { ...indexed, offset: indexed.offset + Number(asked.constant) * size, type, asInC: true };
  const where = throughIndex(l, indexed);
  const stepped = (address: Value, offset: number): Value => l.b.add(l.b.add(address, offset), l.b.binary('mul', asked, l.b.const(size), u64));
  if (where.kind === 'remote' && count === 0) return { ...where, address: stepped(where.address, where.offset), offset: 0, type };
  const text = 'Array access out of bounds. This can lead to unexpected results.';
  if (asked.isConst) {
    const nothing = l.temporary(type, 'element');
    l.b.zero(nothing.base, nothing.offset, sizeOf(type));
    l.runtimeError({ kind: 'text', text }, e.span);
    return { kind: 'direct', base: nothing.base, offset: nothing.offset, type };
  }
  if (where.kind === 'remote') {
    const address = l.select('ult', asked, count, () => stepped(where.address, where.offset), () => {
      l.runtimeError({ kind: 'text', text }, e.span);
      return l.b.const(NOWHERE);
    });
    return { ...where, address, offset: 0, type };
  }
  const place = isLoadable(l, where) ? where : l.temporary(object, 'indexed');
  if (place !== where) copyLocation(l, where, place, e);
  const result = l.temporary(type, 'element');
  l.b.zero(result.base, result.offset, sizeOf(type));
  l.branch('ult', asked, count, () => {
    const from = l.b.add(place.base, l.b.binary('mul', asked, l.b.const(size), u64));
    if (isScalar(type)) storeScalar(l, { ...result, type }, l.b.load(from, place.offset, Math.min(size, widthOf(type)) as 1 | 2 | 4 | 8, isSigned(type)));
    else l.b.copy(result.base, result.offset, from, place.offset, size);
  }, () => l.runtimeError({ kind: 'text', text }, e.span));
  return { kind: 'direct', base: result.base, offset: result.offset, type };
}

function elementBytes(size: number): Type {
  return { kind: 'array', of: { kind: 'int', bits: 8, signed: false }, count: size };
}

export function storeScalar(l: Lowering, to: Place, value: Value): void {
  l.b.store(to.base, to.offset, memoryWidth(to.type), value);
}

/** Enums lie in kernel structs with the width C gave them. */
function memoryWidth(type: Type, inStruct = false): 1 | 2 | 4 | 8 {
  return inStruct && type.kind === 'enum' ? type.bytes : widthOf(type);
}

/** Loads the scalar at a location. */
export function loadScalar(l: Lowering, where: Location, e: Expression): Value {
  const { b } = l;
  const { type } = where;
  switch (where.kind) {
    case 'direct': {
      const width = memoryWidth(type, where.asInC);
      if ((isTypedMemory(where) || (where.base === l.context && l.probe.contextStruct)) && type.kind === 'pointer') {
        return asNumber(l, b.loadPointer(where.base, where.offset, pointer('btf', true)));
      }
      return bits(l, b.load(where.base, where.offset, width, isSigned(type) && !where.bitfield), where.bitfield, type);
    }
    case 'remote': {
      const width = memoryWidth(type, true);
      const to = l.temporary({ kind: 'int', bits: 64, signed: false }, 'read');
      l.probeRead({ ...to, type: elementBytes(width) }, where.offset === 0 ? where.address : b.add(where.address, where.offset), where.space, e.span);
      return bits(l, b.load(to.base, to.offset, width, isSigned(type) && !where.bitfield), where.bitfield, type);
    }
    case 'argument': return loadArgument(l, where.argument);
    case 'value': return l.value(e);
  }
}

function bits(l: Lowering, word: Value, field: StructMember['bitfield'], type: Type): Value {
  if (!field) return word;
  const { b } = l;
  if (isSigned(type)) return b.binary('ashr', b.shl(word, 64 - field.shift - field.bits), b.const(64 - field.bits));
  return b.and(b.shr(word, field.shift), (1n << BigInt(field.bits)) - 1n);
}

function loadArgument(l: Lowering, argument: ProbeArgument): Value {
  const { source, type } = argument;
  const { b } = l;
  switch (source.kind) {
    case 'context': {
      // an argument of a system call may take more bytes than its type has: the value is in the lower ones
      const width = Math.min(source.size, memoryWidth(type, true)) as 1 | 2 | 4 | 8;
      return b.load(l.context, source.offset, width, isSigned(type));
    }
    case 'data_loc': {
      const word = b.load(l.context, source.offset, 4);
      const at = b.and(word, 0xffff);
      return b.add(b.add(l.context, source.relative ? source.offset + 4 : 0), at);
    }
    case 'word': return l.contextWord(source, type);
    case 'syscall': return convertScalar(b, syscallArgument(l, source.index), uint64, type);
    case 'syscall number': return convertScalar(b, syscallNumber(l), uint64, type);
  }
}

/** Puts an argument of the probe into memory of its type; of characters that lie in the record of a tracepoint, the text. */
export function argumentInto(l: Lowering, argument: ProbeArgument, to: Place, e: Expression): void {
  const { type, source } = argument;
  if (source.kind === 'data_loc' && to.type.kind === 'string') l.probeReadString(to, loadArgument(l, argument), 'kernel', { pad: true }, e.span);
  else if (isScalar(type)) storeScalar(l, to, loadArgument(l, argument));
  else if (sizeOf(type) > 0) copyLocation(l, { kind: 'argument', argument, type }, to, e);
}

/** Copies the aggregate at a location into memory of the same type. */
export function copyLocation(l: Lowering, where: Location, to: Place, e: Expression): void {
  const stored = where.type.kind === 'string' ? (where.type.stored ?? where.type.capacity) : sizeOf(where.type);
  const size = Math.min(stored, sizeOf(to.type));
  const wanted = Math.min(sizeOf(where.type), sizeOf(to.type));
  if (wanted > size) l.b.zero(to.base, to.offset + size, wanted - size);
  // a flexible array has no bytes, and no helper reads none
  if (size === 0) return;
  switch (where.kind) {
    case 'direct':
      if (where.base === l.context) copyContext(l, where.offset, to, size);
      else if (where.base.type.kind === 'ptr' && where.base.type.region === 'btf') l.probeRead({ ...to, type: elementBytes(size) }, l.b.add(where.base, where.offset), 'kernel', e.span);
      else l.b.copy(to.base, to.offset, where.base, where.offset, size);
      return;
    case 'remote':
      l.probeRead({ ...to, type: elementBytes(size) }, where.offset === 0 ? where.address : l.b.add(where.address, where.offset), where.space, e.span);
      return;
    case 'argument': {
      const { source } = where.argument;
      if (source.kind === 'context') copyContext(l, source.offset, to, size);
      else if (source.kind === 'word') copyWords(l, source.index, to, size);
      else throw new Error(`argument ${where.argument.name} has no bytes of its own`);
      return;
    }
    case 'value': throw new Error('value without place');
  }
}

/** A struct that is passed by value lies in whole words, which can only be loaded whole. */
function copyWords(l: Lowering, first: number, to: Place, size: number): void {
  for (let at = 0; at < size; at += 8) {
    let word = l.b.load(l.context, first * 8 + at, 8);
    for (let done = 0; done < Math.min(8, size - at);) {
      const width = accessWidth(to, at + done, Math.min(8, size - at) - done);
      l.b.store(to.base, to.offset + at + done, width, word);
      done += width;
      if (done < 8) word = l.b.shr(word, width * 8);
    }
  }
}

/** The verifier wants context loads aligned to their own size, and stores to the stack. */
function copyContext(l: Lowering, offset: number, to: Place, size: number): void {
  for (let at = 0; at < size;) {
    let width = accessWidth(to, at, size - at);
    while ((offset + at) % width !== 0) width = (width / 2) as AccessWidth;
    l.b.store(to.base, to.offset + at, width, l.b.load(l.context, offset + at, width));
    at += width;
  }
}

export function isDirect(l: Lowering, e: Expression): boolean {
  if (e.kind === 'member' || e.kind === 'index' || e.kind === 'unary') {
    const object = e.kind === 'unary' ? e.operand : e.object;
    const type = l.typeOf(object);
    if (type.kind === 'pointer') return false;
    return isDirect(l, object);
  }
  return true;
}

/** The address of an array or struct in traced memory. */
export function remoteAddress(l: Lowering, e: Expression): Value {
  const where = locate(l, e);
  if (where.kind === 'remote') return where.offset === 0 ? where.address : l.b.add(where.address, where.offset);
  const place = where.kind === 'direct' ? where : l.place(e);
  return place.offset === 0 ? place.base : l.b.add(place.base, place.offset);
}

export { storeBytes };
