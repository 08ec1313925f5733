// Expressions: scalars into registers, everything else straight to where it is wanted.
//
//   order  from left to right as the script has it: operands, arguments, elements of tuples, fields of records (whatever the order of their
//          type), what is indexed before the index. Of an assignment the value comes first, then the key (map-access.ts); `x op= e` is
//          `x = x op e`. test/language/cases/order.txt

import { bug } from '../../../model/diagnostics/errors.js';
import { type Value, s64, u64 } from '../../../model/ir/ir.js';
import { Cell } from '../../../model/ir/builder.js';
import type { Binary, Call, Cast, Expression, Identifier, IfExpression, Sizeof, Ternary, Typeinfo, Unary } from '../../../model/syntax/nodes.js';
import { bytesOfText } from '../../../model/syntax/text.js';
import { isExpression } from '../../../model/syntax/visit.js';
import { alignOf, placeElements, sizeOf } from '../../../model/types/size.js';
import { type RecordType, type Type, int64, sameLayout, typeinfoValue, uint64 } from '../../../model/types/types.js';
import type { Meaning } from '../../../language/typed-program.js';
import { bytesOf, offsetOf } from '../../../language/offsets.js';
import type { Place } from '../../../language/record.js';
import { lowerChoice } from '../flow/conditions.js';
import { callExternal } from '../flow/external-call.js';
import { callSubprogram, callSubprogramInMemory } from '../flow/subprogram.js';
import type { Lowerer } from '../context.js';
import { convertPlace, padString, zeroGaps } from './convert-place.js';
import { convertScalar, irType, isScalar } from './convert.js';
import { copyLocation, loadScalar, sizeInMemory } from '../memory/load.js';
import { locate, remoteAddress } from '../memory/locate.js';
import { isLoadable } from '../memory/location.js';
import { incDec, readMapInto, readMapScalar } from '../maps/map-access.js';
import { cleared, lowerBinary, lowerUnary } from './operators.js';
import { partOf } from '../../../language/place.js';
import { storeScalar } from '../memory/place.js';

/** A scalar in a register, converted to `as`. */
export function lowerScalar(l: Lowerer, e: Expression, as?: Type): Value {
  l.b.span = e.span;
  const type = l.typeOf(e);
  const value = scalarOf(l, e, type);
  return as && isScalar(as) ? convertScalar(l.b, value, type, as) : value;
}

function scalarOf(l: Lowerer, e: Expression, type: Type): Value {
  const { b } = l;
  switch (e.kind) {
    case 'integer': return b.const(e.value, irType(type));
    case 'bool': return b.const(e.value ? 1 : 0, irType(type));
    case 'identifier': case 'call': return meant(l, e);
    case 'variable': {
      const info = l.program.variables.get(e)!;
      const cell = l.f.cell(info);
      return cell ? b.read(cell) : loadScalar(l, locate(l, e), e);
    }
    case 'map': case 'map-access': return readMapScalar(l, e);
    case 'unary': return e.op === '*' ? dereferenced(l, e) : lowerUnary(l, e);
    case 'inc-dec': return incDec(l, e);
    case 'binary': return lowerBinary(l, e, type);
    case 'ternary': case 'if-expression': {
      if (e.kind === 'ternary' && !e.whenTrue) return elvis(l, e, type);
      const cell = new Cell('ternary', s64);
      choose(l, e, (branch) => b.write(cell, lowerScalar(l, branch, type)));
      return b.read(cell);
    }
    case 'cast': return castScalar(l, e, type);
    case 'member': case 'tuple-index': case 'index': return loadScalar(l, locate(l, e), e);
    case 'block-expression':
      for (const s of e.statements) l.statement(s);
      return e.value ? lowerScalar(l, e.value) : b.const(0);
    case 'sizeof': return b.const(bytesOf(argumentType(l, e.argument), l.finder), u64);
    case 'offsetof': return b.const(offsetOf(argumentType(l, e.argument), e.path, l.finder) ?? bug('lower', 'offsetof of a member that is not there'), u64);
    case 'positional': case 'positional-count': case 'comptime': return bug('lower', `${e.kind} was not expanded`);
    default: bug('lower', `${e.kind} of type ${type.kind} is no scalar`);
  }
}

function dereferenced(l: Lowerer, e: Unary): Value {
  if (l.typeOf(e.operand).kind === 'context') return l.context;
  return loadScalar(l, locate(l, e), e);
}

/** What a name or call without own syntax gives. */
function meant(l: Lowerer, e: Identifier | Call): Value {
  const meaning = l.program.meanings.get(e);
  const value = meaning && lowerMeaning(l, e, meaning);
  return value ?? l.b.const(0);
}

function lowerMeaning(l: Lowerer, e: Identifier | Call, meaning: Meaning): Value | void {
  switch (meaning.kind) {
    case 'constant': return l.b.const(BigInt(meaning.value), u64);
    case 'builtin':
      if (!meaning.record.lower) bug('lower', `${meaning.record.name} is no scalar`);
      return meaning.record.lower(l, e);
    case 'function':
      if (!meaning.record.lower) {
        // The result is not needed, its side effects are.
        l.place(e);
        return undefined;
      }
      return meaning.record.lower(e as Call, l);
    case 'external': return callExternal(l, e as Call, meaning.external);
    case 'subprogram': return callSubprogram(l, e as Call, meaning.subprogram);
    case 'aggregate': bug('lower', `${meaning.record.name}() outside of an assignment`);
  }
}

/** `c ?: b`: c is evaluated once, to be tested and to be the result. */
function elvis(l: Lowerer, e: Ternary, type: Type): Value {
  const value = lowerScalar(l, e.condition);
  const from = l.typeOf(e.condition);
  return l.select('ne', value, 0, () => convertScalar(l.b, value, from, type), () => lowerScalar(l, e.whenFalse, type));
}

/** The two branches of `c ? a : b` and the if expression. */
function choose(l: Lowerer, e: Ternary | IfExpression, take: (branch: Expression) => void): void {
  lowerChoice(l, e.condition, () => take(e.whenTrue!), () => take(e.whenFalse));
}

function castScalar(l: Lowerer, e: Cast, to: Type): Value {
  const from = l.typeOf(e.operand);
  if (isScalar(from)) return convertScalar(l.b, lowerScalar(l, e.operand), from, to);
  if (from.kind === 'context') return l.plainAddress(l.context);
  const place = l.place(e.operand);
  if (from.kind === 'string') return l.b.compare('ne', l.b.load(place.base, place.offset, 1), 0);
  if (from.kind === 'usym') return l.b.load(place.base, place.offset, 8);
  if (to.kind === 'pointer') {
    const address = remoteAddress(l, e.operand);
    return address.type.kind === 'ptr' ? l.plainAddress(address) : address;
  }
  // an array of at most 8 bytes as one integer
  const size = sizeOf(from);
  let value: Value = l.b.const(0, u64);
  for (let i = 0; i < size; i++) value = l.b.binary('or', value, l.b.shl(l.b.load(place.base, place.offset + i, 1), i * 8), u64);
  return convertScalar(l.b, value, uint64, to);
}

function argumentType(l: Lowerer, argument: Sizeof['argument']): Type {
  return isExpression(argument) ? l.typeOf(argument) : l.program.typeNodes.get(argument)!;
}

// ---- aggregates --------------------------------------------------------------------------------------------------

/** Evaluates the expression, converted to `to.type`, into memory. */
export function lowerInto(l: Lowerer, e: Expression, to: Place): void {
  l.b.span = e.span;
  const type = l.typeOf(e);
  if (isScalar(to.type) && isScalar(type)) {
    storeScalar(l.b, to, lowerScalar(l, e, to.type));
    return;
  }
  if (isArguments(l, e, type)) return argumentsInto(l, e, to);
  switch (e.kind) {
    case 'string': return l.storeText(e.value, to);
    case 'identifier': case 'call': {
      const meaning = l.program.meanings.get(e);
      if (meaning?.kind === 'builtin' && meaning.record.lowerInto) return meaning.record.lowerInto(l, to, e);
      if (meaning?.kind === 'function' && meaning.record.lowerInto) return meaning.record.lowerInto(e as Call, l, to);
      if (meaning?.kind === 'function' && meaning.record.lowerPlace) return convertPlace(l, meaning.record.lowerPlace(e as Call, l), to);
      if (meaning?.kind === 'subprogram') return convertPlace(l, callSubprogramInMemory(l, e as Call, meaning.subprogram), to);
      return bug('lower', `${e.name} cannot be put into memory`);
    }
    case 'map': case 'map-access': return readMapInto(l, e, to);
    case 'tuple': return elementsInto(l, e.elements, to);
    case 'record': return fieldsInto(l, to, e.fields.map(({ name, value }) => [name, (field) => lowerInto(l, value, field)]));
    case 'typeinfo': return typeinfoInto(l, e, to);
    case 'ternary': case 'if-expression': return choose(l, e, (branch) => lowerInto(l, branch, to));
    case 'block-expression':
      for (const s of e.statements) l.statement(s);
      if (e.value) lowerInto(l, e.value, to);
      return;
    case 'cast': return castInto(l, e, to);
    case 'binary': return laterText(l, e, to);
    default: return copyConverted(l, e, type, to);
  }
}

/** `args` or `*args` as a record (language/arguments-record.ts). */
function isArguments(l: Lowerer, e: Expression, type: Type): boolean {
  if (type.kind !== 'record') return false;
  if (e.kind === 'unary') return e.op === '*' && l.typeOf(e.operand).kind === 'context';
  const meaning = e.kind === 'identifier' || e.kind === 'call' ? l.program.meanings.get(e) : undefined;
  return meaning?.kind === 'builtin' && meaning.record.name === 'args';
}

function argumentsInto(l: Lowerer, e: Expression, to: Place): void {
  return fieldsInto(l, to, l.probe.arguments!.map((argument) => [argument.name, (field) => {
    l.argumentInto(argument, field, e);
    if (argument.type.kind === 'string') padString(l, argument.type, field);
  }]));
}

/** Fields in the order of the script, which need not be that of the type. */
function fieldsInto(l: Lowerer, to: Place, fields: readonly (readonly [name: string, into: (to: Place) => void])[]): void {
  if (to.type.kind !== 'record') bug('lower', 'a record needs a record');
  const types = to.type.fields.map((f) => f.type);
  const { offsets } = placeElements(types);
  zeroGaps(l, to, types, offsets);
  for (const [name, into] of fields) {
    const i = (to.type as RecordType).fields.findIndex((field) => field.name === name);
    into(partOf(to, offsets[i]!, types[i]!));
  }
}

/** The record that typeinfo() gives. */
function typeinfoInto(l: Lowerer, e: Typeinfo, to: Place): void {
  return fieldsInto(l, to, [...typeinfoValue(argumentType(l, e.argument))].map(([name, value]) => [name, (field) => {
    if (typeof value === 'string') l.storeText(value, field);
    else storeScalar(l.b, field, convertScalar(l.b, l.b.const(value), int64, field.type));
  }]));
}

function elementsInto(l: Lowerer, elements: readonly Expression[], to: Place): void {
  if (to.type.kind !== 'tuple') bug('lower', 'a tuple needs a tuple');
  const { offsets } = placeElements(to.type.elements);
  zeroGaps(l, to, to.type.elements, offsets);
  const types = to.type.elements;
  elements.forEach((element, i) => lowerInto(l, element, partOf(to, offsets[i]!, types[i]!)));
}

function castInto(l: Lowerer, e: Cast, to: Place): void {
  const from = l.typeOf(e.operand);
  const size = sizeOf(to.type);
  if (from.kind === 'buffer' && to.type.kind === 'array') {
    const { base, offset } = l.place(e.operand);
    const own = Math.min(from.capacity, size);
    l.b.copy(to.base, to.offset, base, offset + sizeOf(from) - from.capacity, own);
    l.b.zero(to.base, to.offset + own, size - own);
    return;
  }
  if (!isScalar(from)) {
    const grown = size - sizeOf(from);
    copyConverted(l, e.operand, from, { ...to, type: grown >= 0 ? from : to.type });
    if (grown > 0) l.b.zero(to.base, to.offset + sizeOf(from), grown);
    return;
  }
  // an integer as an array of its bytes, 8 at most. The array lies where its elements may: an int8[8] at any byte of a tuple
  const value = lowerScalar(l, e.operand, uint64);
  const step = alignOf(to.type);
  for (let at = 0; at < size; at += step) l.b.store(to.base, to.offset + at, step, l.b.shr(value, at * 8));
}

/** `"text" + n` of a string that is not a literal: the same bytes from n on. */
function laterText(l: Lowerer, e: Binary, to: Place): void {
  const from = l.f.state.remains.of(e.left) > 0 ? cleared(l, e.left) : l.place(e.left);
  const literal = l.literal(e.right);
  if (typeof literal !== 'bigint') bug('lower', 'only literal offsets into strings are lowered');
  const size = sizeOf(from.type) - Number(literal);
  l.b.zero(to.base, to.offset, sizeOf(to.type));
  if (size > 0) l.b.copy(to.base, to.offset, from.base, from.offset + Number(literal), size);
}

/** A value that lies somewhere: copied, element by element where the types differ, padded with NUL where it grows. */
function copyConverted(l: Lowerer, e: Expression, type: Type, to: Place): void {
  const where = locate(l, e);
  if (where.kind === 'value') return convertPlace(l, { ...l.place(e), type }, to);
  if (where.kind === 'direct' && !sameLayout(type, to.type) && sizeInMemory(type) === sizeOf(type)) return convertPlace(l, { base: where.base, offset: where.offset, type }, to);
  copyLocation(l, where, to, e);
  padString(l, type, to);
}

/** Memory where the value can be read: where it is, or a temporary. */
export function lowerPlace(l: Lowerer, e: Expression): Place {
  if (e.kind === 'string') {
    const bytes = bytesOfText(e.value);
    const padded = new Uint8Array(bytes.length + 1);
    padded.set(bytes);
    return { base: l.constant(padded), offset: 0, type: l.typeOf(e) };
  }
  if (e.kind === 'variable' || e.kind === 'tuple-index' || e.kind === 'member' || e.kind === 'index') {
    const where = locate(l, e);
    const widened = where.kind === 'direct' && where.asInC && (where.type.kind === 'enum' || sizeInMemory(where.type) < sizeOf(where.type));
    if (isLoadable(l, where) && !where.bitfield && !widened) return { base: where.base, offset: where.offset, type: where.type };
    const to = l.temporary(where.type, 'place');
    if (isScalar(where.type)) storeScalar(l.b, to, loadScalar(l, where, e));
    else if (where.kind !== 'value') copyLocation(l, where, to, e);
    return to;
  }
  const meaning = e.kind === 'call' ? l.program.meanings.get(e) : undefined;
  if (meaning?.kind === 'function' && meaning.record.lowerPlace) return meaning.record.lowerPlace(e as Call, l);
  const to = l.temporary(l.typeOf(e), 'value');
  lowerInto(l, e, to);
  return to;
}
