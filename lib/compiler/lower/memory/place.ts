// Stores of scalars into places; what else there is of places: language/place.ts.

import type { IrBuilder } from '../../../model/ir/builder.js';
import type { Value } from '../../../model/ir/ir.js';
import type { Place } from '../../../language/record.js';
import { widthOf } from '../values/convert.js';

/** Stores a scalar, already of the place's type. */
export function storeScalar(b: IrBuilder, to: Place, value: Value): void {
  b.store(to.base, to.offset, widthOf(to.type), value);
}
