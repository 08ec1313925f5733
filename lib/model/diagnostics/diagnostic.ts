// What the compiler says about a script: values that are collected, never thrown.
//
//   use    const unknownField = diagnostic<{ name: string }>('T0311', { message: (a) => `…${a.name}…` });
//          report(unknownField.at(span, { name }))
//   facts  text and layout follow language.md 9; codes are P parse, X expand, T check, L lower, A attach, V verifier

import { type Face, type Hint, hintOf, inWords } from './faces.js';
import { renderDiagnostic, type RenderOptions } from './render.js';
import { type Range, rangeOf, type Span } from '../source/source.js';

export type Severity = 'error' | 'warning';

export interface Note {
  readonly span: Span;
  readonly message: string;
}

/** What not every diagnostic has. */
interface DiagnosticDetails {
  readonly advice?: readonly (string | Hint)[];
  readonly notes?: readonly Note[];
  readonly feature?: string;
}

export class Diagnostic {
  /** in the words of the library */
  readonly message: string;
  /** what to do, in the words of the library */
  readonly hints: readonly Hint[];
  readonly notes: readonly Note[];
  /** the feature that the kernel lacks, as kernelInfo() names it, where that is all that is wrong */
  readonly feature: string | undefined;
  readonly #said: string;
  readonly #advice: readonly (string | Hint)[];

  constructor(
    readonly code: string,
    readonly severity: Severity,
    message: string,
    /** undefined for messages about the script as a whole */
    readonly span: Span | undefined,
    { advice = [], notes = [], feature }: DiagnosticDetails = {},
  ) {
    this.#said = message;
    this.#advice = advice;
    this.message = inWords('library', message);
    this.hints = advice.flatMap((text) => (typeof text === 'string' ? hintOf(text) ?? [] : text));
    this.notes = notes;
    this.feature = feature;
  }

  /** The place as plain data: lines, columns and offsets. */
  get range(): Range | undefined {
    return this.span && rangeOf(this.span);
  }

  /** The text that the command prints: place, message, the lines of the script, hints. Ends with a newline. */
  render(options: RenderOptions = {}): string {
    return renderDiagnostic(this, options);
  }

  /** Plain data, with ranges for spans. */
  toJSON(): object {
    const { code, severity, message, range, hints, notes, feature } = this;
    return { code, severity, message, range, hints, notes: notes.map((note) => ({ message: note.message, range: rangeOf(note.span) })), feature };
  }

  note(span: Span, message: string): Diagnostic {
    return this.#with({ notes: [...this.notes, { span, message }] });
  }

  hint(text: string): Diagnostic {
    return this.#with({ advice: [...this.#advice, text] });
  }

  /** The same about places elsewhere. */
  movedBy(move: (span: Span) => Span): Diagnostic {
    return this.#with({ span: this.span && move(this.span), notes: this.notes.map((note) => ({ ...note, span: move(note.span) })) });
  }

  /** A warning about what would be an error, with what happens instead: a sentence. */
  asWarning(instead: string): Diagnostic {
    return this.#with({ severity: 'warning', said: `${this.#said.replace(/\.$/, '')}. ${instead}` });
  }

  #with({ severity = this.severity, said = this.#said, span = this.span, advice = this.#advice, notes = this.notes }: DiagnosticDetails & { readonly severity?: Severity; readonly said?: string; readonly span?: Span }): Diagnostic {
    return new Diagnostic(this.code, severity, said, span, { advice, notes, feature: this.feature });
  }

  /** As this face words it. */
  saidBy(face: Face): { readonly message: string; readonly hints: readonly string[] } {
    return { message: inWords(face, this.#said), hints: this.#advice.map((text) => (typeof text === 'string' ? inWords(face, text).trim() : text.text)).filter((text) => text !== '') };
  }
}

export interface DiagnosticKind<Args> {
  readonly code: string;
  readonly severity: Severity;
  /** the message and the hint with their parts named, `Unknown identifier: '‹name›'`; hint undefined: there never is one */
  template(face: Face): { readonly message: string; readonly hint: string | undefined };
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
    /** the feature that the kernel lacks, as Target.has names it, where that is what it says */
    feature?: (args: Args) => string | undefined;
  },
): DiagnosticKind<Args> {
  if (diagnosticKinds.has(code)) throw new Error(`diagnostic code ${code} is declared twice`);
  const severity = options.severity ?? 'error';
  const kind: DiagnosticKind<Args> = {
    code,
    severity,
    template(face) {
      const hint = options.hint?.(partNames as Args);
      return { message: inWords(face, String(options.message(partNames as Args))), hint: hint ? inWords(face, String(hint)) : undefined };
    },
    at(span, args) {
      const hint = options.hint?.(args);
      return new Diagnostic(code, severity, options.message(args), span, { advice: hint ? [hint] : [], feature: options.feature?.(args) });
    },
    with: (args) => ({ text: inWords('library', options.message(args)), at: (span) => kind.at(span, args) }),
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
