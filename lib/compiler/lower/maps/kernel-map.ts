// Which kernel map has an element: a map that is keyed by a stack has two (plan.ts).

import { type Value, type ValueType, pointer } from '../../../model/ir/ir.js';
import { Cell } from '../../../model/ir/builder.js';
import type { Place } from '../../../language/record.js';
import type { Lowerer } from '../context.js';
import type { MapPlan } from './plan.js';

type KeyPlace = Pick<Place, 'base' | 'offset'>;

/** The kernel map that has the element of this key. */
export function mapOf(l: Lowerer, plan: MapPlan, key: KeyPlace): Value {
  const { short, spec } = plan;
  if (!short) return l.b.map(spec.name);
  const map = new Cell('map', pointer('map'));
  l.branch('ule', stackBytes(l, short, key), short.mostBytes, () => l.b.write(map, l.b.map(short.spec.name)), () => l.b.write(map, l.b.map(spec.name)), true);
  return l.b.read(map);
}

/** Runs `use` with the map that has the element of this key. Where there are two maps, `use` is lowered once for each: the kernel makes a
 *  lookup cheaper where the map is a constant. */
export function inMap(l: Lowerer, plan: MapPlan, key: KeyPlace, type: ValueType, use: (map: Value) => Value): Value {
  const { short, spec } = plan;
  if (!short) return use(l.b.map(spec.name));
  const result = new Cell('result', type);
  const into = (name: string) => (): void => l.b.write(result, use(l.b.map(name)));
  l.branch('ule', stackBytes(l, short, key), short.mostBytes, into(short.spec.name), into(spec.name), true);
  return l.b.read(result);
}

/** Length of the stack that a key ends in. The length of a stack that could not be read is negative, which is a long one as an unsigned number. */
function stackBytes(l: Lowerer, short: NonNullable<MapPlan['short']>, key: KeyPlace): Value {
  return l.b.load(key.base, key.offset + short.lengthOffset, 8);
}
