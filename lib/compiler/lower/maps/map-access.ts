// Reading and writing maps: keys in memory, lookups, updates in place.

import { type Block, type Value, pointer, s64, u64 } from '../../../model/ir/ir.js';
import { Cell } from '../../../model/ir/builder.js';
import type { Call, Expression, IncDec, MapAccess, MapRef, Variable } from '../../../model/syntax/nodes.js';
import type { Span } from '../../../model/source/source.js';
import { sizeInC, sizeOf } from '../../../model/types/size.js';
import { type Type, int64, sameLayout, spellType, isSigned, uint64 } from '../../../model/types/types.js';
import type { Place } from '../../../language/record.js';
import { readAggregate } from './aggregate-read.js';
import { convertScalar, isScalar, widthOf } from '../values/convert.js';
import { convertPlace } from '../values/convert-place.js';
import { inMap, mapOf } from './kernel-map.js';
import { sendHelperError } from '../events/warnings.js';
import { clearBehindTexts } from '../text/key-text.js';
import { probeElement } from '../text/probe-name.js';
import type { Lowerer } from '../context.js';
import type { MapPlan } from './plan.js';
import { addressOfPlace } from '../../../language/place.js';
import { steadyText } from './steady-text.js';
import { assignVariable } from '../values/variables.js';
import { deleteHistogram, deleteScalarAggregate, hasBuckets, hasHistogram } from './whole-elements.js';

const BPF_ANY = 0;
const BPF_NOEXIST = 1;

const elementPointer = pointer('map_value', true);

/** The user's key in memory, with room for a bucket index behind it. */
function userKey(l: Lowerer, plan: MapPlan, key: Expression | undefined): Place {
  if (!plan.key) {
    const slot = l.f.slot('key', 4, 4);
    l.b.store(slot, 0, 4, 0);
    return { base: slot, offset: 0, type: int64 };
  }
  if (plan.probeIndex) {
    const slot = l.f.slot('key', 4, 4);
    l.b.store(slot, 0, 4, probeElement(l, plan.probeIndex));
    return { base: slot, offset: 0, type: int64 };
  }
  const size = sizeOf(plan.key);
  const text = steadyText(l, key!);
  const name = text && `${spellType(plan.key)} ${plan.bucketOffset ?? ''} ${text}`;
  const known = name ? l.region.key(name) : undefined;
  if (known) return known;
  // keys are remembered beyond the statement, see region.ts
  const place: Place = { ...l.f.elementPlace('key', plan.spec.keySize, 'end'), type: plan.key };
  l.into(key!, place);
  clearBehindTexts(l, key!, place);
  if (plan.bucketOffset !== undefined && plan.bucketOffset > size) l.b.zero(place.base, place.offset + size, plan.bucketOffset - size);
  if (name) l.region.noteKey(name, place);
  return place;
}

/** Looks the element up: its address or null. */
function find(l: Lowerer, plan: MapPlan, key: Place): Value {
  return inMap(l, plan, key, elementPointer, (map) => l.b.call('map_lookup_elem', [map, addressOfPlace(l.b, key)], elementPointer));
}

export function mapKey(l: Lowerer, map: MapRef, key: Expression | undefined): Value {
  return addressOfPlace(l.b, userKey(l, l.f.state.plan(map.name), key));
}

/** Address of the element or null; of a histogram 1 or 0. For scalar maps null means: never written. */
export function lookupElement(l: Lowerer, map: MapRef, key: Expression | undefined): Value {
  const plan = l.f.state.plan(map.name);
  if (plan.key && hasBuckets(plan)) return hasHistogram(l, plan, userKey(l, plan, key));
  return find(l, plan, userKey(l, plan, key));
}

/** find(@m, key, $v): the value goes into the variable where the element is there. Answers whether it is. */
export function findElement(l: Lowerer, map: MapRef, key: Expression, variable: Variable, span: Span): Value {
  const plan = l.f.state.plan(map.name);
  const to = l.program.variables.get(variable)!;
  const place = userKey(l, plan, key);
  const element = find(l, plan, place);
  return l.select('ne', element, 0, () => {
    if (plan.aggregate) assignVariable(l, variable, convertScalar(l.b, readAggregate(l, plan, place, span), isSigned(plan.value) ? int64 : uint64, to.type));
    else if (isScalar(plan.value)) assignVariable(l, variable, convertScalar(l.b, l.b.load(element, 0, widthOf(plan.value), isSigned(plan.value)), plan.value, to.type));
    else convertPlace(l, { base: element, offset: 0, type: plan.value }, { ...l.f.variable(to), type: to.type });
    return l.b.const(1);
  }, () => l.b.const(0));
}

// ---- reading -----------------------------------------------------------------------------------------------------

export function readMapScalar(l: Lowerer, e: MapRef | MapAccess): Value {
  const ref = e.kind === 'map' ? e : e.map;
  const plan = l.f.state.plan(ref.name);
  const key = e.kind === 'map' ? undefined : e.key;
  if (plan.aggregate) return readAggregate(l, plan, userKey(l, plan, key), e.span);
  const found = knownElement(l, plan, key);
  if (found) return l.b.load(found, 0, widthOf(plan.value), isSigned(plan.value));
  const element = find(l, plan, userKey(l, plan, key));
  return l.select('ne', element, 0, () => l.b.load(element, 0, widthOf(plan.value), isSigned(plan.value)), () => {
    missing(l, plan, e.span);
    return l.b.const(0);
  });
}

function knownElement(l: Lowerer, plan: MapPlan, key: Expression | undefined): Value | undefined {
  const text = key && steadyText(l, key);
  return text ? l.region.element(plan.info.name, text) : undefined;
}

/** Branches on whether the element is there and not zero; where it is, later reads need no lookup. */
export function testElement(l: Lowerer, e: MapAccess, yes: Block, no: Block): void {
  const { b } = l;
  const plan = l.f.state.plan(e.map.name);
  const element = knownElement(l, plan, e.key) ?? lookupElement(l, e.map, e.key);
  const there = b.newBlock('element');
  b.branch('ne', element, b.const(0), there, no);
  b.enter(there);
  const text = steadyText(l, e.key);
  if (text) l.region.noteElement(plan.info.name, text, element);
  b.branch('ne', b.load(element, 0, widthOf(plan.value), isSigned(plan.value)), b.const(0), yes, no);
}

export function readMapInto(l: Lowerer, e: MapRef | MapAccess, to: Place): void {
  const ref = e.kind === 'map' ? e : e.map;
  const plan = l.f.state.plan(ref.name);
  const key = e.kind === 'map' ? undefined : e.key;
  const from: Type = plan.value;
  const found = knownElement(l, plan, key);
  if (found) return convertPlace(l, { base: found, offset: 0, type: from }, to);
  const element = lookupElement(l, ref, key);
  l.branch('ne', element, 0, () => convertPlace(l, { base: element, offset: 0, type: from }, to), () => {
    missing(l, plan, e.span);
    l.b.zero(to.base, to.offset, sizeOf(to.type));
  });
}

function missing(l: Lowerer, plan: MapPlan, span: Span): void {
  if (!l.f.state.verboseErrors || !plan.key) return;
  sendHelperError(l, 'map_lookup_elem', l.b.const(0), span);
}

// ---- writing -----------------------------------------------------------------------------------------------------

/** `@m = e`, `@m[k] = e` of plain maps. */
export function assignMap(l: Lowerer, ref: MapRef, key: Expression | undefined, value: Expression, span: Span): void {
  const plan = l.f.state.plan(ref.name);
  const type = plan.value;
  if (!plan.key) {
    if (isScalar(type)) {
      const word = l.value(value, type);
      withScalar(l, plan, (element) => {
        l.b.store(element, 0, widthOf(type), word);
        setFlag(l, plan, element);
      });
      return;
    }
    const source = steady(l, value, type);
    withScalar(l, plan, (element) => {
      l.b.copy(element, 0, source.base, source.offset, sizeOf(type));
      setFlag(l, plan, element);
    });
    return;
  }
  const source = isScalar(type) ? scalarInMemory(l, value, type) : steady(l, value, type);
  const to = userKey(l, plan, key);
  inMap(l, plan, to, s64, (map) => updateElement(l, map, to, source, BPF_ANY, span));
  written(l, ref);
}

/** Forgets what earlier lookups found out about the map's elements. */
function written(l: Lowerer, ref: MapRef): void {
  l.region.forget(ref.name);
}

function scalarInMemory(l: Lowerer, value: Expression, type: Type): Place {
  const word = l.value(value, type);
  const slot = l.f.slot('value', 8);
  l.b.store(slot, 0, widthOf(type), word);
  return { base: slot, offset: 0, type };
}

/** The value in memory of exactly the map's type. */
function steady(l: Lowerer, value: Expression, type: Type): Place {
  if (sameLayout(l.typeOf(value), type) && (value.kind === 'variable' || (value.kind === 'string' && !value.value.includes('\0')))) return l.place(value);
  const to = l.temporary(type, 'value');
  l.into(value, to);
  return to;
}

/** Runs `use` with the only element of a scalar map. */
function withScalar(l: Lowerer, plan: MapPlan, use: (element: Value) => void): void {
  const slot = l.f.slot('key', 4, 4);
  l.b.store(slot, 0, 4, 0);
  const element = l.b.call('map_lookup_elem', [l.b.map(plan.spec.name), slot], elementPointer);
  l.branch('ne', element, 0, () => use(element), undefined, true);
}

function setFlag(l: Lowerer, plan: MapPlan, element: Value): void {
  if (plan.flagOffset !== undefined) l.b.store(element, plan.flagOffset, 8, 1);
}

function updateElement(l: Lowerer, map: Value, key: Place, value: { base: Value; offset: number }, flags: number, span: Span): Value {
  const result = l.b.call('map_update_elem', [map, addressOfPlace(l.b, key), addressOfPlace(l.b, value), l.b.const(flags)], s64);
  if (flags === BPF_ANY) updateFailed(l, result, span);
  return result;
}

/** Until Linux 6.4 map operations return an int. Where the JIT inlines the call, the upper half of the register does not hold its sign. */
function updateFailed(l: Lowerer, result: Value, span: Span): void {
  l.branch('ne', result, 0, () => sendHelperError(l, 'map_update_elem', l.b.extend(result, 4, true), span), undefined, false);
}

/** `@m[k] op= …` on an element that may be there or not: `there` changes it in place, `initial` makes its first value. */
function updateOrCreate(l: Lowerer, plan: MapPlan, key: Place, bytes: number, there: (element: Value) => void, initial: (to: { base: Value; offset: number }) => void, span: Span): void {
  const { b } = l;
  const element = find(l, plan, key);
  l.branch('ne', element, 0, () => there(element), () => {
    const map = mapOf(l, plan, key);
    const fresh = l.f.elementPlace('initial', bytes, 'statement');
    initial(fresh);
    const result = updateElement(l, map, key, fresh, BPF_NOEXIST, span);
    // Another CPU has inserted the element meanwhile.
    l.branch('ne', result, 0, () => {
      const again = b.call('map_lookup_elem', [map, addressOfPlace(l.b, key)], elementPointer);
      l.branch('ne', again, 0, () => there(again), () => updateFailed(l, result, span));
    }, undefined, false);
  }, true);
}

/** `@m = count()` and its like. */
export function updateAggregate(l: Lowerer, ref: MapRef, key: Expression | undefined, call: Call): void {
  const { b } = l;
  const plan = l.f.state.plan(ref.name);
  const { record, type, valueBytes } = plan.aggregate!;
  const args = record.params.flatMap((param, i) => (param.accepts === 'value' && call.args[i] ? [l.value(call.args[i] as Expression, int64OrUnsigned(l, call.args[i] as Expression))] : []));
  // tseries goes by the wall clock: boot clock plus the offset to the TAI epoch
  if (record.clock === 'tai') args.push(b.add(b.call('ktime_get_boot_ns', [], u64), l.startValue('tai_offset', 8)));
  const place = userKey(l, plan, key);
  if (record.lowerBucket) {
    const bucket = record.lowerBucket(b, args, type);
    if (plan.key) b.store(place.base, place.offset + plan.bucketOffset!, 8, bucket);
    else b.store(place.base, place.offset, 4, bucket);
  }
  b.span = call.span;
  if (!plan.key || plan.probeIndex) {
    const element = b.call('map_lookup_elem', [b.map(plan.spec.name), addressOfPlace(l.b, place)], elementPointer);
    l.branch('ne', element, 0, () => record.lowerUpdate(b, element, args, type), undefined, true);
    return;
  }
  updateOrCreate(l, plan, place, valueBytes, (element) => record.lowerUpdate(b, element, args, type), (to) => record.lowerInitial(b, to.base, to.offset, args, type), call.span);
}

function int64OrUnsigned(l: Lowerer, e: Expression): Type {
  const type = l.typeOf(e);
  return type.kind === 'int' && type.signed ? int64 : { kind: 'int', bits: 64, signed: false };
}

/** `@x++`, `--@x`, `$v++`: the value before or after. */
export function incDec(l: Lowerer, e: IncDec): Value {
  const { b } = l;
  const type = l.typeOf(e.target);
  const step = type.kind === 'pointer' ? Math.max(1, sizeInC(type.to)) : 1;
  const delta = e.op === '++' ? step : -step;
  if (e.target.kind === 'variable') {
    const before = l.value(e.target);
    const after = convertScalar(b, b.binary('add', before, b.const(delta), s64), int64, type);
    assignVariable(l, e.target, after);
    return e.prefix ? after : before;
  }
  return addToElement(l, e.target, b.const(delta), e.prefix ? 'after' : 'before', e.span);
}

/** Adds to an integer element, exactly also when several CPUs do. Answers the value before or after. */
export function addToElement(l: Lowerer, target: MapRef | MapAccess, delta: Value, which: 'before' | 'after' | 'none', span: Span): Value {
  const { b } = l;
  const ref = target.kind === 'map' ? target : target.map;
  const plan = l.f.state.plan(ref.name);
  written(l, ref);
  const result = new Cell('sum', s64);
  b.write(result, b.const(0));
  const there = (element: Value): void => {
    // only 8- and 4-byte words can be added to atomically
    const width = widthOf(plan.value);
    if (width === 8 || width === 4) {
      const before = which === 'none' ? undefined : b.load(element, 0, width, isSigned(plan.value));
      b.atomicAdd(element, 0, width, delta);
      if (before) b.write(result, which === 'before' ? before : b.binary('add', before, delta, s64));
    } else {
      const before = b.load(element, 0, width, isSigned(plan.value));
      const after = b.binary('add', before, delta, s64);
      b.store(element, 0, width, after);
      b.write(result, which === 'before' ? before : after);
    }
  };
  if (!plan.key) {
    withScalar(l, plan, (element) => {
      there(element);
      setFlag(l, plan, element);
    });
    return b.read(result);
  }
  const key = userKey(l, plan, target.kind === 'map' ? undefined : target.key);
  updateOrCreate(l, plan, key, 8, there, (to) => {
    b.store(to.base, to.offset, widthOf(plan.value), delta);
    b.write(result, which === 'after' ? delta : b.const(0));
  }, span);
  return b.read(result);
}

// ---- deleting and counting ---------------------------------------------------------------------------------------

/** 1 when there was an element. Elements of array maps cannot go: they are zeroed and marked as not written. */
export function deleteElement(l: Lowerer, ref: MapRef, key: Expression | undefined): Value {
  const { b } = l;
  const plan = l.f.state.plan(ref.name);
  written(l, ref);
  if (plan.key && hasBuckets(plan)) return deleteHistogram(l, plan, userKey(l, plan, key));
  if (!plan.key && plan.aggregate) return deleteScalarAggregate(l, plan);
  if (plan.key) {
    const at = userKey(l, plan, key);
    const result = inMap(l, plan, at, s64, (map) => b.call('map_delete_elem', [map, addressOfPlace(l.b, at)], s64));
    return b.compare('eq', result, 0);
  }
  const was = new Cell('deleted', u64);
  b.write(was, b.const(0));
  withScalar(l, plan, (element) => {
    if (plan.flagOffset !== undefined) b.write(was, b.load(element, plan.flagOffset, 8));
    else b.write(was, b.const(1));
    b.zero(element, 0, plan.spec.valueSize);
  });
  return b.read(was);
}
