// What probe texts of trace and argdist say, as trees; constructors for the grammars (grammar/trace.ne, argdist.ne, probe-expressions.ne).
//
//   facts  spans are character offsets in the text as the user typed it. nearley also runs constructors for readings that it gives up later, so
//          that they report nothing; what cannot be is said by translate.ts

export interface Span {
  readonly start: number;
  /** exclusive */
  readonly end: number;
}

export interface Token extends Span {
  readonly type: string;
  readonly text: string;
}

/** A type in C's words: `unsigned`, `int`, `struct`, `sock`, `*`, `__user` … */
export interface CType extends Span {
  readonly words: readonly Token[];
}

export interface Parameter extends Span {
  /** undefined: the signature names only a type */
  readonly name: string | undefined;
  readonly type: CType;
}

export type Expression = Span & (
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: string }
  /** also `$pid`, `arg1`, `retval` */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly object: Expression; readonly field: string }
  | { readonly kind: 'index'; readonly object: Expression; readonly index: Expression }
  /** `arg2@user` */
  | { readonly kind: 'userPointer'; readonly operand: Expression }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'ternary'; readonly condition: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'cast'; readonly type: CType; readonly operand: Expression }
  | { readonly kind: 'sizeof'; readonly type: CType }
  | { readonly kind: 'call'; readonly name: string; readonly nameSpan: Span; readonly arguments: readonly Expression[] }
);

export function spanOf({ start, end }: Span): Span {
  return { start, end };
}

export function join(first: Span, last: Span): Span {
  return { start: first.start, end: last.end };
}

export function number(token: Token): Expression {
  const [, sign, digits] = /^(-?)(0[xX][0-9a-fA-F]+|\d+)[uUlL]*$/.exec(token.text)!;
  // C's octal
  const value = /^0\d+$/.test(digits!) ? BigInt(`0o${digits!.slice(1).replace(/[89]/g, '7')}`) : BigInt(digits!);
  return { kind: 'number', value: sign === '-' ? -value : value, ...spanOf(token) };
}

export function character(token: Token): Expression {
  return { kind: 'number', value: BigInt(unescape(token.text.slice(1, -1)).codePointAt(0) ?? 0), ...spanOf(token) };
}

export function string(token: Token): Extract<Expression, { kind: 'string' }> {
  return { kind: 'string', value: unescape(token.text.slice(1, -1)), ...spanOf(token) };
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', e: '\x1b', 0: '\0' };

/** C's escapes. */
function unescape(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|[^])/g, (_, code: string) => {
    if (/^x./.test(code)) return String.fromCharCode(parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8) & 0xff);
    return escapes[code] ?? code;
  });
}

export function name(token: Token): Expression {
  return { kind: 'name', name: token.text, ...spanOf(token) };
}

export function member(object: Expression, field: Token): Expression {
  return { kind: 'member', object, field: field.text, ...join(object, field) };
}

export function index(object: Expression, at: Expression, close: Token): Expression {
  return { kind: 'index', object, index: at, ...join(object, close) };
}

export function userPointer(operand: Expression, at: Token): Expression {
  return { kind: 'userPointer', operand, ...join(operand, at) };
}

export function unary(operator: Token, operand: Expression): Expression {
  return { kind: 'unary', operator: operator.text, operand, ...join(operator, operand) };
}

export function cast(open: Token, of: CType, operand: Expression): Expression {
  return { kind: 'cast', type: of, operand, ...join(open, operand) };
}

export function sizeOf(word: Token, of: CType, close: Token): Expression {
  return { kind: 'sizeof', type: of, ...join(word, close) };
}

export function call(word: Token, list: readonly Expression[], close: Token): Expression {
  return { kind: 'call', name: word.text, nameSpan: spanOf(word), arguments: list, ...join(word, close) };
}

/** The tree needs no parentheses: what they hold is one operand. */
export function grouping(open: Token, inner: Expression, close: Token): Expression {
  return { ...inner, ...join(open, close) };
}

export function ternary(condition: Expression, yes: Expression, no: Expression): Expression {
  return { kind: 'ternary', condition, yes, no, ...join(condition, no) };
}

/** C's infix operators from weak to strong; all are left-associative. */
const levels = [['||'], ['&&'], ['|'], ['^'], ['&'], ['==', '!='], ['<', '<=', '>', '>='], ['<<', '>>'], ['+', '-'], ['*', '/', '%']];
const levelOf = new Map(levels.flatMap((operators, level) => operators.map((operator) => [operator, level] as const)));

/** The tree of operands and infix operators in turn. */
export function grouped(chain: readonly (Expression | Token)[]): Expression {
  const operands: Expression[] = [chain[0] as Expression];
  const operators: Token[] = [];
  const reduce = (): void => {
    const right = operands.pop()!;
    const left = operands.pop()!;
    operands.push({ kind: 'binary', operator: operators.pop()!.text, left, right, ...join(left, right) });
  };
  for (let at = 1; at < chain.length; at += 2) {
    const operator = chain[at] as Token;
    while (operators.length > 0 && levelOf.get(operators.at(-1)!.text)! >= levelOf.get(operator.text)!) reduce();
    operators.push(operator);
    operands.push(chain[at + 1] as Expression);
  }
  while (operators.length > 0) reduce();
  return operands[0]!;
}

export function type(first: CType | Token, more?: Token): CType {
  if (more === undefined) return { words: [first as Token], ...spanOf(first) };
  return { words: [...(first as CType).words, more], ...join(first, more) };
}

/** The last word of a parameter is its name, where a type stands before it. */
export function parameter(of: CType, array?: Token): Parameter {
  const last = of.words.at(-1)!;
  const rest = of.words.slice(0, -1);
  const named = last.type === 'word' && !isTypeWord(last.text) && rest.some(({ text }, i) => !isTagOrQualifier(text) || isTagged(rest, i));
  const words = named ? rest : of.words;
  const star: Token = { type: 'star', text: '*', ...spanOf(array ?? of) };
  return { name: named ? last.text : undefined, type: { words: array ? [...words, star] : words, ...spanOf(of) }, ...spanOf(of) };
}

const tags = ['struct', 'union', 'enum'];
const qualifiers = ['const', 'volatile', '__user', '__kernel', '__rcu', 'restrict'];

function isTagOrQualifier(word: string): boolean {
  return tags.includes(word) || qualifiers.includes(word);
}

/** The word behind `struct` is the tag's name. */
function isTagged(words: readonly Token[], at: number): boolean {
  return tags.includes(words[at - 1]?.text ?? '');
}

const typeWords = new Set(['void', 'char', 'short', 'int', 'long', 'signed', 'unsigned', 'bool', '_Bool', 'float', 'double', ...tags, ...qualifiers]);

/** A word that can only be part of a type. */
export function isTypeWord(word: string): boolean {
  return typeWords.has(word);
}
