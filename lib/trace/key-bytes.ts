// A key as users give it, as the bytes that programs write of it into the kernel's map.
//
//   facts  padding is 0, and so is what stands behind the NUL of a text: hash maps compare all bytes. A text that fills its place may have been cut,
//          its bytes are not known. Keys of maps of buckets have a bucket behind them, and are none of these

import type { ManifestMap } from '../model/layout/manifest.js';
import { viewOf } from '../model/bytes/bytes.js';
import { bytesOfText } from '../model/syntax/text.js';
import { placeElements, sizeOf } from '../model/types/size.js';
import { isSigned, type Type } from '../model/types/types.js';
import { compileReader, sameValue, type ReadOptions } from '../runtime/collect/index.js';

/** @returns whether `value` is one that the type can have; its bytes are then in `to`, which was all zeros */
type Encoder = (value: unknown, to: Uint8Array) => boolean;

/** undefined: the bytes of such a key cannot be told for certain. */
export type KeyBytes = (key: unknown) => Uint8Array | undefined;

/** Of maps whose keys are integers, enums, booleans, texts, or tuples and records of these; of other maps no key has bytes. */
export function compileKeyBytes({ key: type, keySize }: ManifestMap, options: ReadOptions): KeyBytes {
  const encode = type && sizeOf(type) === keySize ? encoderOf(type) : undefined;
  if (!encode) return () => undefined;
  const read = compileReader(type!, options);
  return (key) => {
    const bytes = new Uint8Array(keySize);
    // what reads as another key is not the key that was asked for: a text with a NUL in it, a tuple that is too long
    return encode(key, bytes) && sameValue(read(viewOf(bytes), 0), key) ? bytes : undefined;
  };
}

function encoderOf(type: Type): Encoder | undefined {
  switch (type.kind) {
    case 'int': case 'enum': return integerEncoder(8 * sizeOf(type), isSigned(type));
    // 1 is the only true that C and the language write
    case 'bool': return (value, to) => {
      if (typeof value !== 'boolean') return false;
      to[0] = Number(value);
      return true;
    };
    case 'string': return (value, to) => {
      if (typeof value !== 'string' || value.length >= type.capacity) return false;
      const bytes = bytesOfText(value);
      if (bytes.length >= type.capacity) return false;
      to.set(bytes);
      return true;
    };
    case 'tuple': return partsEncoder(type.elements.map((of, i) => ({ name: i, of })));
    case 'record': return partsEncoder(type.fields.map(({ name, type: of }) => ({ name, of })));
    default: return undefined;
  }
}

function integerEncoder(bits: number, signed: boolean): Encoder {
  return (value, to) => {
    if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isSafeInteger(value))) return false;
    const integer = BigInt(value);
    if ((signed ? BigInt.asIntN(bits, integer) : BigInt.asUintN(bits, integer)) !== integer) return false;
    for (let i = 0; i < bits / 8; i++) to[i] = Number((integer >> BigInt(8 * i)) & 0xffn);
    return true;
  };
}

function partsEncoder(parts: readonly { readonly name: string | number; readonly of: Type }[]): Encoder | undefined {
  if (parts.length === 0) return undefined;
  const { offsets } = placeElements(parts.map(({ of }) => of));
  const placed: { readonly name: string | number; readonly encode: Encoder; readonly from: number; readonly end: number }[] = [];
  for (const [i, { name, of }] of parts.entries()) {
    const encode = encoderOf(of);
    if (!encode) return undefined;
    placed.push({ name, encode, from: offsets[i]!, end: offsets[i]! + sizeOf(of) });
  }
  return (value, to) => typeof value === 'object' && value !== null
    && placed.every(({ name, encode, from, end }) => encode((value as Readonly<Record<string, unknown>>)[name], to.subarray(from, end)));
}
