// Errors and diagnostics on their way from one thread to another, where objects arrive without their class.

import { Diagnostic } from '../model/diagnostics/diagnostic.js';
import { AttachError, Bug, LoadError, NotSupportedError, OptionError, PermissionError, TbpfError } from '../model/diagnostics/errors.js';
import { Source, type Span } from '../model/source/source.js';

const classes = [TbpfError, LoadError, AttachError, NotSupportedError, PermissionError, OptionError, Bug];

export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** its own members: `code`, `errno`, `path` … */
  readonly members: Readonly<Record<string, unknown>>;
  readonly cause?: PlainError;
}

export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined, members: {} };
  const { name, message, stack, cause } = error;
  return { name, message, stack, members: { ...error }, ...(cause !== undefined && { cause: plainError(cause) }) };
}

/** The same error, of its class, with the stack of the thread that threw it. */
export function errorOf({ name, message, stack, members, cause }: PlainError): Error {
  const error = new Error(message, cause && { cause: errorOf(cause) });
  const found = classes.find((each) => each.name === name);
  if (found) Object.setPrototypeOf(error, found.prototype as object);
  Object.assign(error, members);
  error.stack = stack;
  if (error.name !== name) error.name = name;
  return error;
}

/** Makes sources and diagnostics of what has arrived; what was one source stays one. */
export class Revival {
  readonly #sources = new Map<Source, Source>();

  source(arrived: Source): Source {
    let source = this.#sources.get(arrived);
    if (!source) this.#sources.set(arrived, (source = new Source(arrived.name, arrived.text)));
    return source;
  }

  diagnostic({ code, severity, message, span, hints, notes, feature }: Diagnostic): Diagnostic {
    return new Diagnostic(code, severity, message, span && this.#span(span), { advice: hints, notes: notes.map((note) => ({ ...note, span: this.#span(note.span) })), feature });
  }

  #span({ source, start, end, expandedFrom }: Span): Span {
    return { source: this.source(source), start, end, ...(expandedFrom && { expandedFrom: this.#span(expandedFrom) }) };
  }
}
