// Errors about the world (thrown) and about ourselves.

import { formatPlace, type Range, rangeOf, type Span } from '../source/source.js';
import type { Diagnostic } from './diagnostic.js';
import { type Face, hintOf, inWords } from './faces.js';

export interface TbpfErrorOptions {
  /** stable: an errno name (`EPERM`) or one of ours (`ERR_ARG`, `ERR_CLOSED`, `ERR_COMPILE` …) */
  code: string;
  /** positive errno where the kernel gave one; by default that of `cause`, where it has the same code */
  errno?: number;
  /** the system or library call that failed; becomes `syscall` */
  operation?: string;
  /** what the user can do about it, one sentence */
  advice?: string;
  cause?: unknown;
}

/** With the words of every face; not of errors that came from another thread, which has said all in the words of the library. */
const adviceByError = new WeakMap<TbpfError, string>();

/** The world said no. `message` is one sentence naming what the user can change. */
export class TbpfError extends Error {
  /** stable: an errno name (`EPERM`) or one of ours (`ERR_CLOSED`, `ERR_COMPILE` …) */
  readonly code: string;
  /** negative, as Node's own; undefined when it does not come from the kernel */
  readonly errno: number | undefined;
  /** the system or library call that failed */
  readonly syscall: string | undefined;
  /** what to do about it, one sentence */
  readonly advice: string | undefined;

  constructor(message: string, options: TbpfErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.errno = options.errno === undefined ? errnoOfCause(options) : -options.errno;
    this.syscall = options.operation;
    this.advice = options.advice === undefined ? undefined : hintOf(options.advice)?.text;
    if (options.advice !== undefined) adviceByError.set(this, options.advice);
  }

  /** What to do about it, as this face words it. */
  adviceOf(face: Face): string | undefined {
    const advice = this.adviceForAll;
    return advice === undefined ? undefined : inWords(face, advice).trim();
  }

  /** The advice with the words of every face: for an error made of this one. */
  get adviceForAll(): string | undefined {
    return adviceByError.get(this) ?? this.advice;
  }

  /** What JSON.stringify() shows: an Error's own message and name are not enumerable. */
  toJSON(): object {
    return { ...this, name: this.name, message: this.message };
  }
}

/** Negative, as Node has it. */
function errnoOfCause({ code, cause }: TbpfErrorOptions): number | undefined {
  if (typeof cause !== 'object' || cause === null || (cause as { code?: unknown }).code !== code) return undefined;
  const { errno } = cause as { errno?: unknown };
  return typeof errno === 'number' ? -Math.abs(errno) : undefined;
}

/** What an error was made of, for one that says more. */
export function fieldsOf({ code, errno, syscall, adviceForAll: advice }: TbpfError): TbpfErrorOptions {
  return { code, ...(errno !== undefined && { errno: -errno }), ...(syscall !== undefined && { operation: syscall }), ...(advice !== undefined && { advice }) };
}

/** An argument of the library is wrong; `option` names it, and the way to what is wrong within it: `script.file`, `options.queue.size` … */
export class OptionError extends TbpfError {
  constructor(
    readonly option: string,
    message: string,
    code: 'ERR_OPTION_TYPE' | 'ERR_OPTION_VALUE' | 'ERR_OPTION_UNKNOWN',
  ) {
    super(message, { code });
  }
}

/** The script is wrong; carries every diagnostic, warnings too. `message` is that of the first error, behind its place: `script:1:9: …`. */
export class CompileError extends TbpfError {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(firstSentence(diagnostics), { code: 'ERR_COMPILE' });
  }
}

function firstSentence(diagnostics: readonly Diagnostic[]): string {
  const first = diagnostics.find((d) => d.severity === 'error');
  if (first === undefined) return 'the script does not compile';
  return first.span === undefined ? first.message : `${formatPlace(first.span)}: ${first.message}`;
}

/** The error about a script that does not compile: a CompileError, or a NotSupportedError where nothing is wrong but what the kernel lacks. */
export function errorAbout(diagnostics: readonly Diagnostic[]): CompileError | NotSupportedError {
  const error = new CompileError(diagnostics);
  const wrong = diagnostics.filter(({ severity }) => severity === 'error');
  const feature = wrong[0]?.feature;
  if (feature === undefined || !wrong.every((each) => each.feature !== undefined)) return error;
  return new NotSupportedError(error.message, { feature, diagnostics, advice: wrong[0]!.hints[0]?.text, cause: error });
}

/** The kernel refused a program or map. `log` is the verifier's complete log, `span` the script text at fault; `map` is the kernel's name. */
export class LoadError extends TbpfError {
  readonly log: string;
  readonly span: Span | undefined;
  readonly program: string | undefined;
  readonly map: string | undefined;

  constructor(message: string, options: TbpfErrorOptions & { log?: string; span?: Span; program?: string; map?: string }) {
    super(message, options);
    this.log = options.log ?? '';
    this.span = options.span;
    this.program = options.program;
    this.map = options.map;
  }

  /** The text at fault, as plain data. */
  get range(): Range | undefined {
    return this.span && rangeOf(this.span);
  }
}

/** A probe could not be attached. `attachPoint` is its full probe string, `others` how many more could not. */
export class AttachError extends TbpfError {
  readonly attachPoint: string;
  readonly others: number;

  constructor(message: string, options: TbpfErrorOptions & { attachPoint: string; others?: number }) {
    super(message, options);
    this.attachPoint = options.attachPoint;
    this.others = options.others ?? 0;
  }
}

/** The running kernel lacks something, whoever found out: the compiler, or the kernel when a program was loaded or a probe attached. `feature` names it as
 *  kernelInfo() does; `cause` is the CompileError, LoadError or AttachError that says where it was found; `diagnostics` are the compiler's. */
export class NotSupportedError extends TbpfError {
  readonly feature: string;
  readonly minimumKernel: string | undefined;
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, options: Omit<TbpfErrorOptions, 'code'> & { feature: string; minimumKernel?: string | undefined; diagnostics?: readonly Diagnostic[] }) {
    super(message, { ...options, code: 'ERR_NOT_SUPPORTED' });
    this.feature = options.feature;
    this.minimumKernel = options.minimumKernel;
    this.diagnostics = options.diagnostics ?? [];
  }
}

/** Capabilities or permissions are missing; `missing` names them (`CAP_BPF`, `access to tracefs` …). */
export class PermissionError extends TbpfError {
  readonly missing: readonly string[];

  constructor(message: string, options: TbpfErrorOptions & { missing: readonly string[] }) {
    super(message, options);
    this.missing = options.missing;
  }
}

/** tbpf itself is wrong. `phase` is the room that noticed; `dump` the last state that helps to find out why. */
export class Bug extends Error {
  constructor(
    readonly phase: string,
    message: string,
    readonly dump?: string,
  ) {
    super(`BUG: ${phase}: ${message}`);
    this.name = 'Bug';
  }
}

export function bug(phase: string, message: string, dump?: string): never {
  throw new Bug(phase, message, dump);
}
