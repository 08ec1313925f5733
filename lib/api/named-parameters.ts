// Values of named parameters in a compiled program: options.namedParameters.

import { OptionError } from '../model/diagnostics/errors.js';
import { nearest } from '../model/diagnostics/nearest.js';
import type { Manifest } from '../model/layout/manifest.js';
import { outOfRange, parameterPieces } from '../language/parameter-values.js';
import type { ManifestParameter, ParameterValue } from '../model/layout/parameters.js';
import { patchRodata } from '../runtime/session/start-values.js';
import { wrongType, wrongValue } from './check.js';

/** The object with these values in it.
 * @throws OptionError  the script has no such parameter, or one of another type */
export function withParameters(elf: Uint8Array, { parameters = [] }: Manifest, values: ReadonlyMap<string, ParameterValue>): Uint8Array {
  for (const [name, value] of values) checkValue(name, value, parameters);
  return patchRodata(elf, parameterPieces(parameters, values));
}

const expected = { bool: 'a boolean', int64: 'a whole number', uint64: 'a whole number, not below 0', string: 'a string' } as const;
const jsType = { bool: 'boolean', int64: 'bigint', uint64: 'bigint', string: 'string' } as const;

function checkValue(name: string, value: ParameterValue, parameters: readonly ManifestParameter[]): void {
  const option = `options.namedParameters.${name}`;
  const parameter = parameters.find((each) => each.name === name);
  if (!parameter) {
    const names = parameters.map((each) => each.name);
    const near = nearest(name, names);
    const hint = names.length === 0 ? 'it calls no getopt()' : near === undefined ? `it has ${names.join(', ')}` : `did you mean '${near}'?`;
    throw new OptionError(option, `${option}: the script has no such parameter: ${hint}`, 'ERR_OPTION_UNKNOWN');
  }
  if (typeof value !== jsType[parameter.type]) throw wrongType(option, value, expected[parameter.type]);
  const complaint = outOfRange(parameter, value);
  if (complaint === undefined) return;
  if (typeof value === 'bigint') throw wrongValue(option, value, expected[parameter.type]);
  throw new OptionError(option, `${option} ${complaint}`, 'ERR_OPTION_VALUE');
}
