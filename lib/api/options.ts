// Options of trace(), load() and compile(): their types, and their values once they are checked.

import { Config } from '../language/config.js';
import { OptionError } from '../model/diagnostics/errors.js';
import { constants } from 'node:os';
import { booleanOption, knownOptions, oneOf, textOption, wholeNumber, wrongType, wrongValue } from './check.js';
import { Machine } from './machine.js';
import type { QueueOptions } from './reader.js';

export interface CompileOptions {
  /** machine to compile for; default: the running one, looked at anew */
  readonly machine?: Machine;
  /** `$1`, `$2` … */
  readonly parameters?: readonly (string | number | bigint)[];
  /** system() and other functions that change the machine may be used */
  readonly unsafe?: boolean;
  /** config variables by name; they win over the script's own */
  readonly config?: Readonly<Record<string, string | number | bigint | boolean>>;
  /** only this process: a filter in each program */
  readonly pid?: number;
  /** what probes do that match nothing, or that the kernel does not attach: error: trace() rejects;  skip: they are left out and stand in Session.skipped */
  readonly missing?: 'error' | 'skip';
  /** failed reads and missing elements of maps are told, too (-k of the command) */
  readonly verboseErrors?: boolean;
}

export interface LoadOptions {
  /** the process that the program was compiled for; the trace ends with it */
  readonly pid?: number;
  /** a command that is started when everything is attached; the trace ends with it */
  readonly command?: readonly [string, ...string[]] | Command;
  /** before the start: rejects with an AbortError;  later: stops, with reason 'aborted' */
  readonly signal?: AbortSignal;
  readonly missing?: 'error' | 'skip';
  /** for each reader */
  readonly queue?: Partial<QueueOptions>;
}

export interface Command {
  /** the program, looked for in PATH, and its arguments */
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** default: the environment of this process */
  readonly env?: Readonly<Record<string, string>>;
  /** what it gets when the trace ends first: a signal, SIGTERM when nothing is said, or with false nothing, and it runs on */
  readonly killOnStop?: NodeJS.Signals | false;
}

export type TraceOptions = CompileOptions & LoadOptions;

/** Options of compiling, checked. */
export interface Compiling {
  readonly machine: Machine | undefined;
  readonly parameters: readonly string[];
  readonly unsafe: boolean;
  /** of config variables, checked */
  readonly settings: Readonly<Record<string, string | bigint | boolean>>;
  readonly pid: number | undefined;
  readonly verboseErrors: boolean;
}

/** Options of loading, checked. */
export interface Loading {
  readonly pid: number | undefined;
  readonly command: Command | undefined;
  readonly signal: AbortSignal | undefined;
  readonly missing: 'error' | 'skip' | undefined;
  readonly queue: QueueOptions;
}

const compileNames = ['machine', 'parameters', 'unsafe', 'config', 'pid', 'missing', 'verboseErrors'];
const loadNames = ['pid', 'command', 'signal', 'missing', 'queue'];

/** @throws OptionError */
export function checkCompileOptions(options: unknown): Compiling {
  knownOptions('options', options, compileNames);
  return compilingOf(options as CompileOptions);
}

/** @throws OptionError */
export function checkLoadOptions(options: unknown): Loading {
  knownOptions('options', options, loadNames);
  return loadingOf(options as LoadOptions);
}

/** @throws OptionError */
export function checkTraceOptions(options: unknown): { readonly compiling: Compiling; readonly loading: Loading } {
  knownOptions('options', options, [...new Set([...compileNames, ...loadNames])]);
  return { compiling: compilingOf(options as CompileOptions), loading: loadingOf(options as LoadOptions) };
}

function compilingOf({ machine, parameters, unsafe, config, pid, missing, verboseErrors }: CompileOptions): Compiling {
  if (machine !== undefined && !(machine instanceof Machine)) throw wrongType('options.machine', machine, 'what openMachine() gives');
  return {
    machine, parameters: parametersOf(parameters), pid: wholeNumber('options.pid', pid, 1),
    unsafe: booleanOption('options.unsafe', unsafe) ?? false,
    verboseErrors: booleanOption('options.verboseErrors', verboseErrors) ?? false,
    settings: settingsOf(config, missingOption(missing)),
  };
}

function loadingOf({ pid, command, signal, missing, queue }: LoadOptions): Loading {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrongType('options.signal', signal, 'an AbortSignal');
  if (pid !== undefined && command !== undefined) throw new OptionError('command', 'options.pid and options.command are given both: a trace follows one process', 'ERR_OPTION_VALUE');
  return { pid: wholeNumber('options.pid', pid, 1), command: commandOf(command), signal, missing: missingOption(missing), queue: queueOf(queue) };
}

function missingOption(missing: unknown): 'error' | 'skip' | undefined {
  return oneOf('options.missing', missing, ['error', 'skip']);
}

function parametersOf(parameters: unknown): readonly string[] {
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
  return missing === 'skip' ? 'ignore' : 'error';
}

function commandOf(command: unknown): Command | undefined {
  if (command === undefined) return undefined;
  if (Array.isArray(command)) return { argv: argvOf('options.command', command) };
  knownOptions('options.command', command, ['argv', 'cwd', 'env', 'killOnStop']);
  const { argv, cwd, env, killOnStop } = command as Command;
  if (env !== undefined) for (const [name, value] of Object.entries(env)) textOption(`options.command.env.${name}`, value);
  if (killOnStop !== undefined && killOnStop !== false && !(killOnStop in constants.signals)) throw wrongValue('options.command.killOnStop', killOnStop, 'the name of a signal or false');
  return { argv: argvOf('options.command.argv', argv), cwd: textOption('options.command.cwd', cwd), env, killOnStop };
}

function argvOf(option: string, argv: unknown): readonly [string, ...string[]] {
  const expected = 'a list of strings that begins with a program';
  if (!Array.isArray(argv) || !argv.every((word) => typeof word === 'string')) throw wrongType(option, argv, expected);
  if (argv.length === 0 || argv[0] === '') throw wrongValue(option, argv, expected);
  return argv as unknown as [string, ...string[]];
}

const DEFAULT_SIZE = 16_384;

function queueOf(queue: unknown): QueueOptions {
  if (queue === undefined) return { size: DEFAULT_SIZE, whenFull: 'wait' };
  knownOptions('options.queue', queue, ['size', 'whenFull']);
  const { size, whenFull } = queue as Partial<QueueOptions>;
  return { size: wholeNumber('options.queue.size', size, 1) ?? DEFAULT_SIZE, whenFull: oneOf('options.queue.whenFull', whenFull, ['wait', 'drop-oldest']) ?? 'wait' };
}
