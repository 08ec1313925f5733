// Diagnostics as text, in bpftrace's layout (language.md 9.1).

import { formatSpan, rangeOf, type Span } from '../source/source.js';
import type { Face } from './faces.js';

const TAB = '    ';
const colours = { error: '\x1b[31m', warning: '\x1b[33m' } as const;

/** Of a longer line only what is around the place is shown: generated scripts have lines of megabytes, and each message would repeat one. */
const LONGEST_LINE = 1000;
const SHOWN_AROUND = 100;
const ELLIPSIS = '…';

/** What is rendered: a Diagnostic, as far as its text goes. */
export interface Renderable {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly span: Span | undefined;
  readonly notes: readonly { readonly span: Span; readonly message: string }[];
  saidBy(face: Face): { readonly message: string; readonly hints: readonly string[] };
}

export interface RenderOptions {
  readonly colour?: boolean;
  /** whose words; default: the library's */
  readonly face?: Face;
  /** Makes text of the script and of files fit for who reads it, a terminal for example; default: as it is. */
  readonly data?: (text: string) => string;
}

/** Of one kind; a generated script may have a mistake in each of its lines. */
const MOST_OF_A_KIND = 20;

/** The source lines under a span, with `~` below the span when it lies on one line. Each line ends with a newline. */
export function renderExcerpt(span: Span, data: (text: string) => string = (text) => text): string {
  const { source } = span;
  const { start: from, end: to } = rangeOf(span);
  const width = (part: string): number => data(part).replaceAll('\t', TAB).length;
  if (from.line !== to.line) {
    let text = '';
    for (let line = from.line; line <= to.line; line++) text += data(shownPart(source.line(line), 0, 0).text);
    return text;
  }
  const line = source.line(from.line);
  const { text, cut } = shownPart(line, from.column - 1, to.column - 1);
  const before = line.slice(cut, from.column - 1);
  const indent = width(before) + (cut > 0 ? ELLIPSIS.length : 0);
  const marked = Math.max(1, width(line.slice(from.column - 1, Math.min(to.column - 1, from.column - 1 + LONGEST_LINE))));
  return data(text) + ' '.repeat(indent) + '~'.repeat(marked) + '\n';
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
export function renderCallers(span: Span, level: 'ERROR' | 'WARNING', headline = (text: string): string => `${text}\n`, data?: RenderOptions['data']): string {
  let text = '';
  for (let from = span.expandedFrom; from; from = from.expandedFrom) text += headline(`${formatSpan(from)}: ${level}: expanded from`) + renderExcerpt(from, data);
  return text;
}

/** A diagnostic with its excerpt, notes and hints; ends with a newline. */
export function renderDiagnostic(diagnostic: Renderable, { colour = false, face = 'library', data = (text) => text }: RenderOptions = {}): string {
  const { message, hints } = diagnostic.saidBy(face);
  const level = diagnostic.severity === 'error' ? 'ERROR' : 'WARNING';
  const painted = (raw: string): string => {
    const line = data(raw);
    return colour ? `${colours[diagnostic.severity]}${line}\x1b[0m\n` : `${line}\n`;
  };
  const headline = (span: Span | undefined, text: string): string => painted(`${span ? `${formatSpan(span)}: ` : ''}${level}: ${text}`);
  let text = headline(diagnostic.span, message);
  if (diagnostic.span) text += renderExcerpt(diagnostic.span, data) + renderCallers(diagnostic.span, level, painted, data);
  for (const note of diagnostic.notes) text += headline(note.span, note.message) + renderExcerpt(note.span, data);
  for (const hint of hints) text += `HINT: ${data(hint)}\n`;
  return text;
}

/** Errors first, then warnings, each in the order they were reported. Of many of one kind the first are shown, and how many more there are. */
export function renderDiagnostics(diagnostics: readonly Renderable[], options: RenderOptions = {}): string {
  const ordered = [...diagnostics.filter((d) => d.severity === 'error'), ...diagnostics.filter((d) => d.severity === 'warning')];
  const kindOf = ({ code, severity }: Renderable): string => `${severity} ${code}`;
  const total = new Map<string, number>();
  for (const each of ordered) total.set(kindOf(each), (total.get(kindOf(each)) ?? 0) + 1);
  const shown = new Map<string, number>();
  let text = '';
  for (const each of ordered) {
    const kind = kindOf(each);
    const count = (shown.get(kind) ?? 0) + 1;
    shown.set(kind, count);
    if (count > MOST_OF_A_KIND) continue;
    text += renderDiagnostic(each, options);
    const more = total.get(kind)! - MOST_OF_A_KIND;
    if (count === MOST_OF_A_KIND && more > 0) text += `… and ${more} more ${each.severity}${more === 1 ? '' : 's'} like this\n`;
  }
  return text;
}
