// The lexer nearley reads from: moo's words, each renamed after what it is in its place.
//
//   in     a source
//   out    tokens with span and decoded value; layout is gone
//   idea   one token of memory and a stack of open brackets are enough to tell a prefix `*` from a multiplication, a block
//          from a block expression, a cast's parenthesis from any other. So the grammar has one way to read every script
//          (grammar/README.md), and nearley never carries two readings along.
//   facts  language.md 1.2, 1.3 ("(name) e" and the condition rule), 1.4 (type context), 1.6

import moo from 'moo';
import type { Diagnostic } from '../../model/diagnostics/diagnostic.js';
import type { Source, Span } from '../../model/source/source.js';
import type { Token } from '../../model/syntax/build.js';
import { splitAttachPoint } from './attach-point.js';
import { extentOfDefinition } from './c-extent.js';
import * as problems from './diagnostics.js';
import { decodeInteger, decodeString } from './literals.js';
import { isBuiltinWord, keywords, states } from './tokens.js';
import { opensCast, opensType } from './type-shape.js';
import { MAX_DEPTH } from './validate.js';

const compiled = moo.states(states as Parameters<typeof moo.states>[0], 'top');

/** What may come next: `statement` is an operand or a statement. */
type Place = 'statement' | 'operand' | 'operator';

/** What an open bracket (or an unfinished head) is. The first four are at the top level: when they close, attach points follow. */
type Open =
  | 'body' | 'predicate' | 'head' | 'line'
  | 'block' | 'value' | 'if' | 'ifBlock' | 'group' | 'call' | 'cast' | 'type' | 'condition' | 'index';

const operandFollows = new Set([
  'infix', 'prefix', 'assign', 'assignOp', 'open', 'typeOpen', 'conditionOpen', 'indexOpen', 'comma', 'question', 'elvis', 'colon', 'range',
  'prefixStep', 'return', 'comptime', 'ifStatement', 'ifValue', 'while', 'unroll', 'for', 'predicateOpen',
]);
const statementFollows = new Set(['blockOpen', 'valueOpen', 'semicolon', 'elseStatement']);
/** Each goes one level down until its statement or element ends. */
const levelBegins = new Set(['elseStatement', 'elseValue', 'question', 'elvis']);
const levelsEnd = new Set(['semicolon', 'comma']);
const typeWords = new Set(['sizeof', 'offsetof', 'typeof', 'typeinfo']);
const conditionWords = new Set(['ifStatement', 'ifValue', 'while', 'unroll', 'for']);
/** what stands between the name of a record's field and its value: layout and one = */
const labelEnd = /(?:\s|\/\/.*|\/\*[^]*?\*\/)*=(?!=)/y;

export class ScriptLexer {
  /** the first word that is wrong in itself; parsing stops there */
  failure: Diagnostic | undefined;
  /** the last token handed out */
  last: Token | undefined;
  /** the token before that */
  previous: Token | undefined;

  private readonly moo: moo.Lexer;
  /** offset of moo's text in the source: it restarts after a C definition */
  private base = 0;
  private readonly open: Open[] = [];
  /** by open bracket: levels that began in it and have not ended */
  private readonly levels: number[] = [];
  private place: Place = 'statement';
  /** the `}` just read closed a branch of an `if` that is a value */
  private afterBranch = false;

  /** state `body` reads a lone expression */
  constructor(private readonly source: Source, state: 'top' | 'body' = 'top') {
    this.moo = compiled.reset(source.text, { state, line: 1, col: 1 } as moo.LexerState);
    if (state === 'body') {
      this.open.push('body');
      this.place = 'operand';
    }
  }

  // nearley's interface
  reset(): void {}
  save(): undefined {
    return undefined;
  }
  formatError(): string {
    return '';
  }
  has(): boolean {
    return true;
  }

  next(): Token | undefined {
    for (let word = this.moo.next(); word; word = this.moo.next()) {
      if (word.type === 'layout' || word.type === 'comment') continue;
      const start = this.base + word.offset;
      if (word.type === 'line' && !this.last && word.text.startsWith('#!')) continue;
      const token = this.open.length === 0 ? this.atTop(word, start) : this.inBody(word, start);
      this.previous = this.last;
      this.last = token;
      return token;
    }
    return undefined;
  }

  private span(start: number, end: number): Span {
    return this.source.span(start, end);
  }

  private fail(diagnostic: Diagnostic): never {
    this.failure = diagnostic;
    throw new Error(diagnostic.message);
  }

  private enter(kind: Open, state: 'top' | 'body' = 'body'): void {
    this.open.push(kind);
    this.moo.setState(state);
  }

  private leave(): Open | undefined {
    const kind = this.open.pop();
    if (this.open.length === 0) this.moo.setState('top');
    return kind;
  }

  // ---- between probes ------------------------------------------------------------------------------------------

  private atTop(word: moo.Token, start: number): Token {
    const { text } = word;
    const type = word.type!;
    const span = this.span(start, start + text.length);
    switch (type) {
      case 'line': {
        const line = text.trimEnd();
        return { type: 'cDefinition', text: line, span: this.span(start, start + line.length) };
      }
      case 'aggregate':
        return this.definition(start);
      case 'macro': case 'fn': case 'config':
        this.enter('head');
        this.place = 'operator';
        return { type, text, span };
      case 'let': case 'import':
        this.enter('line');
        this.place = 'operator';
        return { type: type === 'let' ? 'rootLet' : type, text, span };
      case 'brace':
        this.enter('body');
        this.place = 'statement';
        return { type: 'blockOpen', text, span };
      case 'predicateOpen':
        this.enter('predicate');
        this.place = 'operand';
        return { type, text, span };
      case 'attachPoint':
        return { type, text, span, attachPoint: splitAttachPoint(text) };
      case 'unclosedComment':
        return this.fail(problems.unterminatedComment.at(this.span(start, start + 2), {}));
      case 'invalid':
        return { type, text: text[0]!, span: this.span(start, start + 1) };
      default:
        return { type, text, span };
    }
  }

  private definition(start: number): Token {
    const { text } = this.source;
    const extent = extentOfDefinition(text, start);
    if ('missing' in extent) {
      const word = /\w+/y;
      word.lastIndex = extent.at;
      const span = this.span(extent.at, Math.min(extent.at + (word.exec(text)?.[0].length ?? 1), text.length));
      return this.fail(extent.missing === 'attribute'
        ? problems.attributeMismatch.at(span, {})
        : problems.expectedText.at(span, { text: extent.missing }));
    }
    this.base = extent.end;
    this.moo.reset(text.slice(extent.end), { state: 'top', line: 1, col: 1 } as moo.LexerState);
    return { type: 'cDefinition', text: text.slice(start, extent.end), span: this.span(start, extent.end) };
  }

  // ---- inside --------------------------------------------------------------------------------------------------

  private inBody(word: moo.Token, start: number): Token {
    const afterBranch = this.afterBranch;
    this.afterBranch = false;
    const token = this.named(word, start, afterBranch);
    const { type } = token;
    this.countLevels(token);
    if (operandFollows.has(type)) this.place = 'operand';
    else if (statementFollows.has(type)) this.place = 'statement';
    else if (type !== 'blockClose' && type !== 'close' && type !== 'elseValue') this.place = 'operator';
    return token;
  }

  /** The grammar reads `else if` and `? :` from the right: nearley ends each where it ends the last, which takes time with the square of
   *  their number. So those that would be refused for their depth are not read to their end. */
  private countLevels({ type, span }: Token): void {
    const { levels, open } = this;
    while (levels.length < open.length) levels.push(0);
    levels.length = open.length;
    const inner = levels.length - 1;
    if (levelBegins.has(type)) levels[inner]! += 1;
    else if (levelsEnd.has(type) || this.last?.type === 'blockClose') levels[inner] = 0;
    if (levels[inner]! > MAX_DEPTH) this.fail(problems.tooDeep.at(span, { limit: MAX_DEPTH }));
  }

  private named(word: moo.Token, start: number, afterBranch: boolean): Token {
    const { text } = word;
    const span = this.span(start, start + text.length);
    const is = (type: string): Token => ({ type, text, span });
    switch (word.type) {
      case 'word': return this.wordToken(text, span, afterBranch);
      case 'string': return this.stringToken(text, span);
      case 'integer': return this.integerToken(text, span);
      case 'positional': return this.positionalToken(text, span);
      case 'either': return is(this.place === 'operator' ? 'infix' : 'prefix');
      case 'step': return is(this.place === 'operator' ? 'postfixStep' : 'prefixStep');
      case 'paren': return is(this.parenthesis(start));
      case 'parenClose':
        this.place = this.leaveIf(['group', 'call', 'cast', 'type', 'condition']) === 'cast' ? 'operand' : 'operator';
        return is('close');
      case 'bracketOpen':
        this.enter('index');
        return is('indexOpen');
      case 'bracketClose':
        this.leaveIf(['index']);
        return is('indexClose');
      case 'brace': return is(this.brace());
      case 'braceClose': return is(this.braceClose());
      case 'semicolon':
        this.leaveIf(['line']);
        return is('semicolon');
      case 'endPredicate':
        this.leaveIf(['predicate']);
        return is('endPredicate');
      case 'dollar': return this.fail(problems.nameAfterDollar.at(span, {}));
      case 'unclosedString': return this.fail(problems.unterminatedString.at(span, { goesOn: /\S/.test(this.source.text.slice(span.end)) }));
      case 'unclosedComment': return this.fail(problems.unterminatedComment.at(this.span(start, start + 2), {}));
      case 'invalid': return { type: 'invalid', text: text[0]!, span: this.span(start, start + 1) };
      default: return is(word.type!);
    }
  }

  private wordToken(text: string, span: Span, afterBranch: boolean): Token {
    const before = this.last?.type;
    if (before === 'dot') return { type: 'field', text, span };
    if (before === 'struct' || before === 'union' || before === 'enum') return { type: 'identifier', text, span };
    if (this.isLabel(span)) return { type: 'label', text, span };
    if (text === 'true' || text === 'false') return { type: 'bool', text, span, value: text === 'true' };
    if (text === 'else') {
      if (!afterBranch) return { type: 'elseStatement', text, span };
      this.open.push('if');
      return { type: 'elseValue', text, span };
    }
    if (text === 'if') {
      if (before === 'elseValue') return { type: 'ifValue', text, span };
      if (this.place !== 'operand') return { type: 'ifStatement', text, span };
      this.open.push('if');
      return { type: 'ifValue', text, span };
    }
    if (keywords.has(text)) return { type: text, text, span };
    return { type: isBuiltinWord(text) ? 'builtin' : 'identifier', text, span };
  }

  /** The name of a record's field may be any word: `(pid = pid, if = 1)`. */
  private isLabel({ end }: Span): boolean {
    const before = this.last?.type;
    if (this.open.at(-1) !== 'group' || (before !== 'open' && before !== 'comma')) return false;
    labelEnd.lastIndex = end;
    return labelEnd.test(this.source.text);
  }

  private stringToken(text: string, span: Span): Token {
    const decoded = decodeString(text.slice(1, -1));
    if ('value' in decoded) return { type: 'string', text, span, value: decoded.value };
    const start = span.start + 1 + decoded.offset;
    return this.fail(decoded.problem(this.span(start, start + decoded.length)));
  }

  private integerToken(text: string, span: Span): Token {
    if (this.last?.type === 'dot' && /^[0-9]+$/.test(text)) return { type: 'tupleIndex', text, span };
    const decoded = decodeInteger(text);
    if ('value' in decoded) return { type: 'integer', text, span, ...decoded };
    return this.fail(decoded.problem(span));
  }

  private positionalToken(text: string, span: Span): Token {
    const position = BigInt(text.slice(1));
    if (position < 1n || position > 0x7fffffffffffffffn) return this.fail(problems.positionalOutOfRange.at(span, { text }));
    return { type: 'positional', text, span, value: Number(position) };
  }

  // ---- brackets ------------------------------------------------------------------------------------------------

  private leaveIf(kinds: readonly Open[]): Open | undefined {
    const top = this.open[this.open.length - 1];
    return top && kinds.includes(top) ? this.leave() : undefined;
  }

  private parenthesis(start: number): string {
    const before = this.last?.type ?? '';
    if (typeWords.has(before)) {
      const isType = opensType(this.source.text, start);
      this.enter(isType ? 'type' : 'group');
      return isType ? 'typeOpen' : 'open';
    }
    if (this.place !== 'operator' && opensCast(this.source.text, start)) {
      this.enter('cast');
      return 'typeOpen';
    }
    const isCondition = conditionWords.has(before);
    this.enter(isCondition ? 'condition' : before === 'identifier' || before === 'builtin' ? 'call' : 'group');
    return isCondition ? 'conditionOpen' : 'open';
  }

  private brace(): string {
    const top = this.open[this.open.length - 1];
    if (top === 'head') {
      this.open[this.open.length - 1] = 'body';
    } else if (top === 'if' && this.place === 'operator') {
      this.open[this.open.length - 1] = 'ifBlock';
    } else if (this.place === 'operand') {
      this.open.push('value');
      return 'valueOpen';
    } else {
      this.open.push('block');
    }
    return 'blockOpen';
  }

  private braceClose(): string {
    const closed = this.leaveIf(['body', 'block', 'value', 'ifBlock']);
    this.place = closed === 'value' || closed === 'ifBlock' ? 'operator' : 'statement';
    this.afterBranch = closed === 'ifBlock';
    return 'blockClose';
  }
}
