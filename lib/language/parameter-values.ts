// Values of named parameters (getopt): which are in range, and their bytes in `.rodata`.
//
//   facts  language.md 8.4; integers are 8 bytes, little endian; texts are padded with NUL

import type { ManifestParameter, ParameterValue } from '../model/layout/parameters.js';
import { bytesOfText } from '../model/syntax/text.js';

/** Why a value of the right type cannot be the parameter's; undefined when it can. */
export function outOfRange({ type, place }: ManifestParameter, value: ParameterValue): string | undefined {
  if (typeof value === 'bigint') {
    const fits = type === 'int64' ? BigInt.asIntN(64, value) === value : BigInt.asUintN(64, value) === value;
    return fits ? undefined : `is out of range: it has to be an ${type}`;
  }
  if (typeof value !== 'string' || place === undefined) return undefined;
  const { length } = bytesOfText(value);
  return length < place.size ? undefined : `is too long: it has ${length} bytes, max_strlen allows ${place.size - 1}`;
}

/** @param value  one that is in range */
export function parameterBytes(value: ParameterValue, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  if (typeof value === 'string') bytes.set(bytesOfText(value));
  else for (let i = 0; i < size; i++) bytes[i] = Number((BigInt(value) >> BigInt(i * 8)) & 0xffn);
  return bytes;
}

/** What of `.rodata` these values replace; parameters without a value here keep the one that the object has.
 * @param values  that are in range */
export function parameterPieces(parameters: readonly ManifestParameter[], values: ReadonlyMap<string, ParameterValue>): { readonly offset: number; readonly bytes: Uint8Array }[] {
  return parameters.flatMap(({ name, place }) => {
    const value = values.get(name);
    return place === undefined || value === undefined ? [] : [{ offset: place.offset, bytes: parameterBytes(value, place.size) }];
  });
}
