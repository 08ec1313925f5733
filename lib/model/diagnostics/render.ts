// Diagnostics as text, in bpftrace's layout (language.md 9.1).

import { formatSpan, type Span } from '../source/source.js';
import type { Diagnostic } from './diagnostic.js';

const TAB = '    ';
const colours = { error: '\x1b[31m', warning: '\x1b[33m' } as const;

/** The source lines under a span, with `~` below the span when it lies on one line. Each line ends with a newline. */
export function renderExcerpt(span: Span): string {
  const { source } = span;
  const from = source.positionAt(span.start);
  const to = source.positionAt(Math.max(span.start, span.end));
  let text = '';
  for (let line = from.line; line <= to.line; line++) text += source.line(line).replace(/\r$/, '').replaceAll('\t', TAB) + '\n';
  if (from.line !== to.line) return text;
  const line = source.line(from.line);
  const width = (part: string): number => part.replaceAll('\t', TAB).length;
  const indent = width(line.slice(0, from.column - 1));
  const marked = Math.max(1, width(line.slice(from.column - 1, to.column - 1)));
  return text + ' '.repeat(indent) + '~'.repeat(marked) + '\n';
}

/** For what lies in a macro: the calls it was expanded from, innermost first, each with its excerpt. Empty for everything else. */
export function renderCallers(span: Span, level: 'ERROR' | 'WARNING', headline = (text: string): string => `${text}\n`): string {
  let text = '';
  for (let from = span.expandedFrom; from; from = from.expandedFrom) text += headline(`${formatSpan(from)}: ${level}: expanded from`) + renderExcerpt(from);
  return text;
}

/** A diagnostic with its excerpt, notes and hints; ends with a newline. */
export function renderDiagnostic(diagnostic: Diagnostic, options: { colour?: boolean } = {}): string {
  const level = diagnostic.severity === 'error' ? 'ERROR' : 'WARNING';
  const painted = (line: string): string => (options.colour ? `${colours[diagnostic.severity]}${line}\x1b[0m\n` : `${line}\n`);
  const headline = (span: Span | undefined, message: string): string => painted(`${span ? `${formatSpan(span)}: ` : ''}${level}: ${message}`);
  let text = headline(diagnostic.span, diagnostic.message);
  if (diagnostic.span) text += renderExcerpt(diagnostic.span) + renderCallers(diagnostic.span, level, painted);
  for (const note of diagnostic.notes) text += headline(note.span, note.message) + renderExcerpt(note.span);
  for (const hint of diagnostic.hints) text += `HINT: ${hint}\n`;
  return text;
}

/** Errors first, then warnings, each in the order they were reported. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: { colour?: boolean } = {}): string {
  const ordered = [...diagnostics.filter((d) => d.severity === 'error'), ...diagnostics.filter((d) => d.severity === 'warning')];
  return ordered.map((d) => renderDiagnostic(d, options)).join('');
}
