// Comparisons of constants, as the machine does them.

import type { Comparison } from './ir.js';

const unsigned = (n: bigint): bigint => BigInt.asUintN(64, n);
const signed = (n: bigint): bigint => BigInt.asIntN(64, n);

/** Operands: any representation of 64 bits. */
export function holds(comparison: Comparison, left: bigint, right: bigint): boolean {
  const [a, b] = comparison.startsWith('s') ? [signed(left), signed(right)] : [unsigned(left), unsigned(right)];
  switch (comparison) {
    case 'eq': return a === b;
    case 'ne': return a !== b;
    case 'ult': case 'slt': return a < b;
    case 'ule': case 'sle': return a <= b;
    case 'ugt': case 'sgt': return a > b;
    case 'uge': case 'sge': return a >= b;
  }
}
