// The 64-bit words that map functions keep for each CPU: reading them, judging their sign, spelling them.
//
//   facts  words are little endian, as on every machine that tbpf runs on

import type { Value } from '../../model/layout/value.js';

/** Word `index` of an element, by the sign of the aggregate. */
export function readWord(view: DataView, index: number, signed: boolean): bigint {
  return signed ? view.getBigInt64(index * 8, true) : view.getBigUint64(index * 8, true);
}

/** Cuts a sum to 64 bits, as the machine would have. */
export function wrap(value: bigint, signed: boolean): bigint {
  return signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
}

/** total / count, towards zero; 0 when nothing was counted. */
export function average(total: bigint, count: bigint): bigint {
  return count === 0n ? 0n : total / count;
}

/** What a merge answered was of another aggregate's kind. */
export function wrongKind(name: string, kind: string): never {
  throw new Error(`${name}: cannot work on a merged '${kind}'`);
}

/** One line of a histogram for JavaScript; open bounds are null. */
export function rowValue(row: { readonly min: bigint | undefined; readonly max: bigint | undefined; readonly count: bigint }): Value {
  return { min: row.min ?? null, max: row.max ?? null, count: row.count };
}
