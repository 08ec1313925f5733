// runTool(): a tool for a program.
//
//   in     the name of a tool, options by the names of the command's long ones
//   out    ToolRun: the records that the command prints with -o ndjson, as objects
//   idea   the tool is that of the command, with another place for its records, its warnings and its end

import { AbortError, nearest, OptionError, TbpfError } from '../../lib/index.js';
import { ArgumentProblem, type Option, type Options } from '../shared/options.js';
import { ToolFailure } from '../shared/failure.js';
import { UsageError } from '../shared/arguments.js';
import { knownOf, type RecordKind } from '../shared/records.js';
import { Stop } from '../shared/session.js';
import type { Tool } from '../shared/tool.js';
import type { ArgdistOptions, ExecsnoopOptions, FunccountOptions, HitOptions, OpensnoopOptions, RunOptions } from './options.js';
import type { CallsRecord, DistributionRecord, ExecRecord, HitRecord, OpenRecord } from './records.js';
import { Run, type ToolRun } from './tool-run.js';

/** Options and records of the tools, by their names. */
export interface ToolTypes {
  argdist: { options: ArgdistOptions; record: DistributionRecord };
  execsnoop: { options: ExecsnoopOptions; record: ExecRecord };
  funccount: { options: FunccountOptions; record: CallsRecord };
  opensnoop: { options: OpensnoopOptions; record: OpenRecord };
  trace: { options: HitOptions; record: HitRecord };
}

/** number: a text is no such value, though the command reads one */
type Names<Of> = { readonly [Name in Exclude<keyof Of, keyof RunOptions>]-?: [NonNullable<Of[Name]>] extends [number] ? 'number' : true };

const owner = { cgroup: true, container: true, pod: true, pidns: 'number', netns: 'number', mntns: 'number' } as const;
/** Names of the options above, for programs without TypeScript. */
export const known: { readonly [Tool in keyof ToolTypes]: Names<ToolTypes[Tool]['options']> } = {
  argdist: { ...owner, count: true, histogram: true, pid: 'number', follow: true, tid: 'number', stringSize: 'number', interval: 'number', duration: 'number', number: 'number', cumulative: true, top: 'number', include: true },
  execsnoop: { ...owner, fails: true, uid: true, name: true, line: true, maxArgs: 'number', ppid: 'number', cwd: true, env: true, duration: true },
  funccount: { ...owner, pattern: true, pid: 'number', follow: true, interval: 'number', duration: 'number', regexp: true, cpu: 'number', exclude: true, top: 'number', sort: true, rate: true, by: true, includeSelf: true },
  opensnoop: {
    ...owner, failed: true, pid: 'number', follow: true, tid: 'number', uid: 'number', duration: 'number', name: true, flagFilter: true, exactFlags: true, write: true, path: true, fullPath: true, callers: true, all: true, source: true,
    exec: true, bufferPages: 'number',
  },
  trace: {
    ...owner, probes: true, pid: 'number', follow: true, tid: 'number', uid: true, stringSize: 'number', includeSelf: true, maxEvents: 'number', name: true, msgFilter: true, binCmp: true, kernelStack: true, userStack: true, address: true,
    include: true, bufferPages: 'number',
  },
};

/** serve has no records */
const loaders: Readonly<Record<keyof ToolTypes, () => Promise<Tool>>> = {
  argdist: async () => (await import('../argdist/argdist.js')).argdist,
  execsnoop: async () => (await import('../execsnoop/execsnoop.js')).execsnoop,
  funccount: async () => (await import('../funccount/funccount.js')).funccount,
  opensnoop: async () => (await import('../opensnoop/opensnoop.js')).opensnoop,
  trace: async () => (await import('../trace/trace.js')).trace,
};

/** Runs a tool, `execsnoop`, `opensnoop`, `funccount`, `trace` or `argdist`, and gives its records. Resolves when everything is attached.
 * @param options  those of the command by their long names, `maxArgs` for `--max-args`; what concerns text alone is left out
 * @throws OptionError  an option is unknown or wrong; `option` names it
 * @throws AbortError  `signal` was aborted before everything was attached
 * @throws TbpfError  the tool cannot run here; `code` is `ERR_TOOL` where its message is that of the command, and `cause` the error behind it */
export async function runTool<Name extends keyof ToolTypes>(
  name: Name, ...[options]: object extends ToolTypes[Name]['options'] ? [options?: ToolTypes[Name]['options']] : [options: ToolTypes[Name]['options']]
): Promise<ToolRun<ToolTypes[Name]['record']>> {
  if (!Object.hasOwn(known, name)) throw new OptionError('name', `there is no tool ${String(name)}: known are ${Object.keys(known).join(', ')}`, 'ERR_OPTION_VALUE');
  const { signal, onWarning = warn, ...own } = checked(options ?? {});
  const tool = await loaders[name]();
  const given = givenOf(tool.options, own, known[name]);
  const stop = new Stop();
  const abort = (): void => stop.now();
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  const run = new Run<ToolTypes[Name]['record']>(abort);
  await new Promise<void>((resolve, reject) => {
    let hasBegun = false;
    const writer = <Row>({ columns }: RecordKind<Row>) => ({
      begin: () => {
        hasBegun = true;
        resolve();
      },
      // ColumnOf says that the columns of a tool are the fields of its record
      write: (row: Row) => run.push(Object.fromEntries(knownOf(columns).map(({ field, value }) => [field, value(row)])) as unknown as ToolTypes[Name]['record']),
      lost: (count: number) => run.addLost(count),
      end: () => undefined,
    });
    const out = { clean: (text: string) => text, write: (text: string) => onWarning(text), complain: onWarning, flush: () => undefined };
    tool.run(given, { name, out, stop, ownsStdout: false, blocking: false, writer: (_, kind) => Promise.resolve(writer(kind)), metrics: () => Promise.resolve(undefined), room: () => run.room() }).then(
      () => {
        run.end();
        if (!hasBegun && signal?.aborted) reject(new AbortError(signal));
        else resolve();
      },
      (error: unknown) => {
        const told = errorOf(error);
        // before it has begun it is told by runTool(), then by the loop
        run.end(hasBegun ? told : undefined);
        reject(told);
      },
    ).finally(() => signal?.removeEventListener('abort', abort));
  });
  return run.face;
}

function warn(text: string): void {
  process.emitWarning(text, 'TbpfWarning');
}

function checked(options: unknown): RunOptions & Readonly<Record<string, unknown>> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw new OptionError('options', 'the options of a tool have to be an object', 'ERR_OPTION_TYPE');
  const { signal, onWarning } = options as RunOptions;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrongType('signal', 'an AbortSignal');
  if (onWarning !== undefined && typeof onWarning !== 'function') throw wrongType('onWarning', 'a function');
  return options as RunOptions & Readonly<Record<string, unknown>>;
}

/** What the command line would have given. @throws OptionError */
function givenOf(table: Options, options: Readonly<Record<string, unknown>>, names: Readonly<Record<string, true | 'number'>>): Readonly<Record<string, never>> {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    const known = [...Object.keys(names), 'signal', 'onWarning'];
    const near = known.find((each) => table[each]?.flags.some((flag) => flag.replace(/^--?/, '') === name)) ?? nearest(name, known);
    throw new OptionError(`options.${name}`, `there is no option options.${name}: ${near === undefined ? `known are ${known.join(', ')}` : `did you mean '${near}'?`}`, 'ERR_OPTION_UNKNOWN');
  }
  for (const [name, value] of Object.entries(options)) {
    if (names[name] === 'number' && value !== undefined && typeof value !== 'number') throw wrongType(`options.${name}`, 'a number');
  }
  const given = Object.entries(table).map(([name, option]) => [name, options[name] === undefined ? absent(name, option) : valueOf(name, option, options[name])]);
  return { ...Object.fromEntries(given) as Record<string, never>, output: 'ndjson' as never };
}

function absent(name: string, { flags, count, absent: value }: Option<unknown>): unknown {
  if (flags.length === 0 && (count === '1' || count === '+')) throw new OptionError(`options.${name}`, `options.${name} is missing`, 'ERR_OPTION_VALUE');
  return value;
}

function valueOf(name: string, option: Option<unknown>, value: unknown): unknown {
  switch (option.form) {
    case 'switch':
      if (typeof value !== 'boolean') throw wrongType(`options.${name}`, 'true or false');
      return value;
    case 'value': return parsed(name, option, value);
    case 'list': case 'rest': {
      if (option.form === 'rest' && !Array.isArray(value)) throw wrongType(`options.${name}`, 'a list of words');
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      if (values.length === 0 && option.count === '+') return absent(name, option);
      return values.map((each, i) => parsed(Array.isArray(value) ? `${name}[${i}]` : name, option, each));
    }
  }
}

function parsed(name: string, { parse, choices }: Option<unknown>, value: unknown): unknown {
  if (typeof value !== 'string' && typeof value !== 'number' && !(value instanceof RegExp)) throw wrongType(`options.${name}`, 'a text or a number');
  try {
    const word = value instanceof RegExp ? value.source : String(value);
    const read = parse(word);
    if (choices && !choices.includes(word)) throw new ArgumentProblem(`it has to be ${choices.map((choice) => `'${choice}'`).join(' or ')}`);
    return value instanceof RegExp && read instanceof RegExp ? value : read;
  } catch (error) {
    if (!(error instanceof ArgumentProblem)) throw error;
    throw new OptionError(`options.${name}`, `options.${name}: ${error.message}`, 'ERR_OPTION_VALUE');
  }
}

function wrongType(option: string, expected: string): OptionError {
  return new OptionError(option, `${option} has to be ${expected}`, 'ERR_OPTION_TYPE');
}

/** What ended the tool, in the classes that programs know. */
function errorOf(error: unknown): Error {
  if (error instanceof ToolFailure || error instanceof UsageError) return new TbpfError(error.message, { code: 'ERR_TOOL', cause: error.cause });
  return error as Error;
}
