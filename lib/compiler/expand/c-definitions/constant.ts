// Integer constant expressions of C: array sizes, bit widths, enumerators, `#if`.
//
//   in     tokens; what names, calls (`defined(X)`) and `sizeof` stand for is asked of the caller
//   out    the value; undefined when the tokens are no such expression

import { type CToken, numberOf } from './tokens.js';

export interface Names {
  /** value of a name; undefined: not a constant */
  value(name: string): bigint | undefined;
  /** `defined X`, `defined(X)`, `KERNEL_VERSION(a, b, c)` …; undefined: no such function */
  call?(name: string, args: readonly (readonly CToken[])[]): bigint | undefined;
  sizeOf?(tokens: readonly CToken[]): bigint | undefined;
  /** what `(tokens)` in front of a value makes of it; undefined: they are no integer type */
  cast?(tokens: readonly CToken[]): ((value: bigint) => bigint) | undefined;
}

const strength: Readonly<Record<string, number>> = {
  '||': 1, '&&': 2, '|': 3, '^': 4, '&': 5, '==': 6, '!=': 6, '<': 7, '<=': 7, '>': 7, '>=': 7, '<<': 8, '>>': 8, '+': 9, '-': 9, '*': 10, '/': 10, '%': 10,
};

const truth = (value: boolean): bigint => (value ? 1n : 0n);

class NotConstant extends Error {}

/** the reader goes down by recursion */
const MOST_TOKENS = 2000;

export function constantOf(tokens: readonly CToken[], names: Names): bigint | undefined {
  if (tokens.length > MOST_TOKENS) return undefined;
  const reader = new Reader(tokens, names);
  try {
    const value = reader.ternary();
    return reader.done ? value : undefined;
  } catch (error) {
    if (error instanceof NotConstant) return undefined;
    throw error;
  }
}

class Reader {
  private at = 0;

  constructor(
    private readonly tokens: readonly CToken[],
    private readonly names: Names,
  ) {}

  get done(): boolean {
    return this.at === this.tokens.length;
  }

  private is(text: string): boolean {
    return this.tokens[this.at]?.text === text;
  }

  private take(text: string): void {
    if (!this.is(text)) throw new NotConstant();
    this.at++;
  }

  ternary(): bigint {
    const condition = this.binary(1);
    if (!this.is('?')) return condition;
    this.at++;
    const whenTrue = this.ternary();
    this.take(':');
    const whenFalse = this.ternary();
    return condition !== 0n ? whenTrue : whenFalse;
  }

  private binary(minimum: number): bigint {
    let left = this.unary();
    for (;;) {
      const operator = this.tokens[this.at]?.text ?? '';
      const level = strength[operator];
      if (level === undefined || level < minimum) return left;
      this.at++;
      left = apply(operator, left, this.binary(level + 1));
    }
  }

  private unary(): bigint {
    const token = this.tokens[this.at];
    if (!token) throw new NotConstant();
    this.at++;
    switch (token.text) {
      case '-': return -this.unary();
      case '+': return this.unary();
      case '~': return ~this.unary();
      case '!': return truth(this.unary() === 0n);
      case '(': {
        const convert = this.cast();
        if (convert) return convert(this.unary());
        const value = this.ternary();
        this.take(')');
        return value;
      }
      default:
    }
    if (token.kind === 'number' || token.kind === 'string') return this.sure(numberOf(token.text));
    if (token.kind !== 'word') throw new NotConstant();
    if (token.text === 'sizeof') return this.sure(this.names.sizeOf?.(this.parenthesised()));
    if (token.text === 'defined' && !this.is('(')) return this.sure(this.names.call?.('defined', [[this.tokens[this.at++]!]]));
    if (this.is('(') && this.names.call) return this.sure(this.names.call(token.text, split(this.parenthesised())));
    return this.sure(this.names.value(token.text));
  }

  /** Behind an opening parenthesis: the cast it begins, if it does. */
  private cast(): ((value: bigint) => bigint) | undefined {
    if (!this.names.cast || this.tokens[this.at]?.kind !== 'word') return undefined;
    const start = this.at--;
    const convert = this.names.cast(this.parenthesised());
    if (!convert) this.at = start;
    return convert;
  }

  private sure(value: bigint | undefined): bigint {
    if (value === undefined) throw new NotConstant();
    return value;
  }

  private parenthesised(): CToken[] {
    this.take('(');
    const inside: CToken[] = [];
    for (let depth = 1; ; this.at++) {
      const token = this.tokens[this.at];
      if (!token) throw new NotConstant();
      if (token.text === '(') depth++;
      else if (token.text === ')' && --depth === 0) break;
      inside.push(token);
    }
    this.at++;
    return inside;
  }
}

function split(tokens: readonly CToken[]): CToken[][] {
  const parts: CToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    if (token.text === ',' && depth === 0) parts.push([]);
    else parts[parts.length - 1]!.push(token);
  }
  return parts;
}

function apply(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '||': return truth(a !== 0n || b !== 0n);
    case '&&': return truth(a !== 0n && b !== 0n);
    case '|': return a | b;
    case '^': return a ^ b;
    case '&': return a & b;
    case '==': return truth(a === b);
    case '!=': return truth(a !== b);
    case '<': return truth(a < b);
    case '<=': return truth(a <= b);
    case '>': return truth(a > b);
    case '>=': return truth(a >= b);
    case '<<': return BigInt.asIntN(64, a << (b & 63n));
    case '>>': return a >> (b & 63n);
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    default:
      if (b === 0n) throw new NotConstant();
      return operator === '/' ? a / b : a % b;
  }
}
