// Addresses in places: memory that loads and stores may touch, as a base and an offset from it (record.ts).

import type { IrBuilder } from '../model/ir/builder.js';
import type { Value } from '../model/ir/ir.js';
import type { Type } from '../model/types/types.js';
import type { Place } from './record.js';

/** The address of the place as one value, as helpers take it. */
export function addressOfPlace(b: IrBuilder, { base, offset }: Pick<Place, 'base' | 'offset'>): Value {
  return offset === 0 ? base : b.add(base, offset);
}

/** A part of the place: `offset` bytes into it. */
export function partOf(place: Pick<Place, 'base' | 'offset'>, offset: number, type: Type): Place {
  return { base: place.base, offset: place.offset + offset, type };
}
