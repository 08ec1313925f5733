// Conversions between places: tuples and records element by element, strings padded with NUL.

import { placeElements, sizeOf } from '../../../model/types/size.js';
import { type Type, sameLayout } from '../../../model/types/types.js';
import type { LowerContext, Place } from '../../../language/record.js';
import { convertScalar, isScalar } from './convert.js';
import { partOf } from '../../../language/place.js';
import { storeScalar } from '../memory/place.js';

/** Copies between places whose types hold the same kind of value in different bytes. */
export function convertPlace(l: LowerContext, from: Place, to: Place): void {
  const { b } = l;
  if (isScalar(from.type) && isScalar(to.type)) {
    const width = sizeOf(from.type) as 1 | 2 | 4 | 8;
    const value = b.load(from.base, from.offset, width, from.type.kind === 'int' && from.type.signed);
    storeScalar(b, to, convertScalar(b, value, from.type, to.type));
    return;
  }
  if (from.type.kind === 'tuple' && to.type.kind === 'tuple' && !sameLayout(from.type, to.type)) {
    const source = placeElements(from.type.elements).offsets;
    const target = placeElements(to.type.elements).offsets;
    zeroGaps(l, to, to.type.elements, target);
    to.type.elements.forEach((type, i) => {
      const element = (from.type as Extract<Type, { kind: 'tuple' }>).elements[i]!;
      convertPlace(l, partOf(from, source[i]!, element), partOf(to, target[i]!, type));
    });
    return;
  }
  if (from.type.kind === 'record' && to.type.kind === 'record') {
    const names = from.type.fields.map((f) => f.name);
    const source = placeElements(from.type.fields.map((f) => f.type)).offsets;
    const target = placeElements(to.type.fields.map((f) => f.type)).offsets;
    zeroGaps(l, to, to.type.fields.map((f) => f.type), target);
    const fields = from.type.fields;
    to.type.fields.forEach((field, i) => {
      const j = names.indexOf(field.name);
      convertPlace(l, partOf(from, source[j]!, fields[j]!.type), partOf(to, target[i]!, field.type));
    });
    return;
  }
  b.copy(to.base, to.offset, from.base, from.offset, Math.min(sizeOf(from.type), sizeOf(to.type)));
  padString(l, from.type, to);
}

/** Padding bytes are part of keys: they are zero. */
export function zeroGaps(l: LowerContext, to: Place, types: readonly Type[], offsets: readonly number[]): void {
  const { size } = placeElements(types);
  let at = 0;
  types.forEach((type, i) => {
    if (offsets[i]! > at) l.b.zero(to.base, to.offset + at, offsets[i]! - at);
    at = offsets[i]! + sizeOf(type);
  });
  if (size > at) l.b.zero(to.base, to.offset + at, size - at);
}

export function padString(l: LowerContext, type: Type, to: Place): void {
  const grown = sizeOf(to.type) - sizeOf(type);
  if ((to.type.kind === 'string' || to.type.kind === 'buffer') && grown > 0) l.b.zero(to.base, to.offset + sizeOf(type), grown);
}
