// What folding literals finds wrong, in words. Expansion folds most of a script, checking what types had to decide on first.
//
//   facts  wording: language.md 1.16

import { diagnostic, type DiagnosticKind, type Report } from '../model/diagnostics/diagnostic.js';
import type { Complain, FoldProblem } from '../model/syntax/fold.js';

const kinds: Readonly<Record<FoldProblem, DiagnosticKind<object>>> = {
  overflow: diagnostic<object>('X0040', { message: () => 'unable to fold literals due to overflow or underflow' }),
  'negative underflow': diagnostic<object>('X0041', { message: () => 'negative value will underflow' }),
  'string arithmetic': diagnostic<object>('X0042', { message: () => 'illegal literal operation with strings' }),
  'always empty': diagnostic<object>('X0043', { severity: 'warning', message: () => 'literal string will always be empty' }),
};

export function foldComplaints(report: Report): Complain {
  return (problem, span) => report(kinds[problem].at(span, {}));
}
