// Values of named parameters (getopt): which are in range, and their bytes in `.rodata`.
//
//   facts  language.md 8.4; integers are 8 bytes, little endian; texts are padded with NUL

import { OptionError } from '../model/diagnostics/errors.js';
import { type ManifestParameter, type ParameterValue, positionOf } from '../model/layout/parameters.js';
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

/** What positional parameters give the parameters that stand for them.
 * @param given  as typed, `$1` first
 * @param parse  of a number as parameters have them; undefined: it is none
 * @param warn  called for one that the script uses and nobody gave: it is 0 or the empty text, as where the script is compiled
 * @throws OptionError  text where the program takes a number, or more than it has room for */
export function positionalValues(parameters: readonly ManifestParameter[], given: readonly string[], parse: (text: string) => bigint | undefined, warn?: (text: string) => void): ReadonlyMap<string, ParameterValue> {
  const values = new Map<string, ParameterValue>();
  for (const parameter of parameters) {
    const position = positionOf(parameter.name);
    if (!position) continue;
    const { index } = position;
    if (index === 'count') {
      values.set(parameter.name, BigInt(given.length));
      continue;
    }
    const text = given[index - 1] ?? '';
    if (text === '') {
      warn?.(`Positional parameter ${position.text} is empty or not provided.`);
      continue;
    }
    const value = parameter.type === 'string' ? text : parse(text);
    const complaint = value === undefined ? 'is no number, and the program was built to take one' : typeof value === 'bigint' && value < 0n ? BELOW_ZERO : outOfRange(parameter, value);
    if (complaint !== undefined) throw new OptionError('options.parameters', `${position.text}: ${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text} ${complaint}`, 'ERR_OPTION_VALUE');
    values.set(parameter.name, value!);
  }
  return values;
}

/** A literal that is not negative adopts the sign of what it meets, a negative one does not (language.md 2.2): the program was compiled for the former. */
const BELOW_ZERO = 'is below 0, and a program takes such a number only when it is built';

/** characters of a value in messages */
const SHOWN = 80;

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
