// Functions on map elements that act at once: delete, has_key, find, len.

import type { Call, Expression, MapRef, Variable } from '../../model/syntax/nodes.js';
import { type Type, bool, int64, spellType, uint64 } from '../../model/types/types.js';
import { pointer, s64 } from '../../model/ir/ir.js';
import { aggregates } from '../aggregates/index.js';
import { needsKeyedMap, needsScalarMap, noLength, wholeMapOnly } from '../diagnostics.js';
import type { CheckContext, LowerContext } from '../record.js';
import { argumentOf, defineFunction } from './define.js';

/** The map and key of delete(@m, k), delete(@scalar) and the old delete(@m[k]). */
function element(call: Call): { map: MapRef; key: Expression | undefined } | undefined {
  const first = argumentOf(call, 0);
  if (first.kind === 'map-access') return { map: first.map, key: first.key };
  return first.kind === 'map' ? { map: first, key: call.args[1] as Expression | undefined } : undefined;
}

function checkElement(call: Call, c: CheckContext): void {
  const found = element(call);
  if (!found) return;
  const first = argumentOf(call, 0);
  if (first.kind === 'map-access' && call.name !== 'delete') {
    c.report(wholeMapOnly.at(first.span, { name: call.name }));
    return;
  }
  const { key } = c.mapTypes(found.map.name);
  if (found.key) {
    if (key === 'scalar') c.report(needsKeyedMap.at(call.span, { name: call.name, twoArguments: call.name === 'delete' }));
    else c.useKey(found.map, found.key);
  } else if (key !== undefined && key !== 'scalar') {
    c.report(needsScalarMap.at(call.span, { name: call.name }));
  }
}

export const deleteElement = defineFunction({
  name: 'delete', mode: 'S', changes: true, doc: 'Deletes an element; true when there was one.',
  params: [
    { name: 'map', accepts: 'map', doc: 'the map, or an element as in @m[k]' },
    { name: 'key', accepts: 'expression', optional: true, doc: 'key of the element' },
  ],
  check(call, c) {
    checkElement(call, c);
    return bool;
  },
  lower(call, l) {
    const { map, key } = element(call)!;
    return l.deleteElement(map, key);
  },
});

export const hasKey = defineFunction({
  name: 'has_key', mode: 'S', doc: 'Whether a map has an element of that key.',
  params: [
    { name: 'map', accepts: 'map', doc: 'the map' },
    { name: 'key', accepts: 'expression', doc: 'key of the element' },
  ],
  check(call, c) {
    checkElement(call, c);
    return bool;
  },
  lower(call, l) {
    const { map, key } = element(call)!;
    return l.b.compare('ne', l.lookup({ kind: 'map-access', map, key: key!, span: call.span }), 0);
  },
});

export const find = defineFunction({
  name: 'find', mode: 'S', changes: true, doc: 'Whether a map has an element of that key; if so, the variable gets its value.',
  params: [
    { name: 'map', accepts: 'map', doc: 'the map' },
    { name: 'key', accepts: 'expression', doc: 'key of the element' },
    { name: '$variable', accepts: 'variable', doc: 'gets the value; it is left alone where there is no element' },
  ],
  check(call, c) {
    const found = element(call);
    if (!found) return bool;
    checkElement(call, c);
    const { value } = c.mapTypes(found.map.name);
    const variable = call.args[2];
    if (value !== undefined && variable?.kind === 'variable') c.assign(variable, value, call.span);
    return bool;
  },
  lower(call, l) {
    const { map, key } = element(call)!;
    return l.findElement(map, key!, call.args[2] as Variable, call.span);
  },
});

export const len = defineFunction({
  name: 'len', mode: 'S', doc: 'Elements of a map, or frames of a stack.',
  params: [{ name: 'what', accepts: 'map or value', doc: 'map or stack' }],
  needs: [],
  check(call, c): Type {
    const first = argumentOf(call, 0);
    if (first.kind === 'map') {
      if (c.mapTypes(first.name).key === 'scalar') c.report(needsKeyedMap.at(call.span, { name: 'len', twoArguments: false }));
      return int64;
    }
    const type = c.typeOf(first);
    if (type.kind !== 'stack' && !(type.kind === 'none' && c.settling)) c.report(noLength.at(call.span, {}));
    return int64;
  },
  lower(call, l: LowerContext) {
    const first = argumentOf(call, 0);
    if (first.kind === 'map') return l.countElements(first, call.span);
    const place = l.place(first);
    const entry = place.type.kind === 'stack' && place.type.mode === 'build_id' ? 5 : 3;
    const bytes = l.b.load(place.base, place.offset, 8, true);
    return l.select('slt', bytes, 0, () => l.b.const(0), () => l.b.binary('ashr', bytes, l.b.const(entry), s64));
  },
});

export { aggregates, pointer, spellType, uint64 };
