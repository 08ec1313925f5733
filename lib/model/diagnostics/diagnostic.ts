// What the compiler says about a script: values that are collected, never thrown.
//
//   use    const unknownField = diagnostic<{ name: string }>('T0311', { message: (a) => `…${a.name}…` });
//          report(unknownField.at(span, { name }))
//   facts  text and layout follow language.md 9; codes are P parse, X expand, T check, L lower, A attach, V verifier

import type { Span } from '../source/source.js';

export type Severity = 'error' | 'warning';

export interface Note {
  readonly span: Span;
  readonly message: string;
}

export class Diagnostic {
  constructor(
    readonly code: string,
    readonly severity: Severity,
    readonly message: string,
    /** undefined for messages about the script as a whole */
    readonly span: Span | undefined,
    readonly hints: readonly string[] = [],
    readonly notes: readonly Note[] = [],
  ) {}

  note(span: Span, message: string): Diagnostic {
    return new Diagnostic(this.code, this.severity, this.message, this.span, this.hints, [...this.notes, { span, message }]);
  }

  hint(text: string): Diagnostic {
    return new Diagnostic(this.code, this.severity, this.message, this.span, [...this.hints, text], this.notes);
  }
}

export interface DiagnosticKind<Args> {
  readonly code: string;
  readonly severity: Severity;
  /** the message and the hint with their parts named, `Unknown identifier: '‹name›'`; hint undefined: there never is one */
  readonly template: { readonly message: string; readonly hint: string | undefined };
  at(span: Span | undefined, args: Args): Diagnostic;
  /** For a function that knows what is wrong but not where: its caller knows the span. */
  with(args: Args): Message;
}

/** A message with its arguments filled in; only its place in the script is still open. */
export interface Message {
  readonly text: string;
  at(span: Span | undefined): Diagnostic;
}

/** Every declared kind by code: listed by tests and by `tbpf explain`. */
export const diagnosticKinds = new Map<string, DiagnosticKind<never>>();

/** Declares one message. @throws Error when the code was already declared */
export function diagnostic<Args = Record<string, never>>(
  code: string,
  options: {
    severity?: Severity;
    message: (args: Args) => string;
    hint?: (args: Args) => string | undefined | false;
  },
): DiagnosticKind<Args> {
  if (diagnosticKinds.has(code)) throw new Error(`diagnostic code ${code} is declared twice`);
  const severity = options.severity ?? 'error';
  const kind: DiagnosticKind<Args> = {
    code,
    severity,
    get template() {
      const hint = options.hint?.(partNames as Args);
      return { message: String(options.message(partNames as Args)), hint: hint ? String(hint) : undefined };
    },
    at(span, args) {
      const hint = options.hint?.(args);
      return new Diagnostic(code, severity, options.message(args), span, hint ? [hint] : []);
    },
    with: (args) => ({ text: options.message(args), at: (span) => kind.at(span, args) }),
  };
  diagnosticKinds.set(code, kind as DiagnosticKind<never>);
  return kind;
}

/** Stands for the arguments of any message: each is its own name, usable as text and as a list. */
const partNames: unknown = new Proxy({}, { get: (_, name) => [`‹${String(name)}›`] });

export type Report = (diagnostic: Diagnostic) => void;

/** Collects what the passes report. */
export class DiagnosticList {
  readonly all: Diagnostic[] = [];
  readonly report: Report = (diagnostic) => {
    this.all.push(diagnostic);
  };

  get hasErrors(): boolean {
    return this.all.some((d) => d.severity === 'error');
  }
}
