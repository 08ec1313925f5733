// Finds where the value of an expression lies (location.ts).
//
//   idea   `a->b.c[2].d` is one address and one sum of offsets; nothing is read before the end of the chain is known

import { bug } from '../../../model/diagnostics/errors.js';
import { type Value, pointer, u64 } from '../../../model/ir/ir.js';
import type { Expression, Index, Member } from '../../../model/syntax/nodes.js';
import { placeElements, sizeInC, sizeOf } from '../../../model/types/size.js';
import { type StructMember, type StructType, type Type, findMember, uint64, isSigned } from '../../../model/types/types.js';
import type { Lowerer } from '../context.js';
import { isScalar, widthOf } from '../values/convert.js';
import { copyLocation, loadScalar } from './load.js';
import { type Location, isLoadable, isTypedAddress, isTypedMemory } from './location.js';
import { addressOfPlace } from '../../../language/place.js';
import { storeScalar } from './place.js';
import { isTypedWord } from '../../../language/known-objects.js';
import { movableArgument, movableMember } from './movable.js';
import { loadWord, throughIndex, throughMember } from './typed-pointer.js';

export function locate(l: Lowerer, e: Expression): Location {
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
      if (object.kind === 'context') return { kind: 'argument', argument: l.probe.arguments!.find((a) => a.name === `arg${e.index}`)!, type };
      if (object.kind !== 'tuple') return { kind: 'value', type };
      return inside(l, e.object, placeElements(object.elements).offsets[e.index]!, object.elements[e.index]!);
    }
    case 'index': return locateIndex(l, e, type);
    default: return { kind: 'value', type };
  }
}

/** What a pointer (or a number taken for an address) points at. */
function behind(l: Lowerer, pointerExpression: Expression, pointerType: Type, type: Type): Location {
  const { kind, value: address } = pointerBase(l, pointerExpression);
  if (kind === 'typed') return { kind: 'direct', base: address, offset: 0, type };
  const own = pointerType.kind === 'pointer' || pointerType.kind === 'int' ? pointerType.space : undefined;
  return { kind: 'remote', address, offset: 0, space: own ?? l.probe.record.addressSpace, type };
}

/** A part of a value that lies in memory anyway: the object is located (or put into memory) first. */
function inside(l: Lowerer, object: Expression, offset: number, type: Type, bitfield?: StructMember['bitfield'], through: (where: Location) => Location = (w) => w): Extract<Location, { kind: 'direct' | 'remote' }> {
  const where = through(locate(l, object));
  const { kind } = l.typeOf(object);
  const asInC = kind === 'struct' || kind === 'array';
  if (where.kind === 'direct' || where.kind === 'remote') return { ...where, offset: where.offset + offset, type, bitfield, asInC };
  if (where.kind === 'argument' && where.argument.source.kind === 'context') {
    return { kind: 'direct', base: l.context, offset: where.argument.source.offset + offset, type, bitfield, asInC, argument: movableArgument(l, where.argument.name) };
  }
  const place = l.place(object);
  return { kind: 'direct', base: place.base, offset: place.offset + offset, type, bitfield, asInC };
}

function locateMember(l: Lowerer, e: Member, type: Type): Location {
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
    return memberIn(l, inside(l, e.object, 0, objectType, undefined, (where) => throughMember(where, struct, e.field)), struct, e.field, type);
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
  where = throughMember(where, definition, e.field);
  if (where.kind !== 'direct' && where.kind !== 'remote') bug('lower', 'member of a value without place');
  return memberIn(l, where, definition, e.field, type);
}

/** @param type  of the member, where it lies */
function memberIn(l: Lowerer, where: Extract<Location, { kind: 'direct' | 'remote' }>, struct: StructType, name: string, type: Type): Location {
  const moved = movableMember(l, where, struct, name);
  if (moved) return { ...moved, type };
  const { offset, bitfield } = findMember(struct, name)!;
  return { ...where, offset: where.offset + offset, type, bitfield, asInC: true };
}

function locateIndex(l: Lowerer, e: Index, type: Type): Location {
  const object = l.typeOf(e.object);
  const literal = l.literal(e.index);
  if (object.kind === 'tuple') return inside(l, e.object, placeElements(object.elements).offsets[Number(literal)]!, type);
  if (object.kind === 'pointer') {
    const size = sizeInC(object.to);
    const where = behind(l, e.object, object, type);
    if (typeof literal === 'bigint') return { ...where, offset: Number(literal) * size } as Location;
    const index = l.value(e.index, uint64);
    const remote = throughIndex(l, where);
    if (remote.kind !== 'remote') bug('lower', 'index of a value without place');
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
function dynamicIndex(l: Lowerer, e: Index, object: Type, size: number, type: Type): Location {
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
    if (isScalar(type)) storeScalar(l.b, { ...result, type }, l.b.load(from, place.offset, Math.min(size, widthOf(type)) as 1 | 2 | 4 | 8, isSigned(type)));
    else l.b.copy(result.base, result.offset, from, place.offset, size);
  }, () => l.runtimeError({ kind: 'text', text }, e.span));
  return { kind: 'direct', base: result.base, offset: result.offset, type };
}

export function isDirect(l: Lowerer, e: Expression): boolean {
  if (e.kind === 'member' || e.kind === 'index' || e.kind === 'unary') {
    const object = e.kind === 'unary' ? e.operand : e.object;
    const type = l.typeOf(object);
    if (type.kind === 'pointer') return false;
    return isDirect(l, object);
  }
  return true;
}

/** The address of an array or struct in traced memory. */
export function remoteAddress(l: Lowerer, e: Expression): Value {
  const where = locate(l, e);
  if (where.kind === 'remote') return addressOfPlace(l.b, { base: where.address, offset: where.offset });
  return addressOfPlace(l.b, where.kind === 'direct' ? where : l.place(e));
}

/** What stands behind the pointer `e` is reached by loads ('typed'), or by helpers from this address. */
function pointerBase(l: Lowerer, e: Expression): { readonly kind: 'typed' | 'address'; readonly value: Value } {
  const type = l.typeOf(e);
  if (!isKernelStruct(type)) return { kind: 'address', value: l.value(e) };
  if (e.kind === 'identifier' && e.name === 'retval' && isTypedWord(l.probe.returnSource)) return { kind: 'typed', value: loadWord(l, l.probe.returnSource) };
  if (e.kind !== 'member') return { kind: 'address', value: l.value(e) };
  const where = locate(l, e);
  if (where.kind === 'argument' && isTypedWord(where.argument.source)) return { kind: 'typed', value: loadWord(l, where.argument.source) };
  if (where.kind === 'direct' && where.base === l.context && l.probe.contextStruct) {
    const { object } = l.f;
    if (object?.offset === where.offset) return { kind: 'typed', value: object.value };
  }
  if (where.kind === 'direct' && isTypedMemory(where)) return { kind: 'typed', value: l.b.loadPointer(where.base, where.offset, pointer('btf')) };
  return { kind: 'address', value: loadScalar(l, where, e) };
}

/** Address of a struct, or the pointer to one, that the verifier knows. */
export function objectPointer(l: Lowerer, e: Expression): Value | undefined {
  if (l.typeOf(e).kind === 'pointer') {
    const { kind, value } = pointerBase(l, e);
    return kind === 'typed' ? value : undefined;
  }
  const where = locate(l, e);
  // only the address is wanted, so that members of unions are as good as others
  if (where.kind === 'remote' && isTypedAddress(where.address)) return addressOfPlace(l.b, { base: where.address, offset: where.offset });
  if (where.kind !== 'direct' || !isTypedMemory(where)) return undefined;
  return addressOfPlace(l.b, where);
}

function isKernelStruct(type: Type): boolean {
  return type.kind === 'pointer' && type.space !== 'user' && type.to.kind === 'struct' && type.to.size > 0;
}
