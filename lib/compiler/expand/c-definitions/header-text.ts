// The text of a header as the preprocessor goes through it: logical lines, and declarations.
//
//   in     the text of a header; tokens of what counts, macros replaced
//   out    lines at the offsets they have in the text; declarations, one list of tokens each

import type { CToken } from './tokens.js';

/** Lines without comments; one that goes on behind a backslash or inside a comment is one with the next. @returns offset and text */
export function* logicalLines(text: string): Iterable<readonly [start: number, line: string]> {
  const blank = text.replace(/\\\r?\n|\/\/(?:\\\r?\n|[^\n])*|\/\*[^]*?(?:\*\/|$)|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/g,
    (found) => (found.startsWith('"') || found.startsWith("'") ? found : ' '.repeat(found.length)));
  let start = 0;
  for (const line of blank.split('\n')) {
    yield [start, line];
    start += line.length + 1;
  }
}

const aggregates = new Set(['struct', 'union', 'enum']);

/** Puts tokens together to declarations; `keep` gets those that define types. */
export class DeclarationSplitter {
  private declaration: CToken[] = [];
  private depth = 0;
  private isFunction = false;

  constructor(private readonly keep: (declaration: readonly CToken[]) => void) {}

  feed(tokens: readonly CToken[]): void {
    for (const token of tokens) {
      if (this.declaration.length === 0 && token.text === '__extension__') continue;
      if (token.text === '{' && this.depth++ === 0) this.isFunction = this.opensFunction();
      this.declaration.push(token);
      if (token.text === '}') this.depth--;
      const ends = token.text === ';' || (token.text === '}' && this.isFunction);
      if (this.depth <= 0 && ends) this.finish();
    }
  }

  private finish(): void {
    const { declaration } = this;
    this.declaration = [];
    this.depth = 0;
    const first = declaration[0]!.text;
    if ((first === 'typedef' || aggregates.has(first)) && !this.isFunction) this.keep(declaration);
    this.isFunction = false;
  }

  /** What stands in front of a brace decides: `struct a`, `struct __attribute__((packed))`, or `int f(void)`. */
  private opensFunction(): boolean {
    const { declaration } = this;
    if (!declaration.some((token) => aggregates.has(token.text))) return true;
    if (declaration.at(-1)!.text !== ')') return false;
    let depth = 0;
    for (let at = declaration.length - 1; at >= 0; at--) {
      if (declaration[at]!.text === ')') depth++;
      if (declaration[at]!.text === '(' && --depth === 0) return !/^__(?:attribute(?:__)?|aligned|packed)$/.test(declaration[at - 1]?.text ?? '');
    }
    return true;
  }
}
