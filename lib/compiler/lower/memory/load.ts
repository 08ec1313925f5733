// Loads and copies what lies at a location.

import { bug } from '../../../model/diagnostics/errors.js';
import { type Value, pointer } from '../../../model/ir/ir.js';
import type { Expression } from '../../../model/syntax/nodes.js';
import { sizeInC, sizeOf } from '../../../model/types/size.js';
import { type StructMember, type Type, uint64, uint8, isSigned } from '../../../model/types/types.js';
import { type AccessWidth, accessWidth } from '../../../language/access-width.js';
import type { Place, ProbeArgument } from '../../../language/record.js';
import type { Lowerer } from '../context.js';
import { convertScalar, isScalar, widthOf } from '../values/convert.js';
import { type Location, isTypedMemory } from './location.js';
import { addressOfPlace } from '../../../language/place.js';
import { storeScalar } from './place.js';
import { syscallArgument, syscallNumber } from './syscalls.js';
import { movableArgument } from './movable.js';
import { asNumber, contextWord } from './typed-pointer.js';
import { loadRegister, loadUsdtArgument } from './usdt.js';

type Remote = Extract<Location, { kind: 'remote' }>;
type Bitfield = NonNullable<StructMember['bitfield']>;

function elementBytes(size: number): Type {
  return { kind: 'array', of: uint8, count: size };
}

/** Enums lie in kernel structs with the width C gave them. */
function memoryWidth(type: Type, inStruct = false): 1 | 2 | 4 | 8 {
  return inStruct && type.kind === 'enum' ? type.bytes : widthOf(type);
}

/** Loads the scalar at a location. */
export function loadScalar(l: Lowerer, where: Location, e: Expression): Value {
  const { b } = l;
  const { type } = where;
  switch (where.kind) {
    case 'direct': {
      const width = memoryWidth(type, where.asInC);
      if (where.bitfield && isWide(where.bitfield, width)) return bits(l, bytesOfField(l, where, where.bitfield), where.bitfield, type);
      if ((isTypedMemory(where) || (where.base === l.context && l.probe.contextStruct)) && type.kind === 'pointer') {
        return asNumber(l, b.loadPointer(where.base, where.offset, pointer('btf', true)));
      }
      return bits(l, b.load(where.base, where.offset, width, isSigned(type) && !where.bitfield, where.argument), where.bitfield, type);
    }
    case 'remote': {
      const width = memoryWidth(type, true);
      const to = l.temporary({ kind: 'int', bits: 64, signed: false }, 'read');
      if (where.movedBits) return movedBits(l, where, where.movedBits, to, e);
      const field = where.bitfield && isWide(where.bitfield, width) ? where.bitfield : undefined;
      l.probeRead({ ...to, type: elementBytes(field ? bytesWithField(field) : width) }, addressOfPlace(b, { base: where.address, offset: where.offset }), where.space, e.span);
      if (field) return bits(l, bytesOfField(l, to, field), field, type);
      return bits(l, b.load(to.base, to.offset, width, isSigned(type) && !where.bitfield), where.bitfield, type);
    }
    case 'argument': return loadArgument(l, where.argument, e);
    case 'value': return l.value(e);
  }
}

/** A bitfield whose place is relocated. */
function movedBits(l: Lowerer, { address, offset, space, type }: Remote, { size, left, right }: NonNullable<Remote['movedBits']>, to: Place, e: Expression): Value {
  const { b } = l;
  b.zero(to.base, to.offset, 8);
  l.probeRead(to, addressOfPlace(b, { base: address, offset }), space, e.span, size);
  return b.binary(isSigned(type) ? 'ashr' : 'lshr', b.shl(b.load(to.base, to.offset, 8), left), right);
}

/** Whether a bitfield of a packed struct reaches beyond the width of its type. */
function isWide({ shift, bits }: Bitfield, width: number): boolean {
  return shift + bits > width * 8;
}

function bytesWithField({ shift, bits }: Bitfield): number {
  return Math.ceil((shift + bits) / 8);
}

/** The bytes that hold the bits, and no others: nothing behind them need be readable. */
function bytesOfField({ b }: Lowerer, { base, offset }: { readonly base: Value; readonly offset: number }, field: Bitfield): Value {
  let word = b.load(base, offset, 1, false);
  for (let i = 1; i < bytesWithField(field); i++) word = b.binary('or', word, b.shl(b.load(base, offset + i, 1, false), 8 * i));
  return word;
}

function bits(l: Lowerer, word: Value, field: StructMember['bitfield'], type: Type): Value {
  if (!field) return word;
  const { b } = l;
  if (isSigned(type)) return b.binary('ashr', b.shl(word, 64 - field.shift - field.bits), b.const(64 - field.bits));
  return b.and(b.shr(word, field.shift), (1n << BigInt(field.bits)) - 1n);
}

export function loadArgument(l: Lowerer, argument: ProbeArgument, e: Expression): Value {
  const { source, type } = argument;
  const { b } = l;
  switch (source.kind) {
    case 'context': {
      // an argument of a system call may take more bytes than its type has: the value is in the lower ones
      const width = Math.min(source.size, memoryWidth(type, true)) as 1 | 2 | 4 | 8;
      return b.load(l.context, source.offset, width, isSigned(type), movableArgument(l, argument.name));
    }
    case 'data_loc': {
      const word = b.load(l.context, source.offset, 4, false, movableArgument(l, argument.name));
      const at = b.and(word, 0xffff);
      return b.add(source.relative ? b.add(l.context, source.offset + 4) : l.context, at);
    }
    case 'word': return contextWord(l, source, type);
    case 'syscall': return convertScalar(b, syscallArgument(l, source.index), uint64, type);
    case 'syscall number': return convertScalar(b, syscallNumber(l), uint64, type);
    case 'register': return loadRegister(l, source);
    case 'usdt': return loadUsdtArgument(l, source, e.span);
  }
}

/** Puts an argument of the probe into memory of its type; of characters that lie in the record of a tracepoint, the text. */
export function argumentInto(l: Lowerer, argument: ProbeArgument, to: Place, e: Expression): void {
  const { type, source } = argument;
  if (source.kind === 'data_loc' && to.type.kind === 'string') l.probeReadString(to, loadArgument(l, argument, e), 'kernel', { pad: true }, e.span);
  else if (isScalar(type)) storeScalar(l.b, to, loadArgument(l, argument, e));
  else if (sizeOf(type) > 0) copyLocation(l, { kind: 'argument', argument, type }, to, e);
}

/** Bytes that lie there: of a text in a C struct fewer than its value has, where the struct has no room for a NUL. */
export function sizeInMemory(type: Type): number {
  return type.kind === 'string' ? sizeInC(type) : sizeOf(type);
}

/** Copies the aggregate at a location into memory of the same type. */
export function copyLocation(l: Lowerer, where: Location, to: Place, e: Expression): void {
  const size = Math.min(sizeInMemory(where.type), sizeOf(to.type));
  const wanted = Math.min(sizeOf(where.type), sizeOf(to.type));
  if (wanted > size) l.b.zero(to.base, to.offset + size, wanted - size);
  // a flexible array has no bytes, and no helper reads none
  if (size === 0) return;
  switch (where.kind) {
    case 'direct':
      if (where.base === l.context) copyContext(l, where.offset, to, size, where.argument);
      else if (isTypedMemory(where)) l.probeRead({ ...to, type: elementBytes(size) }, l.b.add(where.base, where.offset), 'kernel', e.span);
      else l.b.copy(to.base, to.offset, where.base, where.offset, size);
      return;
    case 'remote':
      l.probeRead({ ...to, type: elementBytes(size) }, addressOfPlace(l.b, { base: where.address, offset: where.offset }), where.space, e.span);
      return;
    case 'argument': {
      const { source } = where.argument;
      if (source.kind === 'context') copyContext(l, source.offset, to, size, movableArgument(l, where.argument.name));
      else if (source.kind === 'word') copyWords(l, source.index, to, size);
      else bug('lower', `argument ${where.argument.name} has no bytes of its own`);
      return;
    }
    case 'value': bug('lower', 'value without place');
  }
}

/** A struct that is passed by value lies in whole words, which can only be loaded whole. */
function copyWords(l: Lowerer, first: number, to: Place, size: number): void {
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

/** Texts in the records of tracepoints begin at even bytes on all kernels, on some at no multiple of 4. */
const WIDTH_ANYWHERE = 2;

/** The verifier wants context loads aligned to their own size, and stores to the stack. */
function copyContext(l: Lowerer, offset: number, to: Place, size: number, argument: string | undefined): void {
  for (let at = 0; at < size;) {
    let width = accessWidth(to, at, size - at);
    if (argument !== undefined) width = Math.min(width, WIDTH_ANYWHERE) as AccessWidth;
    while ((offset + at) % width !== 0) width = (width / 2) as AccessWidth;
    l.b.store(to.base, to.offset + at, width, l.b.load(l.context, offset + at, width, false, argument));
    at += width;
  }
}
