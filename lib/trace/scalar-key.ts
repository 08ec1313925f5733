// A key as users give it, as the bytes that it has in the kernel's map.
//
//   facts  of an integer there is one way to write it; a histogram's keys have a bucket behind them, and are none of these

import type { ManifestMap } from '../model/layout/manifest.js';
import { sizeOf } from '../model/types/size.js';

/** undefined: the map's keys are not one integer, or the value is none that such a key can have. */
export function scalarKey({ key: type, keySize }: ManifestMap, key: unknown): Uint8Array | undefined {
  if (type?.kind !== 'int' || sizeOf(type) !== keySize) return undefined;
  if (typeof key !== 'bigint' && !(typeof key === 'number' && Number.isSafeInteger(key))) return undefined;
  const value = BigInt(key);
  const { bits, signed } = type;
  if ((signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) !== value) return undefined;
  const bytes = new Uint8Array(keySize);
  for (let i = 0; i < keySize; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return bytes;
}
