// The command line as data.
//
//   in     argv
//   out    CommandLine, or UsageError with what is wrong
//   facts  options, order of checks and wording: language.md 8.1, 8.2, 8.4

import parse from 'yargs-parser';
import { outputFormats, type OutputFormat } from '../../runtime/output/index.js';
import type { CgroupFilter } from '../../runtime/discover/index.js';
import { spellOut } from './getopt.js';
import type { Mode } from '../jobs/own-probes.js';
import { optionSpecs, refusalOf } from './options.js';
import { parsePid } from './pid.js';
import { expandStages } from './stages.js';
import { isSubcommand } from './subcommands.js';

export type Program = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'file'; readonly path: string } | { readonly kind: 'stdin' };

export interface CommandLine {
  readonly action: 'run' | 'compile' | 'compiler bench' | 'format' | 'list' | 'info' | 'doctor' | 'types' | 'facts' | 'build' | 'inspect' | 'run file' | 'fmt' | 'explain' | 'lsp' | 'help' | 'version';
  /** of help: the script whose parameters it shows */
  readonly program: Program | undefined;
  /** of inspect and run: the file that build wrote */
  readonly file: string | undefined;
  /** of build: file with the facts of the machine to compile for; undefined: this one */
  readonly facts: string | undefined;
  /** of inspect: show the script's text */
  readonly showsScript: boolean;
  /** of fmt: name the files that would change, and write none */
  readonly checks: boolean;
  /** of -l without program */
  readonly pattern: string | undefined;
  /** words behind the script, or behind the subcommand */
  readonly parameters: readonly string[];
  /** `--name`, `--name=value` behind `--` */
  readonly namedParameters: readonly string[];
  readonly format: OutputFormat;
  readonly output: string | undefined;
  /** of build: the file is run as a command (--aot) */
  readonly executable: boolean;
  /** --watch: seconds between two drawings of the maps; undefined: they are not drawn */
  readonly watch: number | undefined;
  /** the page to draw */
  readonly flame: string | undefined;
  /** the page of --heatmap */
  readonly heatmap: string | undefined;
  /** the page of --chart */
  readonly chart: string | undefined;
  /** folded stacks to compare it with */
  readonly diff: string | undefined;
  readonly buffering: 'line' | 'full' | 'none' | undefined;
  readonly pid: number | undefined;
  /** --dwarf-pid */
  readonly unwoundPids: readonly number[];
  readonly command: string | undefined;
  /** descendants of the process of -p or -c too, and nobody else */
  readonly follows: boolean;
  /** control groups that are traced; undefined: all */
  readonly cgroups: CgroupFilter | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly unsafe: boolean;
  readonly dryRun: boolean;
  /** -k */
  readonly verboseErrors: boolean;
  /** false: --no-warnings */
  readonly warnings: boolean;
  readonly includeDirectories: readonly string[];
  readonly includeFiles: readonly string[];
  readonly traceableFunctions: string | undefined;
  /** --debuginfo, as given */
  readonly debugInfo: readonly string[];
  readonly disabledFeatures: readonly string[];
  readonly probeFilter: RegExp | undefined;
  readonly emitElf: string | undefined;
  /** which probes are run: those that are attached, or those that tbpf runs itself */
  readonly mode: Mode;
  /** stages to show, as compile() names them, and `elf`, `libbpf`, `verifier` */
  readonly stages: readonly string[];
}

/** The command line is wrong. */
export class UsageError extends Error {
  constructor(
    message: string,
    /** what to show: the complaint alone, or the usage after it */
    readonly shows: 'complaint' | 'usage' = 'complaint',
    readonly status = 1,
  ) {
    super(message);
  }
}

const modes = optionSpecs.find(({ name }) => name === 'mode')!.words!;
const features = optionSpecs.find(({ name }) => name === 'no-feature')!.words!;
const OTHER_STATUS = 255;
/** Stands before every argument on its way through yargs, which would strip quotes and drop empty texts. */
const SHIELD = ':';

/** @throws UsageError */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  if (argv.length === 0) throw new UsageError('', 'usage');
  // editors name the way to speak to a language server, and there is one
  const spelled = spellOut(argv[0] === 'lsp' ? argv.filter((word) => word !== '--stdio') : argv, optionSpecs);
  if ('complaint' in spelled) {
    const hint = spelled.complaint.startsWith('unrecognized option') ? '\nHINT: Options of a script stand behind --, as in: tbpf script.bt -- --name=value' : '';
    throw new UsageError(`tbpf: ${spelled.complaint}${hint}`, 'usage');
  }
  const given = new Given(spelled.options);
  if (given.has('help')) return { ...nothing, action: 'help', ...helpedScript(given, [...spelled.operands, ...spelled.rest]) };
  if (given.has('version')) return { ...nothing, action: 'version' };
  for (const spec of optionSpecs) {
    const refusal = refusalOf(spec);
    if (refusal !== undefined && given.has(spec.name)) throw new UsageError(`ERROR: ${refusal}`);
  }

  const format = given.text('format') ?? 'text';
  if (!isOutputFormat(format)) throw new UsageError(`ERROR: Invalid output format "${format}"\nValid formats: '${Object.keys(outputFormats).join("', '")}'`);
  const buffering = given.text('B');
  if (buffering !== undefined && buffering !== 'line' && buffering !== 'full' && buffering !== 'none') throw usage("-B must be either 'line', 'full', or 'none'.");
  if (given.count('warnings') > 1) throw usage('-kk has been deprecated. Use a single -k for runtime warnings for errors in map lookups and probe reads.');
  if (given.has('warnings') && given.has('no-warnings')) throw usage('-k, --warnings conflicts with --no-warnings');
  const disabledFeatures = given.all('no-feature').flatMap((text) => text.split(','));
  if (disabledFeatures.some((name) => !features.includes(name))) throw usage(`--no-feature can only have values '${features.join(',')}'.`);
  const stages = expandStages(given.all('debug'));
  if (typeof stages === 'string') throw usage(stages);
  if (given.has('pid') && given.has('cmd')) throw usage('Cannot use both -c and -p.');
  if (given.has('follow') && !given.has('pid') && !given.has('cmd')) throw usage('--follow needs a process to begin with: give -p PID or -c CMD.');
  if (given.has('diff') && !given.has('flame')) throw usage('--diff compares a flame graph with an earlier trace: give --flame FILE.html too.');
  const checksScripts = spelled.operands[0] === 'fmt' || modeOf(given) === 'format';
  if (given.has('check') && !checksScripts) throw usage('--check is an option of tbpf fmt: tbpf fmt --check FILE…');
  const pid = given.has('pid') ? parsePid(given.text('pid')!) : undefined;
  if (typeof pid === 'string') throw new UsageError(`ERROR: ${pid}`);

  const unwoundPids = given.all('dwarf-pid').map((text) => {
    const one = parsePid(text);
    if (typeof one === 'string') throw new UsageError(`ERROR: ${one}`);
    return one;
  });

  // `--` parts options from operands, and behind it words with dashes are for the script
  const namedParameters = spelled.rest.filter((word) => word.startsWith('--'));
  const operands = [...spelled.operands, ...spelled.rest.filter((word) => !word.startsWith('--'))];
  const { action, program, pattern, file, parameters } = whatToDo(given, operands);
  if (given.has('aot') && action !== 'build') throw usage(`--aot compiles a script, and there is none to compile: tbpf --aot FILE script.bt`);
  if (given.has('aot') && given.has('output')) throw usage('--aot names the file to write; -o is an option of running it.');
  if (action === 'run file') refuseForFile(given);
  if (action === 'build' && !given.has('output') && !given.has('aot')) throw usage('build needs the file to write: tbpf build script.bt -o script.tbpf');
  if (action === 'build' && given.has('follow')) throw usage('--follow is no option of tbpf build: what is built takes -p of tbpf run.');
  for (const name of whichGroups) if (action === 'build' && given.has(name)) throw usage(`--${name} is an option of tbpf run: a program that is built is for any control group.`);
  if (action === 'build' && given.has('pid')) throw usage('-p is an option of tbpf run: a program that is built is for any process.');
  return {
    action, program, pattern, file, facts: given.text('for'), parameters, namedParameters, showsScript: given.has('script'), checks: given.has('check'), format, buffering, pid, disabledFeatures, stages,
    output: given.text('aot') ?? given.text('output'),
    executable: given.has('aot'),
    watch: given.has('watch') ? parseSeconds(given.text('watch')!) : undefined,
    flame: given.text('flame'),
    heatmap: given.text('heatmap'),
    chart: given.text('chart'),
    diff: given.text('diff'),
    command: given.text('cmd'),
    unwoundPids,
    follows: given.has('follow'),
    cgroups: cgroupsOf(given),
    quiet: given.has('quiet'),
    verbose: given.has('verbose'),
    unsafe: given.has('unsafe'),
    dryRun: given.has('dry-run'),
    verboseErrors: given.has('warnings'),
    warnings: !given.has('no-warnings'),
    includeDirectories: given.all('I'),
    includeFiles: given.all('include'),
    traceableFunctions: given.text('traceable-functions'),
    debugInfo: given.all('debuginfo'),
    probeFilter: parseFilter(given.text('probe-filter')),
    emitElf: given.text('emit-elf'),
    mode: given.has('test') || given.text('mode') === 'test' ? 'test' : given.has('bench') || given.text('mode') === 'bench' ? 'bench' : 'trace',
  };
}

const whichGroups = ['cgroup', 'container', 'pod'] as const;

/** @throws UsageError */
function cgroupsOf(given: Given): CgroupFilter | undefined {
  const wanted = whichGroups.filter((name) => given.has(name)).map((name) => [name, given.text(name)!] as const);
  for (const [name, text] of wanted) if (text === '') throw usage(`--${name} needs a name.`);
  return wanted.length === 0 ? undefined : Object.fromEntries(wanted);
}

const nothing: CommandLine = {
  action: 'help', program: undefined, pattern: undefined, file: undefined, facts: undefined, showsScript: false, checks: false, parameters: [], namedParameters: [], format: 'text', output: undefined, watch: undefined, flame: undefined, heatmap: undefined, chart: undefined, diff: undefined, executable: false, buffering: undefined, pid: undefined,
  unwoundPids: [], command: undefined, follows: false, cgroups: undefined, quiet: false, verbose: false, unsafe: false, dryRun: false, verboseErrors: false, warnings: true, includeDirectories: [], includeFiles: [],
  traceableFunctions: undefined, debugInfo: [], disabledFeatures: [], probeFilter: undefined, emitElf: undefined, stages: [], mode: 'trace',
};

/** The script whose help is asked for: `tbpf script.bt --help`. */
function helpedScript(given: Given, operands: readonly string[]): Partial<CommandLine> {
  const text = given.text('e');
  const [first, ...parameters] = operands.filter((word) => !word.startsWith('--'));
  const headers = { includeDirectories: given.all('I'), includeFiles: given.all('include') };
  if (text !== undefined) return { program: { kind: 'text', text }, ...headers };
  if (first === undefined || isSubcommand(first) || given.has('list')) return {};
  return { program: programOf(first), parameters, ...headers };
}

type Task = Pick<CommandLine, 'action' | 'program' | 'pattern' | 'parameters'> & Partial<Pick<CommandLine, 'file'>>;

function whatToDo(given: Given, operands: readonly string[]): Task {
  if (given.has('info')) return { action: 'info', program: undefined, pattern: undefined, parameters: [] };
  const text = given.text('e');
  const action = given.has('list') ? 'list' : modeOf(given);
  if (text !== undefined && action === 'run' && (operands[0] === 'build' || operands[0] === 'types')) return { action: operands[0], program: { kind: 'text', text }, pattern: undefined, parameters: operands.slice(1) };
  if (text !== undefined) return { action, program: { kind: 'text', text }, pattern: undefined, parameters: operands };
  const [first, ...parameters] = operands;
  if (action === 'list') return { action, program: undefined, pattern: first ?? '*:*', parameters };
  if (first === undefined) throw usage("filename or -e 'program' required.");
  if (first === 'facts' && action === 'run') return { action: 'facts', program: undefined, pattern: undefined, parameters };
  if (action === 'run' && (first === 'fmt' || first === 'explain' || first === 'lsp')) return { action: first, program: undefined, pattern: undefined, parameters };
  if (first === 'doctor' && parameters.length === 0) return { action: 'doctor', program: undefined, pattern: undefined, parameters };
  if (first === 'types' && parameters.length > 0) return { action: 'types', program: programOf(parameters[0]!), pattern: undefined, parameters: parameters.slice(1) };
  if (action === 'run' && parameters.length > 0) {
    const [second, ...rest] = parameters as [string, ...string[]];
    if (first === 'build') return { action: 'build', program: programOf(second), pattern: undefined, parameters: rest };
    if (first === 'run') return { action: 'run file', program: undefined, pattern: undefined, file: second, parameters: rest };
    if (first === 'inspect' && rest.length === 0) return { action: 'inspect', program: undefined, pattern: undefined, file: second, parameters: rest };
  }
  return { action, program: programOf(first), pattern: undefined, parameters };
}

/** Options of the compiler, which `run` does not have. */
const ofCompiler = ['e', 'list', 'warnings', 'I', 'include', 'no-feature', 'traceable-functions', 'debuginfo', 'emit-elf', 'aot', 'probe-filter', 'for', 'script', 'follow'];

/** @throws UsageError */
function refuseForFile(given: Given): void {
  const wrong = ofCompiler.find((name) => given.has(name));
  if (wrong !== undefined) throw usage(`${wrong.length > 1 ? '--' : '-'}${wrong} is no option of tbpf run: what the compiler decides was decided by tbpf build.`);
  const stages = given.all('debug').filter((stage) => stage !== 'verifier' && stage !== 'libbpf');
  if (stages.length > 0) throw usage(`-d ${stages[0]!} is no option of tbpf run, which compiles nothing: it has -d verifier and -d libbpf.`);
}

function programOf(operand: string): Program {
  return operand === '-' ? { kind: 'stdin' } : { kind: 'file', path: operand };
}

function modeOf(given: Given): 'run' | 'build' | 'compile' | 'compiler bench' | 'format' {
  const mode = given.text('mode');
  if (given.has('fmt') && mode !== undefined && mode !== 'format') throw usage('--fmt conflicts with existing --mode');
  for (const alias of ['test', 'bench'] as const) {
    if (given.has(alias) && ((mode !== undefined && mode !== alias) || (alias === 'bench' && given.has('test')))) throw usage(`--${alias} conflicts with existing --mode`);
  }
  if (given.has('fmt')) return 'format';
  switch (mode) {
    case undefined: return given.has('aot') ? 'build' : 'run';
    case 'codegen': return 'compile';
    case 'format': return 'format';
    case 'bench': case 'test': return 'run';
    case 'compiler-bench': return 'compiler bench';
    default: throw usage(`invalid option for --mode: ${mode}\nHINT: Modes are ${modes.join(', ')}.`);
  }
}

function isOutputFormat(name: string): name is OutputFormat {
  return Object.hasOwn(outputFormats, name);
}

const DEFAULT_WATCH_SECONDS = 1;
/** Readings of a large map take a while; a picture that changes once in an hour is none. */
const WATCH_SECONDS = [0.1, 3600] as const;

/** @throws UsageError */
function parseSeconds(text: string): number {
  const [least, greatest] = WATCH_SECONDS;
  const seconds = text === '' ? DEFAULT_WATCH_SECONDS : /^\d*\.?\d+$|^\d+\.$/.test(text) ? Number(text) : NaN;
  if (!(seconds >= least && seconds <= greatest)) throw usage(`--watch takes seconds, from ${least} to ${greatest}, and was given '${text}'.`);
  return seconds;
}

function parseFilter(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`ERROR: Invalid --probe-filter regex '${text}': ${(error as Error).message}`, 'complaint', OTHER_STATUS);
  }
}

function usage(text: string): UsageError {
  return new UsageError(`ERROR: USAGE: ${text}`);
}

/** The options that were given, by their full names. */
class Given {
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(options: readonly string[]) {
    this.values = parse(options.map((option) => option.replace('=', `=${SHIELD}`)), {
      array: optionSpecs.filter(({ argument }) => argument !== undefined).map(({ name }) => ({ key: name, string: true })),
      count: optionSpecs.filter(({ argument }) => argument === undefined).map(({ name }) => name),
      configuration: { 'boolean-negation': false, 'camel-case-expansion': false, 'dot-notation': false, 'greedy-arrays': false, 'parse-numbers': false, 'short-option-groups': false, 'strip-aliased': true },
    });
  }

  has(name: string): boolean {
    return this.count(name) > 0;
  }

  /** of switches how often; of options with argument how many */
  count(name: string): number {
    const value = this.values[name];
    return Array.isArray(value) ? value.length : typeof value === 'number' ? value : 0;
  }

  /** argument of the last */
  text(name: string): string | undefined {
    return this.all(name).at(-1);
  }

  all(name: string): readonly string[] {
    const value = this.values[name];
    return Array.isArray(value) ? value.map((text) => String(text).slice(SHIELD.length)) : [];
  }
}
