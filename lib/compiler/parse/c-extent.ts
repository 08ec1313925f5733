// How far a C definition reaches: `struct|union|enum [attributes] [name] { … } [attributes][;]`. A struct or union may be declared alone (`struct
// name;`); behind the name of an enum its type may stand (`enum name : type { … }`).
//
//   in     the script and the offset of the first word
//   out    the offset after the definition; its text goes to expand/c-definitions unread
//   facts  language.md 1.13

import { GAP } from './tokens.js';

const gap = new RegExp(GAP, 'y');
/** names of types behind the colon of an enum */
const underlying = new RegExp(`(?:${GAP}\\w+)+`, 'y');
const attribute = /__attribute__/y;
/** anything in which brackets do not count, or one character */
const piece = /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|[^]/y;

export type Extent = { readonly end: number } | { readonly missing: '{' | '}' | 'attribute'; readonly at: number };

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** The offset after the bracket that closes the one at `start`; undefined when there is none. */
function balanced(text: string, start: number, open: string, close: string): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const end = skip(piece, text, at);
    const found = text.slice(at, end);
    if (found === open) depth++;
    else if (found === close && --depth === 0) return end;
    at = end;
  }
  return undefined;
}

export function extentOfDefinition(text: string, start: number): Extent {
  let at = skip(/\w+/y, text, start);
  let mismatch: number | undefined;
  const skipAttributes = (): void => {
    for (;;) {
      const word = skip(gap, text, at);
      const open = skip(attribute, text, word);
      if (open === word) return;
      const paren = skip(gap, text, open);
      const end = text[paren] === '(' ? balanced(text, paren, '(', ')') : undefined;
      if (end === undefined) {
        mismatch = word;
        return;
      }
      at = end;
    }
  };
  const isEnum = text.startsWith('enum', start);
  skipAttributes();
  const name = skip(gap, text, at);
  at = skip(/\w+/y, text, name);
  const isNamed = at > name;
  if (mismatch === undefined) skipAttributes();
  if (mismatch !== undefined) return { missing: 'attribute', at: mismatch };
  at = skip(gap, text, at);
  if (!isEnum && isNamed && text[at] === ';') return { end: at + 1 };
  if (isEnum && text[at] === ':') at = skip(gap, text, skip(underlying, text, at + 1));
  if (text[at] !== '{') return { missing: '{', at };
  const close = balanced(text, at, '{', '}');
  if (close === undefined) return { missing: '}', at: text.length };
  at = close;
  skipAttributes();
  if (mismatch !== undefined) return { missing: 'attribute', at: mismatch };
  const semicolon = skip(gap, text, at);
  return { end: text[semicolon] === ';' ? semicolon + 1 : at };
}
