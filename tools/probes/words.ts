// Probe texts as words for the grammars.
//
//   in     text;  trace: a place, signature, predicate, format and values.  argdist: a place and signature, types, values, a filter
//   out    tokens, or ProbeProblem
//   idea   what a mark means depends on where it stands: `(` glued to the place opens the signature, behind a blank the predicate; `*` is part of a
//          type in signatures, in casts and in the types of argdist, else an operator. It is decided here, so that the grammars are unambiguous

import moo from 'moo';
import { ProbeProblem } from './problem.js';
import { isTypeWord, type Token } from './tree.js';

export type Dialect = 'trace' | 'argdist';

const words = moo.states({
  place: {
    blank: { match: /\s+/, lineBreaks: true, next: 'c' },
    open: { match: '(', next: 'c' },
    colon: ':',
    part: /[^\s():]+/,
    bad: moo.error,
  },
  c: {
    blank: { match: /\s+/, lineBreaks: true },
    atUser: /@user\b/,
    atLinear: /@linear\b/,
    atPercentiles: /@pct\b/,
    atBy: /@by\b/,
    number: /(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*\b/,
    word: /\$?[A-Za-z_]\w*/,
    string: { match: /"(?:\\[^]|[^"\\])*"/, lineBreaks: true },
    character: /'(?:\\(?:x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)|[^'\\])'/,
    dot: ['->', '.'],
    operator: ['&&', '||', '==', '!=', '<=', '>=', '<<', '>>', '<', '>', '+', '-', '*', '/', '%', '&', '|', '^', '!', '~'],
    open: '(', close: ')', indexOpen: '[', indexClose: ']', comma: ',', colon: ':', question: '?',
    bad: moo.error,
  },
});

/** @throws ProbeProblem */
export function wordsOf(text: string, dialect: Dialect): Token[] {
  const plain = [...split(text.trimStart(), text.length - text.trimStart().length)];
  return dialect === 'trace' ? new Placer(plain, text).trace() : new Placer(plain, text).argdist();
}

/** @param from  offset of the first character in what the user typed */
function* split(text: string, from: number): Generator<Token> {
  words.reset(text);
  for (const { type, text: word, offset: at } of words) {
    const offset = from + at;
    const token: Token = { type: type!, text: word, start: offset, end: offset + word.length };
    if (type !== 'bad') yield token;
    else if (word.startsWith('"')) throw new ProbeProblem('expected format string in "s', { start: offset, end: from + text.length }, 'The string has no closing ".');
    else throw new ProbeProblem(`'${word[0]}' has no meaning here`, { start: offset, end: offset + 1 });
  }
}

const operandEnds = new Set(['number', 'word', 'string', 'character', 'close', 'indexClose', 'atUser']);
const prefixes = new Set(['!', '~', '-', '+', '*', '&']);

/** Names each token after what it is in its place. */
class Placer {
  private readonly out: Token[] = [];
  private at = 0;
  /** what comes next is an operand: `-`, `*` and `&` are prefixes, `(` may open a cast */
  private wantsOperand = true;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly text: string,
  ) {}

  trace(): Token[] {
    this.place();
    this.signature();
    this.skipBlanks();
    const open = this.tokens[this.at];
    if (open?.type === 'open') {
      this.push('predicateOpen');
      const from = this.out.length;
      this.expression((depth) => depth === 0 && this.tokens[this.at]!.type === 'close');
      if (this.at >= this.tokens.length) throw new ProbeProblem('unmatched end of predicate', open, 'The ( that opens the predicate has no ).');
      if (this.out.length === from) throw new ProbeProblem('the predicate is empty', { start: open.start, end: this.tokens[this.at]!.end });
      this.push('predicateClose');
      this.skipBlanks();
    }
    const action = this.tokens[this.at];
    if (action !== undefined && action.type !== 'string') throw new ProbeProblem('expected format string in "s', { start: action.start, end: this.text.length }, 'Behind the probe comes what to print: "format", value, …');
    this.expression(() => false);
    return this.out;
  }

  argdist(): Token[] {
    this.place();
    this.signature();
    this.skipBlanks();
    // types
    if (this.tokens[this.at]?.type === 'colon') {
      this.push('colon');
      while (this.at < this.tokens.length && this.tokens[this.at]!.type !== 'colon' && !this.tokens[this.at]!.type.startsWith('at')) this.typeWord();
    }
    this.expression(() => false);
    return this.out;
  }

  private place(): void {
    while (['part', 'colon'].includes(this.tokens[this.at]?.type ?? '')) this.push(this.tokens[this.at]!.type);
  }

  /** `(…)` glued to the place; up to its own `)`. */
  private signature(): void {
    const open = this.tokens[this.at];
    if (open?.type !== 'open' || this.out.length === 0 || open.start !== this.out.at(-1)!.end) return;
    this.push('signatureOpen');
    while (this.tokens[this.at] !== undefined && this.tokens[this.at]!.type !== 'close') {
      if (this.tokens[this.at]!.type === 'open') throw new ProbeProblem('a function signature has no ( in it', this.tokens[this.at]!, 'A predicate stands behind a blank: func (arg1 > 1)');
      this.typeWord();
    }
    if (this.tokens[this.at] === undefined) throw new ProbeProblem(`function signature '${this.text.slice(open.start)}' has an invalid format`, { start: open.start, end: this.text.length }, 'The ( that opens the signature has no ).');
    this.push('signatureClose');
  }

  private typeWord(): void {
    const token = this.tokens[this.at]!;
    if (token.type === 'blank') this.at++;
    else this.push(token.text === '*' ? 'star' : token.type);
  }

  /** Up to the end or where `ends` says so. */
  private expression(ends: (depth: number) => boolean): void {
    let depth = 0;
    while (this.at < this.tokens.length && !ends(depth)) {
      const token = this.tokens[this.at]!;
      if (token.type === 'blank') this.at++;
      else if (token.type === 'word' && token.text === 'sizeof') this.push('sizeof');
      else if (token.type === 'operator') this.push(this.wantsOperand ? prefixType(token) : infixType(token));
      else if (token.type === 'open' && this.opensType()) this.castType();
      else {
        if (token.type === 'open') depth++;
        if (token.type === 'close') depth--;
        this.push(token.type);
      }
    }
  }

  /** What stands up to `)` has the shape of a type, and a cast may stand here. */
  private opensType(): boolean {
    const before = this.out.at(-1);
    if (before?.type !== 'sizeof' && !this.wantsOperand) return false;
    const inner: Token[] = [];
    let at = this.at + 1;
    for (; at < this.tokens.length && this.tokens[at]!.type !== 'close'; at++) if (this.tokens[at]!.type !== 'blank') inner.push(this.tokens[at]!);
    if (at >= this.tokens.length || inner.length === 0 || !/^(?:word )+(?:\* )*$/.test(inner.map(({ type, text }) => `${type === 'word' && !text.startsWith('$') ? 'word' : text} `).join(''))) return false;
    if (before?.type === 'sizeof') return true;
    const certain = inner.length > 1 || isTypeWord(inner[0]!.text) || /_t$|^(?:__)?[us](?:8|16|32|64)$/.test(inner[0]!.text);
    if (!certain) return false;
    const next = this.tokens.slice(at + 1).find(({ type }) => type !== 'blank');
    return next !== undefined && (['number', 'word', 'string', 'character', 'open'].includes(next.type) || (next.type === 'operator' && prefixes.has(next.text)));
  }

  private castType(): void {
    const ofSizeof = this.out.at(-1)?.type === 'sizeof';
    this.push('typeOpen');
    while (this.tokens[this.at]!.type !== 'close') this.typeWord();
    this.push('close');
    this.wantsOperand = !ofSizeof;
  }

  private skipBlanks(): void {
    while (this.tokens[this.at]?.type === 'blank') this.at++;
  }

  private push(type: string): void {
    this.out.push({ ...this.tokens[this.at++]!, type });
    this.wantsOperand = !operandEnds.has(type);
  }
}

function prefixType({ text }: Token): string {
  return prefixes.has(text) ? 'prefix' : 'operator';
}

function infixType({ text }: Token): string {
  return text === '!' || text === '~' ? 'operator' : 'infix';
}
