// Options of compiling: their types, and their values once they are checked. Needs no Node.

import { Config } from '../language/config.js';
import { OptionError } from '../model/diagnostics/errors.js';
import type { Facts } from '../model/target/facts.js';
import type { ParameterValue } from '../model/layout/parameters.js';
import { booleanOption, oneOf, wholeNumber, wrongType, wrongValue } from './check.js';
import type { Machine } from './machine.js';

/** Values of named parameters, as options give them. */
export type NamedValues = Readonly<Record<string, string | number | bigint | boolean>>;

export interface CompileOptions {
  /** machine to compile for: what openMachine() gives, or what Machine.record() recorded; default: the running one, looked at anew */
  readonly machine?: Machine | Facts;
  /** `$1`, `$2` … */
  readonly parameters?: readonly (string | number | bigint)[];
  /** values of the script's named parameters (getopt) by their names: numbers, booleans and strings, as their defaults are; the others keep their
   *  defaults. Program.parameters lists them */
  readonly namedParameters?: NamedValues;
  /** C headers that are read before those of the script (--include of the command): paths as seen from the current directory, and names as `linux/fs.h` of
   *  the system's headers and the kernel's */
  readonly include?: readonly string[];
  /** system() and other functions that change the machine may be used */
  readonly unsafe?: boolean;
  /** config variables by name; they win over the script's own */
  readonly config?: Readonly<Record<string, string | number | bigint | boolean>>;
  /** only this process: a filter in each program */
  readonly pid?: number;
  /** The process of `pid` or of `command` and all that descend from it, each from its first instruction on, and nobody else. Which processes
   *  that are is kept in the kernel; it needs tracepoints and the kernel's types (BTF). */
  readonly follow?: boolean;
  /** What differs from run to run is left open, for programs that are kept (Program.toBytes): the process of load()'s `pid`, and `$1`, `$2` … where
   *  `parameters` has none */
  readonly portable?: boolean;
  /** probes that match nothing, or that the kernel does not attach. error: trace() rejects;  skip: they are left out; those that match nothing are among the
   *  warnings, those that cannot be attached in Session.skipped */
  readonly missing?: 'error' | 'skip';
  /** failed reads and missing elements of maps are told, too (-k of the command) */
  readonly verboseErrors?: boolean;
  /** The running machine's scripts are compiled on this thread: no other has to start, and nothing else happens meanwhile. For programs that only wait
   *  for it, as commands do: their start takes half as long. */
  readonly blocking?: boolean;
}

/** Options of compiling but the machine, checked. */
export interface Compiling {
  readonly parameters: readonly string[];
  readonly namedParameters: ReadonlyMap<string, ParameterValue>;
  readonly include: readonly string[];
  readonly unsafe: boolean;
  /** of config variables, checked */
  readonly settings: Readonly<Record<string, string | bigint | boolean>>;
  readonly pid: number | undefined;
  readonly follow: boolean;
  /** only tasks of the control groups that the run names */
  readonly byCgroup: boolean;
  readonly portable: boolean;
  readonly verboseErrors: boolean;
  readonly blocking: boolean;
}

export const compileNames = ['machine', 'parameters', 'namedParameters', 'include', 'unsafe', 'config', 'pid', 'follow', 'portable', 'missing', 'verboseErrors', 'blocking'];

/** @throws OptionError */
export function compilingOf({ parameters, namedParameters, include, unsafe, config, pid, follow, portable, missing, verboseErrors, blocking }: Omit<CompileOptions, 'machine'>): Compiling {
  if (portable === true && pid !== undefined) throw new OptionError('options.pid', 'options.pid and options.portable are given both: the process of a portable program is given to load()', 'ERR_OPTION_VALUE');
  if (portable === true && follow === true) throw new OptionError('options.follow', 'options.follow and options.portable are given both: a portable program is for one process or all', 'ERR_OPTION_VALUE');
  return {
    parameters: parametersOf(parameters), namedParameters: namedValuesOf(namedParameters), pid: wholeNumber('options.pid', pid, 1),
    include: includeOf(include),
    unsafe: booleanOption('options.unsafe', unsafe) ?? false,
    follow: booleanOption('options.follow', follow) ?? false,
    byCgroup: false,
    portable: booleanOption('options.portable', portable) ?? false,
    verboseErrors: booleanOption('options.verboseErrors', verboseErrors) ?? false,
    blocking: booleanOption('options.blocking', blocking) ?? false,
    settings: settingsOf(config, missingOption(missing)),
  };
}

export function missingOption(missing: unknown): 'error' | 'skip' | undefined {
  return oneOf('options.missing', missing, ['error', 'skip']);
}

function includeOf(include: unknown): readonly string[] {
  if (include === undefined) return [];
  if (!Array.isArray(include)) throw wrongType('options.include', include, 'a list of headers');
  return include.map((name: unknown, i) => {
    if (typeof name !== 'string') throw wrongType(`options.include[${i}]`, name, 'a string');
    if (name === '') throw wrongValue(`options.include[${i}]`, name, 'the path of a header');
    return name;
  });
}

/** @throws OptionError */
export function parametersOf(parameters: unknown): readonly string[] {
  if (parameters === undefined) return [];
  if (!Array.isArray(parameters)) throw wrongType('options.parameters', parameters, 'a list');
  return parameters.map((value: unknown, i) => {
    const option = `options.parameters[${i}]`;
    const expected = 'a string, a bigint or a whole number';
    if (typeof value === 'string' || typeof value === 'bigint') return String(value);
    if (typeof value !== 'number') throw wrongType(option, value, expected);
    if (!Number.isSafeInteger(value)) throw wrongValue(option, value, expected);
    return String(value);
  });
}

/** @throws OptionError */
export function namedValuesOf(given: unknown): ReadonlyMap<string, ParameterValue> {
  if (given === undefined) return new Map();
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw wrongType('options.namedParameters', given, 'an object');
  return new Map(Object.entries(given).map(([name, value]: [string, unknown]) => {
    const option = `options.namedParameters.${name}`;
    if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return [name, value];
    if (typeof value !== 'number') throw wrongType(option, value, 'a string, number or boolean');
    if (!Number.isSafeInteger(value)) throw wrongValue(option, value, 'a whole number');
    return [name, BigInt(value)];
  }));
}

function settingsOf(given: unknown, missing: 'error' | 'skip' | undefined): Compiling['settings'] {
  const config = new Config();
  const settings: Record<string, string | bigint | boolean> = {};
  if (given !== undefined && (typeof given !== 'object' || given === null)) throw wrongType('options.config', given, 'an object');
  for (const [key, value] of Object.entries(given ?? {})) {
    const option = `options.config.${key}`;
    if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value)) throw wrongType(option, value, 'a string, number or boolean');
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw wrongValue(option, value, 'a whole number');
    settings[key] = typeof value === 'number' ? BigInt(value) : value as string | bigint | boolean;
    const { error } = config.set(key, settings[key], 'environment');
    if (error !== undefined) throw new OptionError(option, `${option}: ${error.text}`, 'ERR_OPTION_VALUE');
  }
  return missing === undefined ? settings : { ...settings, missing_probes: policyOf(missing) };
}

/** In the words of the config variable missing_probes. */
export function policyOf(missing: 'error' | 'skip'): string {
  return missing === 'skip' ? 'warn' : 'error';
}
