// Options of trace() and load(): their types, and their values once they are checked.

import { OptionError } from '../model/diagnostics/errors.js';
import type { ParameterValue } from '../model/layout/parameters.js';
import { type Facts, isFacts } from '../model/target/facts.js';
import { constants } from 'node:os';
import { knownOptions, oneOf, textOption, wholeNumber, wrongType, wrongValue } from './check.js';
import { compileNames, type CompileOptions, type Compiling, compilingOf, missingOption, type NamedValues, namedValuesOf, parametersOf } from './compile-options.js';
import { Machine } from './machine.js';
import type { QueueOptions } from './reader.js';
import type { CgroupFilter } from '../runtime/discover/index.js';

export interface LoadOptions {
  /** the process that the program was compiled for, or any where it is portable; the trace ends with it */
  readonly pid?: number;
  /** Only what happens in this control group (cgroup v2) or below it: a path, or a shell pattern of one as `system.slice/web*`. Groups that come later and
   *  fit are traced from then on; below a group that is traced every new one is, from its first process on. For programs that are loaded: portable ones */
  readonly cgroup?: string;
  /** only this container: its name, or its id from the start. With `cgroup` and `pod` all must hold */
  readonly container?: string;
  /** only the containers of this pod, NAMESPACE/NAME */
  readonly pod?: string;
  /** `$1`, `$2` … of a portable program (CompileOptions.portable) */
  readonly parameters?: readonly (string | number | bigint)[];
  /** in place of the values that the program was compiled with (getopt) */
  readonly namedParameters?: NamedValues;
  /** a command that is started when everything is attached; the trace ends with it */
  readonly command?: readonly [string, ...string[]] | Command;
  /** before the start: rejects with an AbortError;  later: stops, with reason 'aborted' */
  readonly signal?: AbortSignal;
  /** probes that the kernel does not attach. error: load() rejects;  skip: they stand in Session.skipped */
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
  /** user whom it runs as, with that user's groups; the environment stays (HOME is not that user's). Default: this process's */
  readonly uid?: number;
  /** its standard streams. inherit: those of this process;  ignore: /dev/null;  pipe: those of Session.command;  stderr: as inherit, but what it writes to
   *  stdout goes to stderr of this process. Default: inherit */
  readonly stdio?: 'inherit' | 'ignore' | 'pipe' | 'stderr';
}

export type TraceOptions = Omit<CompileOptions, 'portable'> & LoadOptions;

/** Options of loading, checked. */
export interface Loading {
  readonly pid: number | undefined;
  /** undefined: all count */
  readonly cgroups: CgroupFilter | undefined;
  readonly parameters: readonly string[];
  readonly namedParameters: ReadonlyMap<string, ParameterValue>;
  readonly command: Command | undefined;
  readonly signal: AbortSignal | undefined;
  readonly missing: 'error' | 'skip' | undefined;
  readonly queue: QueueOptions;
}

const loadNames = ['pid', 'parameters', 'namedParameters', 'command', 'signal', 'missing', 'queue', 'cgroup', 'container', 'pod'];

/** @throws OptionError */
export function checkCompileOptions(options: unknown): { readonly machine: Machine | Facts | undefined; readonly compiling: Compiling } {
  knownOptions('options', options, compileNames);
  const { machine } = options as CompileOptions;
  if (machine !== undefined && !Machine.is(machine) && !isFacts(machine)) throw wrongType('options.machine', machine, 'what openMachine() or its record() gives');
  return { machine, compiling: compilingOf(options as CompileOptions) };
}

/** @throws OptionError */
export function checkLoadOptions(options: unknown): Loading {
  knownOptions('options', options, loadNames);
  return loadingOf(options as LoadOptions);
}

/** @throws OptionError */
export function checkTraceOptions(options: unknown): { readonly machine: Machine | undefined; readonly compiling: Compiling; readonly loading: Loading } {
  knownOptions('options', options, [...new Set([...compileNames, ...loadNames])].filter((name) => name !== 'portable'));
  const { machine } = options as TraceOptions;
  if (machine !== undefined && !Machine.is(machine)) throw wrongType('options.machine', machine, 'what openMachine() gives (facts are for compile())');
  return { machine, ...both(compilingOf(options as CompileOptions), loadingOf(options as LoadOptions)) };
}

function both(compiling: Compiling, loading: Loading): { readonly compiling: Compiling; readonly loading: Loading } {
  return { compiling: { ...compiling, byCgroup: loading.cgroups !== undefined }, loading };
}

function cgroupsOf({ cgroup, container, pod }: LoadOptions): CgroupFilter | undefined {
  const given = Object.entries({ cgroup, container, pod }).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) if (textOption(`options.${name}`, value) === '') throw wrongValue(`options.${name}`, value, 'a name');
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function loadingOf({ pid, cgroup, container, pod, parameters, namedParameters, command, signal, missing, queue }: LoadOptions): Loading {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrongType('options.signal', signal, 'an AbortSignal');
  if (pid !== undefined && command !== undefined) throw new OptionError('options.command', 'options.pid and options.command are given both: a trace follows one process', 'ERR_OPTION_VALUE');
  return { pid: wholeNumber('options.pid', pid, 1), cgroups: cgroupsOf({ cgroup, container, pod }), parameters: parametersOf(parameters), namedParameters: namedValuesOf(namedParameters), command: commandOf(command), signal, missing: missingOption(missing), queue: queueOf(queue) };
}

function commandOf(command: unknown): Command | undefined {
  if (command === undefined) return undefined;
  if (Array.isArray(command)) return { argv: argvOf('options.command', command) };
  if (typeof command !== 'object' || command === null) throw wrongType('options.command', command, 'a list of words, or { argv }');
  knownOptions('options.command', command, ['argv', 'cwd', 'env', 'killOnStop', 'uid', 'stdio']);
  const { argv, cwd, env, killOnStop, uid, stdio } = command as Command;
  if (env !== undefined) for (const [name, value] of Object.entries(env)) textOption(`options.command.env.${name}`, value);
  if (killOnStop !== undefined && killOnStop !== false && !(killOnStop in constants.signals)) throw wrongValue('options.command.killOnStop', killOnStop, 'the name of a signal or false');
  return { argv: argvOf('options.command.argv', argv), cwd: textOption('options.command.cwd', cwd), env, killOnStop, uid: userOption(uid), stdio: oneOf('options.command.stdio', stdio, ['inherit', 'ignore', 'pipe', 'stderr']) };
}

/** The greatest number stands for "nobody said". */
const MOST_USER = 2 ** 32 - 2;

function userOption(uid: unknown): number | undefined {
  const user = wholeNumber('options.command.uid', uid, 0);
  if (user !== undefined && user > MOST_USER) throw wrongValue('options.command.uid', uid, `at most ${MOST_USER}`);
  return user;
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
