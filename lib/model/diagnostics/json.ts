// Diagnostics as objects, for programs that read them.

import { rangeOf, type Span } from '../source/source.js';
import type { Diagnostic } from './diagnostic.js';
import type { Face } from './faces.js';

/** `type` is the severity. Lines and columns begin with 1, the end column is exclusive. */
export function diagnosticToObject(diagnostic: Diagnostic, face: Face): Readonly<Record<string, unknown>> {
  const { severity, code, span, notes } = diagnostic;
  const { message, hints } = diagnostic.saidBy(face);
  return {
    type: severity, code, msg: message, ...placeOf(span),
    ...(hints.length > 0 && { hints }),
    ...(notes.length > 0 && { notes: notes.map((note) => ({ msg: note.message, ...placeOf(note.span) })) }),
  };
}

function placeOf(span: Span | undefined): Readonly<Record<string, unknown>> {
  if (span === undefined) return {};
  const { file, start, end } = rangeOf(span);
  return { filename: file, line: start.line, col: start.column, end_line: end.line, end_col: end.column };
}
