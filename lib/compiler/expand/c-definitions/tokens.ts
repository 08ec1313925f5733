// Words of C, as far as type definitions and `#if` need them.
//
//   in     text of the definitions with its place in the script
//   out    tokens; comments are dropped

import type { Source, Span } from '../../../model/source/source.js';

export interface CToken {
  readonly kind: 'word' | 'number' | 'string' | 'mark';
  readonly text: string;
  readonly span: Span;
}

const pattern = /\s+|\\\n|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|([A-Za-z_]\w*)|([0-9][\w.]*)|("(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')|(\.\.\.|<<|>>|<=|>=|==|!=|&&|\|\||##|[^])/gy;

/** @param start  offset in `source` of the first character of `text` */
export function tokensOf(text: string, source: Source, start: number): CToken[] {
  const tokens: CToken[] = [];
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    const [all, word, number, string, mark] = found;
    const kind = word !== undefined ? 'word' : number !== undefined ? 'number' : string !== undefined ? 'string' : mark !== undefined ? 'mark' : undefined;
    if (kind) tokens.push({ kind, text: all, span: source.span(start + found.index, start + found.index + all.length) });
  }
  return tokens;
}

/** The value of an integer or character constant; undefined for anything else (a float, say). */
export function numberOf(text: string): bigint | undefined {
  const character = /^'(\\?[^])'$/.exec(text);
  if (character) {
    const escapes: Readonly<Record<string, number>> = { '\\n': 10, '\\t': 9, '\\r': 13, '\\0': 0, "\\'": 39, '\\\\': 92, '\\"': 34 };
    const code = escapes[character[1]!] ?? (character[1]!.length === 1 ? character[1]!.charCodeAt(0) : undefined);
    return code === undefined ? undefined : BigInt(code);
  }
  const number = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)(?:[uU](?:[lL]{1,2})?|[lL]{1,2}[uU]?)?$/.exec(text);
  if (!number) return undefined;
  const digits = number[1]!;
  if (/^0[0-9]/.test(digits)) return /^[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : undefined;
  return BigInt(digits);
}
