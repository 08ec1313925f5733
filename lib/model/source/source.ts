// Script text and places in it.
//
//   facts  columns are 1-based and count UTF-16 units; a span's end is exclusive (language.md 9.1)

/** A half-open range of character offsets in one source. */
export interface Span {
  readonly source: Source;
  /** offset of the first character, 0-based */
  readonly start: number;
  /** offset after the last character */
  readonly end: number;
  /** text of a macro's body: the call that put a copy of it here */
  readonly expandedFrom?: Span;
  /** what a standard macro put here: the span is that of the call, and warnings about the macro's own words are not the script's */
  readonly standard?: true;
}

export interface Position {
  /** 1-based */
  readonly line: number;
  /** 1-based */
  readonly column: number;
}

/** A place in a text. */
export interface Place extends Position {
  /** of the character in its text, 0-based */
  readonly offset: number;
}

/** A part of a text, as plain data. */
export interface Range {
  /** as shown in messages */
  readonly file: string;
  readonly start: Place;
  /** exclusive */
  readonly end: Place;
}

/** One text that was given to the compiler: a file, `-e` text or standard input (both named `stdin`). */
export class Source {
  private readonly lineStarts: number[] = [0];

  constructor(
    /** as shown in messages: the path as the user typed it, or `stdin` */
    readonly name: string,
    readonly text: string,
  ) {
    for (let i = 0; i < text.length; i++) if (text[i] === '\n') this.lineStarts.push(i + 1);
  }

  get lineCount(): number {
    return this.lineStarts.length;
  }

  positionAt(offset: number): Position {
    let low = 0;
    let high = this.lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.lineStarts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - this.lineStarts[low]! + 1 };
  }

  /** The text of a line (1-based) without its newline. */
  line(line: number): string {
    const start = this.lineStarts[line - 1]!;
    const end = this.lineStarts[line] === undefined ? this.text.length : this.lineStarts[line]! - 1;
    return this.text.slice(start, end);
  }

  span(start: number, end: number): Span {
    return { source: this, start, end };
  }
}

export function rangeOf({ source, start, end }: Span): Range {
  const last = Math.max(start, end);
  return { file: source.name, start: { ...source.positionAt(start), offset: start }, end: { ...source.positionAt(last), offset: last } };
}

/** The smallest span that holds both; they must be of one source, else the first is answered. */
export function joinSpans(a: Span, b: Span): Span {
  if (a.source !== b.source) return a;
  const span = { source: a.source, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
  return a.expandedFrom ? { ...span, expandedFrom: a.expandedFrom } : span;
}

export function textOf(span: Span): string {
  return span.source.text.slice(span.start, span.end);
}

/** `stdin:1:5`: where it begins. */
export function formatPlace({ source, start }: Span): string {
  const { line, column } = source.positionAt(start);
  return `${source.name}:${line}:${column}`;
}

/** `stdin:1:5-9`, or `stdin:1-3` when the span covers several lines. */
export function formatSpan(span: Span): string {
  const from = span.source.positionAt(span.start);
  const to = span.source.positionAt(Math.max(span.end, span.start));
  if (from.line !== to.line) return `${span.source.name}:${from.line}-${to.line}`;
  return `${span.source.name}:${from.line}:${from.column}-${to.column}`;
}
