// Node constructors: what the grammar's postprocessors call, and what passes use to make nodes.
//
//   in     tokens and nodes in the order they stand in the text
//   out    one node whose span covers them
//   idea   constructors only build. They report nothing: nearley also runs them for parses that it drops later.
//   facts  precedence and associativity: language.md 1.3

import { joinSpans, type Span } from '../source/source.js';
import type {
  Assign, AssignOperator, AttachPoint, BinaryOperator, Block, BlockExpression, CDefinition, Call, CallArgument, Config, ConfigEntry,
  Expression, For, If, IfExpression, Import, IncDec, IntegerLiteral, Item, Jump, Let, Macro, MacroParameter, MapAccess, MapDeclaration, MapRef,
  Offsetof, Probe, Range, RecordExpression, Sizeof, Statement, Subprogram, SubprogramParameter, SyntaxTree, Tuple, TypeNode, Typeinfo,
  UnaryOperator, Unroll, Variable, While, Discard, ExpressionStatement,
} from './nodes.js';

/** A word of the script as the lexer hands it over. */
export interface Token {
  readonly type: string;
  /** as written */
  readonly text: string;
  readonly span: Span;
  /** literals: the decoded value */
  readonly value?: bigint | string | number | boolean;
  /** integers: the suffix, lower case */
  readonly suffix?: IntegerLiteral['suffix'];
  /** attach points: what the text says */
  readonly attachPoint?: Omit<AttachPoint, 'span' | 'kind'>;
}

type Spanned = { readonly span: Span };

const across = (first: Spanned, last: Spanned): Span => joinSpans(first.span, last.span);

// ---- lists -----------------------------------------------------------------------------------------------------

/** A list while it is read, the last element first. nearley goes on with it in several ways at once, so it cannot grow in place, and a copy
 *  for each element would take time with the square of the length. */
export interface Row<T> {
  readonly before: Row<T> | undefined;
  readonly element: T;
}

export const row = <T>(before: Row<T> | undefined, element: T): Row<T> => ({ before, element });

/** undefined: no elements. */
export function listOf<T>(read: Row<T> | undefined): T[] {
  const elements: T[] = [];
  for (let at = read; at; at = at.before) elements.push(at.element);
  return elements.reverse();
}

// ---- operators -------------------------------------------------------------------------------------------------

/** Binding strength of the infix operators; all are left-associative. */
export const precedence: Readonly<Record<BinaryOperator, number>> = {
  '||': 2, '&&': 3, '|': 4, '^': 5, '&': 6, '==': 7, '!=': 7, '<': 8, '<=': 8, '>': 8, '>=': 8,
  '<<': 9, '>>': 9, '+': 10, '-': 10, '*': 11, '/': 11, '%': 11,
};

/** A row of operands and operators (`a + b * c`), grouped as far as what has been read decides: operators still open to the right, weakest first. */
export interface Chain {
  readonly pending?: Pending;
  readonly operand: Expression;
}
interface Pending {
  readonly before?: Pending;
  readonly left: Expression;
  readonly operator: Token;
}

export const chain = (operand: Expression): Chain => ({ operand });

/** What binds at least as strongly as the new operator is closed by it. */
export function chainMore(row: Chain, operator: Token, operand: Expression): Chain {
  let { pending, operand: left } = row;
  while (pending && precedence[pending.operator.text as BinaryOperator] >= precedence[operator.text as BinaryOperator]) {
    left = binary(pending.left, pending.operator, left);
    pending = pending.before;
  }
  return { pending: { left, operator, ...(pending && { before: pending }) }, operand };
}

/** The expression a row stands for. */
export function grouped(row: Chain): Expression {
  let expression = row.operand;
  for (let { pending } = row; pending; pending = pending.before) expression = binary(pending.left, pending.operator, expression);
  return expression;
}

const binary = (left: Expression, operator: Token, right: Expression): Expression =>
  ({ kind: 'binary', op: operator.text as BinaryOperator, left, right, opSpan: operator.span, span: across(left, right) });

export const ternary = (condition: Expression, whenTrue: Expression | undefined, whenFalse: Expression): Expression =>
  ({ kind: 'ternary', condition, ...(whenTrue && { whenTrue }), whenFalse, span: across(condition, whenFalse) });

export const unary = (operator: Token, operand: Expression): Expression =>
  ({ kind: 'unary', op: operator.text as UnaryOperator, operand, span: across(operator, operand) });

/** The target may be anything here; parse/validate.ts refuses what cannot be stepped. */
export const prefixStep = (operator: Token, target: Expression): Expression =>
  ({ kind: 'inc-dec', op: operator.text as IncDec['op'], prefix: true, target: target as IncDec['target'], span: across(operator, target) });

export const postfixStep = (target: Expression, operator: Token): Expression =>
  ({ kind: 'inc-dec', op: operator.text as IncDec['op'], prefix: false, target: target as IncDec['target'], span: across(target, operator) });

export const cast = (open: Token, type: TypeNode, operand: Expression): Expression => ({ kind: 'cast', type, operand, span: across(open, operand) });
export const comptime = (word: Token, operand: Expression): Expression => ({ kind: 'comptime', operand, span: across(word, operand) });

// ---- postfix ---------------------------------------------------------------------------------------------------

export const member = (object: Expression, field: Token): Expression =>
  ({ kind: 'member', object, field: field.text, fieldSpan: field.span, span: across(object, field) });

export const tupleIndex = (object: Expression, index: Token): Expression =>
  ({ kind: 'tuple-index', object, index: Number(index.text), span: across(object, index) });

export const index = (object: Expression, position: Expression, close: Token): Expression =>
  ({ kind: 'index', object, index: position, span: across(object, close) });

export const call = (name: Token, args: readonly CallArgument[], close: Token): Call =>
  ({ kind: 'call', name: name.text, nameSpan: name.span, args, span: across(name, close) });

export function mapAccess(name: Token, keys: readonly Expression[], close: Token): MapAccess {
  const [first] = keys;
  const key: Expression = keys.length === 1 && first ? first
    : { kind: 'tuple', elements: keys, implicit: true, span: across(keys[0] ?? name, keys[keys.length - 1] ?? close) };
  return { kind: 'map-access', map: mapRef(name), key, span: across(name, close) };
}

// ---- primaries -------------------------------------------------------------------------------------------------

export const mapRef = (token: Token): MapRef => ({ kind: 'map', name: token.text, span: token.span });
export const variable = (token: Token): Variable => ({ kind: 'variable', name: token.text.slice(1), span: token.span });
export const identifier = (token: Token): Expression => ({ kind: 'identifier', name: token.text, span: token.span });
export const string = (token: Token): Expression => ({ kind: 'string', value: token.value as string, span: token.span });
export const bool = (token: Token): Expression => ({ kind: 'bool', value: token.text === 'true', span: token.span });
export const positional = (token: Token): Expression => ({ kind: 'positional', index: token.value as number, span: token.span });
export const positionalCount = (token: Token): Expression => ({ kind: 'positional-count', span: token.span });
export const integer = (token: Token): IntegerLiteral =>
  ({ kind: 'integer', value: token.value as bigint, ...(token.suffix && { suffix: token.suffix }), span: token.span });

/** The expression itself: what is said about it marks the parentheses as well, so that the mark of `(a) + b` begins where the text does. */
export const inParentheses = (open: Token, expression: Expression, close: Token): Expression => ({ ...expression, span: across(open, close) });

export const tuple = (open: Token, elements: readonly Expression[], close: Token): Tuple => ({ kind: 'tuple', elements, span: across(open, close) });

type RecordField = RecordExpression['fields'][number];
export const recordField = (name: Token, value: Expression): RecordField => ({ name: name.text, nameSpan: name.span, value });
export const record = (open: Token, fields: readonly RecordField[], close: Token): RecordExpression =>
  ({ kind: 'record', fields, span: across(open, close) });

export const sizeof = (word: Token, argument: Sizeof['argument'], close: Token): Sizeof => ({ kind: 'sizeof', argument, span: across(word, close) });
export const typeinfo = (word: Token, argument: Typeinfo['argument'], close: Token): Typeinfo => ({ kind: 'typeinfo', argument, span: across(word, close) });
export const offsetof = (word: Token, argument: Offsetof['argument'], path: readonly Token[], close: Token): Offsetof =>
  ({ kind: 'offsetof', argument, path: path.map((name) => ({ name: name.text, span: name.span })), span: across(word, close) });

/** A block whose value is wanted: its last expression without `;`, or the branches of a last `if`. */
export function blockExpression(block: Block): BlockExpression {
  const last = block.statements[block.statements.length - 1];
  const value = last && block.open ? valueOf(last) : undefined;
  const statements = value ? block.statements.slice(0, -1) : block.statements;
  return { kind: 'block-expression', statements, ...(value && { value }), span: block.span };
}

/** What a last statement stands for where a value is wanted; undefined: for nothing. */
function valueOf(last: Statement): Expression | undefined {
  if (last.kind === 'expression-statement') return last.expression;
  if (last.kind === 'block') return blockExpression(last);
  if (last.kind !== 'if' || !last.whenFalse) return undefined;
  const whenFalse = last.whenFalse.kind === 'block' ? blockExpression(last.whenFalse) : wrapped(valueOf(last.whenFalse));
  return whenFalse && { kind: 'if-expression', condition: last.condition, whenTrue: blockExpression(last.whenTrue), whenFalse, span: last.span };
}

const wrapped = (value: Expression | undefined): BlockExpression | undefined =>
  value && { kind: 'block-expression', statements: [], value, span: value.span };

export function ifExpression(word: Token, condition: Expression, whenTrue: Block, otherwise: Block | IfExpression): IfExpression {
  const whenFalse = otherwise.kind === 'block' ? blockExpression(otherwise) : wrapped(otherwise)!;
  return { kind: 'if-expression', condition, whenTrue: blockExpression(whenTrue), whenFalse, span: across(word, otherwise) };
}

// ---- types -----------------------------------------------------------------------------------------------------

const sizedTypes = new Set(['string', 'buffer', 'inet']);

export const namedType = (name: Token): TypeNode => ({ kind: 'named-type', name: name.text, span: name.span });
export const taggedType = (tag: Token, name: Token): TypeNode =>
  ({ kind: 'named-type', tag: tag.text as 'struct' | 'union' | 'enum', name: name.text, span: across(tag, name) });
export const pointerType = (to: TypeNode, star: Token): TypeNode => ({ kind: 'pointer-type', to, span: across(to, star) });
export function arrayType(of: TypeNode, count: Expression | undefined, close: Token): TypeNode {
  const span = across(of, close);
  if (count && of.kind === 'named-type' && !of.tag && sizedTypes.has(of.name)) return { kind: 'sized-type', name: of.name, size: count, span };
  return { kind: 'array-type', of, ...(count && { count }), span };
}
export const typeofType = (word: Token, argument: TypeNode | Expression, close: Token): TypeNode =>
  ({ kind: 'typeof-type', argument, span: across(word, close) });

// ---- statements ------------------------------------------------------------------------------------------------

export const expressionStatement = (expression: Expression): ExpressionStatement =>
  ({ kind: 'expression-statement', expression, span: expression.span });

/** The target may be anything here; parse/validate.ts refuses what cannot be assigned to. */
export function assign(target: Expression, operator: Token, value: Expression): Assign | Discard {
  const span = across(target, value);
  if (operator.text === '=' && target.kind === 'identifier' && target.name === '_') return { kind: 'discard', expression: value, span };
  return { kind: 'assign', op: operator.text as AssignOperator, target, value, span };
}

export const letStatement = (word: Token, name: Token, type: TypeNode | undefined, value: Expression | undefined): Let =>
  ({ kind: 'let', variable: variable(name), ...(type && { type }), ...(value && { value }), span: across(word, value ?? type ?? name) });

export const ifStatement = (word: Token, condition: Expression, whenTrue: Block, whenFalse?: Block | If): If =>
  ({ kind: 'if', condition, whenTrue, ...(whenFalse && { whenFalse }), span: across(word, whenFalse ?? whenTrue) });

export const whileStatement = (word: Token, condition: Expression, body: Block): While => ({ kind: 'while', condition, body, span: across(word, body) });
export const forStatement = (word: Token, name: Token, iterable: Expression | Range, body: Block): For =>
  ({ kind: 'for', variable: variable(name), iterable, body, span: across(word, body) });
export const range = (from: Expression, to: Expression): Range => ({ kind: 'range', from, to, span: across(from, to) });
export const unrollStatement = (word: Token, count: Expression, body: Block): Unroll => ({ kind: 'unroll', count, body, span: across(word, body) });
export const jump = (word: Token, value?: Expression): Jump =>
  ({ kind: 'jump', jump: word.text as Jump['jump'], ...(value && { value }), span: across(word, value ?? word) });
export const importOf = (word: Token, path: Token): Import => ({ kind: 'import', path: path.value as string, span: across(word, path) });

/** last: a statement that was not closed by `;`. */
export function block(open: Token, statements: readonly Statement[], last: Statement | undefined, close: Token): Block {
  const all = last ? [...statements, last] : statements;
  const final = all[all.length - 1];
  const isOpen = final !== undefined && (last ? last.kind === 'expression-statement' : hasValue(final));
  return { kind: 'block', statements: all, ...(isOpen && { open: true }), span: across(open, close) };
}

/** Whether a block or `if … else` that ends a block would yield a value. */
function hasValue(last: Statement): boolean {
  if (last.kind === 'block') return last.open === true;
  if (last.kind !== 'if' || !last.whenFalse) return false;
  return last.whenTrue.open === true || hasValue(last.whenFalse);
}

// ---- top level -------------------------------------------------------------------------------------------------

export const cDefinition = (token: Token): CDefinition => ({ kind: 'c-definition', text: token.text, span: token.span });

export const configEntry = (key: Token, value: Token): ConfigEntry => ({
  key: key.text,
  keySpan: key.span,
  value: value.type === 'bool' ? value.text === 'true' : value.type === 'identifier' ? value.text : (value.value as string | bigint),
  valueSpan: value.span,
  span: across(key, value),
});
export const config = (word: Token, entries: readonly ConfigEntry[], close: Token): Config => ({ kind: 'config', entries, span: across(word, close) });

export const attachPoint = (token: Token): AttachPoint => ({ kind: 'attach-point', ...token.attachPoint!, span: token.span });
export const probe = (attachPoints: readonly AttachPoint[], predicate: Expression | undefined, body: Block): Probe =>
  ({ kind: 'probe', attachPoints, ...(predicate && { predicate }), body, span: across(attachPoints[0]!, body) });

const parameterModes: Readonly<Record<string, MacroParameter['mode']>> = { variable: 'variable', map: 'map' };
export const macroParameter = (token: Token): MacroParameter => {
  const mode = parameterModes[token.type] ?? 'expression';
  return { mode, name: mode === 'variable' ? token.text.slice(1) : token.text, span: token.span };
};
export const macro = (word: Token, name: Token, parameters: readonly MacroParameter[], body: Block): Macro =>
  ({ kind: 'macro', name: name.text, nameSpan: name.span, parameters, body: blockExpression(body), span: across(word, body) });

export const mapDeclaration = (word: Token, map: Token, kind: Token, maxEntries: Token, end: Token): MapDeclaration => ({
  kind: 'map-declaration', map: mapRef(map), mapKind: kind.text, mapKindSpan: kind.span, maxEntries: maxEntries.value as bigint, span: across(word, end),
});

export const subprogramParameter = (name: Token, type: TypeNode): SubprogramParameter => ({ name: name.text.slice(1), type, span: across(name, type) });
export const subprogram = (word: Token, name: Token, parameters: readonly SubprogramParameter[], returnType: TypeNode, body: Block): Subprogram =>
  ({ kind: 'subprogram', name: name.text, nameSpan: name.span, parameters, returnType, body, span: across(word, body) });

/** Makes the whole script, but for its span: the parser knows how far the source reaches. To be called once, at the end: for nearley the
 *  script is complete behind each of its items. */
export const tree = (
  definitions: Row<CDefinition> | undefined, imports: Row<Import> | undefined, configuration: Config | undefined, laterImports: Row<Import> | undefined, items: Row<Item> | undefined,
): (() => Omit<SyntaxTree, 'span'>) => () =>
  ({ kind: 'tree', definitions: listOf(definitions), ...(configuration && { config: configuration }), imports: [...listOf(imports), ...listOf(laterImports)], items: listOf(items) });
