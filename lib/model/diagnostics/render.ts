// Diagnostics as text, in bpftrace's layout (language.md 9.1).

import { formatSpan, type Span } from '../source/source.js';
import type { Diagnostic } from './diagnostic.js';
import type { Face } from './faces.js';

const TAB = '    ';
const colours = { error: '\x1b[31m', warning: '\x1b[33m' } as const;

/** Of a longer line only what is around the place is shown: generated scripts have lines of megabytes, and each message would repeat one. */
const LONGEST_LINE = 1000;
const SHOWN_AROUND = 100;
const ELLIPSIS = '…';

export interface RenderOptions {
  readonly colour?: boolean;
  /** whose words; default: the library's */
  readonly face?: Face;
}

/** The source lines under a span, with `~` below the span when it lies on one line. Each line ends with a newline. */
export function renderExcerpt(span: Span): string {
  const { source } = span;
  const from = source.positionAt(span.start);
  const to = source.positionAt(Math.max(span.start, span.end));
  const width = (part: string): number => part.replaceAll('\t', TAB).length;
  if (from.line !== to.line) {
    let text = '';
    for (let line = from.line; line <= to.line; line++) text += shownPart(source.line(line), 0, 0).text;
    return text;
  }
  const line = source.line(from.line);
  const { text, cut } = shownPart(line, from.column - 1, to.column - 1);
  const before = line.slice(cut, from.column - 1);
  const indent = width(before) + (cut > 0 ? ELLIPSIS.length : 0);
  const marked = Math.max(1, width(line.slice(from.column - 1, Math.min(to.column - 1, from.column - 1 + LONGEST_LINE))));
  return text + ' '.repeat(indent) + '~'.repeat(marked) + '\n';
}

/** A line with its newline, or as much of it as matters; `cut` characters are left out in front. */
function shownPart(line: string, start: number, end: number): { text: string; cut: number } {
  const whole = line.length <= LONGEST_LINE;
  const from = whole ? 0 : Math.max(0, start - SHOWN_AROUND);
  const to = whole ? line.length : Math.min(line.length, Math.min(end, start + LONGEST_LINE) + SHOWN_AROUND);
  const text = line.slice(from, to).replace(/\r$/, '').replaceAll('\t', TAB);
  return { text: `${from > 0 ? ELLIPSIS : ''}${text}${to < line.length ? ELLIPSIS : ''}\n`, cut: from };
}

/** For what lies in a macro: the calls it was expanded from, innermost first, each with its excerpt. Empty for everything else. */
export function renderCallers(span: Span, level: 'ERROR' | 'WARNING', headline = (text: string): string => `${text}\n`): string {
  let text = '';
  for (let from = span.expandedFrom; from; from = from.expandedFrom) text += headline(`${formatSpan(from)}: ${level}: expanded from`) + renderExcerpt(from);
  return text;
}

/** A diagnostic with its excerpt, notes and hints; ends with a newline. */
export function renderDiagnostic(diagnostic: Diagnostic, { colour = false, face = 'library' }: RenderOptions = {}): string {
  const { message, hints } = diagnostic.saidBy(face);
  const level = diagnostic.severity === 'error' ? 'ERROR' : 'WARNING';
  const painted = (line: string): string => (colour ? `${colours[diagnostic.severity]}${line}\x1b[0m\n` : `${line}\n`);
  const headline = (span: Span | undefined, text: string): string => painted(`${span ? `${formatSpan(span)}: ` : ''}${level}: ${text}`);
  let text = headline(diagnostic.span, message);
  if (diagnostic.span) text += renderExcerpt(diagnostic.span) + renderCallers(diagnostic.span, level, painted);
  for (const note of diagnostic.notes) text += headline(note.span, note.message) + renderExcerpt(note.span);
  for (const hint of hints) text += `HINT: ${hint}\n`;
  return text;
}

/** Errors first, then warnings, each in the order they were reported. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions = {}): string {
  const ordered = [...diagnostics.filter((d) => d.severity === 'error'), ...diagnostics.filter((d) => d.severity === 'warning')];
  return ordered.map((d) => renderDiagnostic(d, options)).join('');
}
