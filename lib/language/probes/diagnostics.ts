// What attach points are told (language.md 3): A codes.

import { diagnostic } from '../../model/diagnostics/diagnostic.js';
import { type Span, textOf } from '../../model/source/source.js';
import type { AttachPoint } from '../../model/syntax/nodes.js';
import type { ResolveContext } from '../record.js';

export const badAttachPoint = diagnostic<{ text: string; hint?: string }>('A0101', { message: (a) => a.text, hint: (a) => a.hint });
export const argumentCount = diagnostic<{ text: string; syntax: string }>('A0102', { message: (a) => a.text, hint: (a) => `The form is ${a.syntax}` });
export const attachWarning = diagnostic<{ text: string; hint?: string }>('A0103', { severity: 'warning', message: (a) => a.text, hint: (a) => a.hint });

/** Where the i-th part of an attach point stands; all of it when its text was put together by quotes or parameters. */
export function partSpan(point: AttachPoint, index: number): Span {
  const { span, raw, parts } = point;
  if (!textOf(span).endsWith(raw) || parts.join(':') !== raw) return span;
  const start = span.end - raw.length + parts.slice(0, index).reduce((length, part) => length + part.length + 1, 0);
  return { ...span, start, end: start + parts[index]!.length };
}

/** Reports and answers "nothing found". */
export function refuse(c: ResolveContext, point: AttachPoint, text: string, hint?: string): readonly never[] {
  c.report(badAttachPoint.at(point.span, { text, hint }));
  return [];
}

/** The same for what is not there on this machine: a mistake, unless the script takes missing probes for granted (`missing_probes`). */
export function refuseMissing(c: ResolveContext, point: AttachPoint, text: string, hint?: string): readonly never[] {
  const policy = c.config.text('missing_probes');
  if (policy === 'error') return refuse(c, point, text, hint);
  if (policy === 'warn') c.report(attachWarning.at(point.span, { text: `${text.replace(/\.$/, '')}. Skipping.`, hint }));
  return [];
}

/** "x probe type requires N arguments, found K"; answers whether the count is right. */
export function expectParts(c: ResolveContext, point: AttachPoint, record: { readonly name: string; readonly syntax: string }, counts: readonly number[]): boolean {
  const found = point.parts.length - 1;
  if (counts.includes(found)) return true;
  const wanted = counts.join(' or ');
  const noun = counts.length === 1 && counts[0] === 1 ? 'argument' : 'arguments';
  c.report(argumentCount.at(point.span, { text: `${record.name} probe type requires ${wanted} ${noun}, found ${found}`, syntax: record.syntax }));
  return false;
}
