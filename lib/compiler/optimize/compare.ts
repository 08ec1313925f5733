// What a comparison comes to without running it.

import type { Comparison, Value } from '../../model/ir/ir.js';
import { holds } from '../../model/ir/holds.js';
import type { KnownBits } from './known-bits.js';

/** Whether it always or never holds; undefined when it depends. A constant stands on the right. */
export function decide(comparison: Comparison, left: Value, right: Value, bits: KnownBits): boolean | undefined {
  if (left.isConst && right.isConst) return holds(comparison, left.constant, right.constant);
  if (left === right) return holds(comparison, 0n, 0n);
  if (!right.isConst) return undefined;
  const constant = right.constant;
  if (left.type.kind === 'ptr') {
    const never = constant === 0n && (left.op === 'slot' || left.op === 'map' || left.op === 'map_value' || left.op === 'function');
    return never && (comparison === 'eq' || comparison === 'ne') ? comparison === 'ne' : undefined;
  }
  const most = bits.possible(left);
  const bound = BigInt.asUintN(64, constant);
  switch (comparison) {
    case 'eq': return (bound & ~most) !== 0n ? false : undefined;
    case 'ne': return (bound & ~most) !== 0n ? true : undefined;
    case 'ult': return bound === 0n ? false : most < bound ? true : undefined;
    case 'uge': return bound === 0n ? true : most < bound ? false : undefined;
    case 'ugt': return most <= bound ? false : undefined;
    case 'ule': return most <= bound ? true : undefined;
    default:
  }
  if (most >> 63n) return undefined;
  // the left side is not negative
  switch (comparison) {
    case 'slt': return constant <= 0n ? false : most < constant ? true : undefined;
    case 'sge': return constant <= 0n ? true : most < constant ? false : undefined;
    case 'sgt': return constant < 0n ? true : most <= constant ? false : undefined;
    case 'sle': return constant < 0n ? false : most <= constant ? true : undefined;
  }
}
