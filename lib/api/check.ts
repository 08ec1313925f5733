// Arguments of the library, looked at before anything is done with them: a mistake is an OptionError that names the option.

import { nearest } from '../model/diagnostics/nearest.js';
import { OptionError } from '../model/diagnostics/errors.js';
import { describe } from './describe.js';

/** @throws OptionError  it is no object, or has a member that nobody knows */
export function knownOptions(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw wrongType(where, options, 'an object');
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new OptionError(`${where}.${name}`, `there is no option ${where}.${name}: ${near === undefined ? `known are ${known.join(', ')}` : `did you mean '${near}'?`}`, 'ERR_OPTION_UNKNOWN');
  }
}

export function wrongType(option: string, value: unknown, expected: string): OptionError {
  return new OptionError(option, `${option} is ${describe(value)}: it has to be ${expected}`, 'ERR_OPTION_TYPE');
}

export function wrongValue(option: string, value: unknown, expected: string): OptionError {
  return new OptionError(option, `${option} is ${describe(value)}: it has to be ${expected}`, 'ERR_OPTION_VALUE');
}

/** undefined: it was not given. */
export function wholeNumber(option: string, value: unknown, least: number): number | undefined {
  if (value === undefined) return undefined;
  const expected = `a whole number, at least ${least}`;
  if (typeof value !== 'number') throw wrongType(option, value, expected);
  if (!Number.isSafeInteger(value) || value < least) throw wrongValue(option, value, expected);
  return value;
}

export function booleanOption(option: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrongType(option, value, 'true or false');
}

export function oneOf<const T extends string>(option: string, value: unknown, words: readonly T[]): T | undefined {
  if (value === undefined || words.includes(value as T)) return value as T | undefined;
  throw wrongValue(option, value, words.map((word) => `'${word}'`).join(' or '));
}

export function textOption(option: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw wrongType(option, value, 'a string');
}
