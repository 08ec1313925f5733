// The syntax tree: one discriminated union per role, a span on every node.
//
//   made by  compiler/parse;  rewritten by compiler/expand;  read by compiler/check and lower
//   facts    language.md 1. Nodes are plain data; a pass that changes a node builds a new one (rewrite.ts).

import type { Span } from '../source/source.js';

export interface NodeBase {
  readonly span: Span;
}

// ---- types as written ------------------------------------------------------------------------------------------

export type TypeNode =
  | (NodeBase & { readonly kind: 'named-type'; readonly tag?: 'struct' | 'union' | 'enum'; readonly name: string })
  /** `string[16]`, `buffer[4]`, `inet[24]`: sized builtin types; other `T[N]` are array-type */
  | (NodeBase & { readonly kind: 'sized-type'; readonly name: string; readonly size: Expression })
  | (NodeBase & { readonly kind: 'pointer-type'; readonly to: TypeNode })
  /** count undefined: `T[]`, size taken from what is cast */
  | (NodeBase & { readonly kind: 'array-type'; readonly of: TypeNode; readonly count?: Expression })
  | (NodeBase & { readonly kind: 'typeof-type'; readonly argument: TypeNode | Expression });

// ---- expressions -----------------------------------------------------------------------------------------------

export type UnaryOperator = '!' | '~' | '-' | '*' | '&';
export type BinaryOperator =
  | '||' | '&&' | '|' | '^' | '&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '<<' | '>>' | '+' | '-' | '*' | '/' | '%';

/** value is the exact number: negative only after constant folding; positional: stands for the parameter of that number */
export interface IntegerLiteral extends NodeBase { readonly kind: 'integer'; readonly value: bigint; readonly suffix?: 'u' | 'ul' | 'ull' | 'l' | 'll'; readonly positional?: number }
export interface BoolLiteral extends NodeBase { readonly kind: 'bool'; readonly value: boolean }
/** value: text; bytes above 0x7f written as escapes are kept as lone surrogates U+DC80…U+DCFF (see text.ts) */
export interface StringLiteral extends NodeBase { readonly kind: 'string'; readonly value: string }
export interface Identifier extends NodeBase { readonly kind: 'identifier'; readonly name: string }
/** `$1`; index is 1-based */
export interface Positional extends NodeBase { readonly kind: 'positional'; readonly index: number }
/** `$#` */
export interface PositionalCount extends NodeBase { readonly kind: 'positional-count' }
/** name without `$` */
export interface Variable extends NodeBase { readonly kind: 'variable'; readonly name: string }
/** a whole map or a scalar map; name with its `@` (`@`, `@x`) */
export interface MapRef extends NodeBase { readonly kind: 'map'; readonly name: string }
/** `@m[k]`; several keys are one tuple whose `implicit` is true */
export interface MapAccess extends NodeBase { readonly kind: 'map-access'; readonly map: MapRef; readonly key: Expression }
export interface Unary extends NodeBase { readonly kind: 'unary'; readonly op: UnaryOperator; readonly operand: Expression }
export interface IncDec extends NodeBase { readonly kind: 'inc-dec'; readonly op: '++' | '--'; readonly prefix: boolean; readonly target: Variable | MapRef | MapAccess }
export interface Binary extends NodeBase { readonly kind: 'binary'; readonly op: BinaryOperator; readonly left: Expression; readonly right: Expression; readonly opSpan: Span }
/** `c ? a : b`; whenTrue undefined is `c ?: b` */
export interface Ternary extends NodeBase { readonly kind: 'ternary'; readonly condition: Expression; readonly whenTrue?: Expression; readonly whenFalse: Expression }
export interface Cast extends NodeBase { readonly kind: 'cast'; readonly type: TypeNode; readonly operand: Expression }
/** `e.f` and `e->f` alike */
export interface Member extends NodeBase { readonly kind: 'member'; readonly object: Expression; readonly field: string; readonly fieldSpan: Span }
/** `e.N` */
export interface TupleIndex extends NodeBase { readonly kind: 'tuple-index'; readonly object: Expression; readonly index: number }
export interface Index extends NodeBase { readonly kind: 'index'; readonly object: Expression; readonly index: Expression }
export interface Call extends NodeBase { readonly kind: 'call'; readonly name: string; readonly nameSpan: Span; readonly args: readonly CallArgument[] }
export type CallArgument = Expression | TypeNode;
/** implicit: made of `@m[a, b]`, printed without parentheses */
export interface Tuple extends NodeBase { readonly kind: 'tuple'; readonly elements: readonly Expression[]; readonly implicit?: boolean }
export interface RecordExpression extends NodeBase { readonly kind: 'record'; readonly fields: readonly { readonly name: string; readonly nameSpan: Span; readonly value: Expression }[] }
/** `{ stmts; e }`; value undefined: void */
export interface BlockExpression extends NodeBase { readonly kind: 'block-expression'; readonly statements: readonly Statement[]; readonly value?: Expression }
/** `if c { … } else { … }` used as a value */
export interface IfExpression extends NodeBase { readonly kind: 'if-expression'; readonly condition: Expression; readonly whenTrue: BlockExpression; readonly whenFalse: BlockExpression }
export interface Sizeof extends NodeBase { readonly kind: 'sizeof'; readonly argument: TypeNode | Expression }
export interface Offsetof extends NodeBase { readonly kind: 'offsetof'; readonly argument: TypeNode | Expression; readonly path: readonly { readonly name: string; readonly span: Span }[] }
export interface Typeinfo extends NodeBase { readonly kind: 'typeinfo'; readonly argument: TypeNode | Expression }
export interface Comptime extends NodeBase { readonly kind: 'comptime'; readonly operand: Expression }

export type Expression =
  | IntegerLiteral | BoolLiteral | StringLiteral | Identifier | Positional | PositionalCount | Variable | MapRef | MapAccess
  | Unary | IncDec | Binary | Ternary | Cast | Member | TupleIndex | Index | Call | Tuple | RecordExpression
  | BlockExpression | IfExpression | Sizeof | Offsetof | Typeinfo | Comptime;

// ---- statements ------------------------------------------------------------------------------------------------

export type AssignOperator = '=' | '+=' | '-=' | '*=' | '/=' | '%=' | '&=' | '|=' | '^=' | '<<=' | '>>=';

export interface ExpressionStatement extends NodeBase { readonly kind: 'expression-statement'; readonly expression: Expression }
/** `_ = e;` */
export interface Discard extends NodeBase { readonly kind: 'discard'; readonly expression: Expression }
/** target may be anything the grammar takes; parse/validate.ts rejects what is not assignable */
export interface Assign extends NodeBase { readonly kind: 'assign'; readonly op: AssignOperator; readonly target: Expression; readonly value: Expression }
export interface Let extends NodeBase { readonly kind: 'let'; readonly variable: Variable; readonly type?: TypeNode; readonly value?: Expression }
export interface If extends NodeBase { readonly kind: 'if'; readonly condition: Expression; readonly whenTrue: Block; readonly whenFalse?: Block | If }
export interface While extends NodeBase { readonly kind: 'while'; readonly condition: Expression; readonly body: Block }
export interface For extends NodeBase { readonly kind: 'for'; readonly variable: Variable; readonly iterable: Expression | Range; readonly body: Block }
export interface Range extends NodeBase { readonly kind: 'range'; readonly from: Expression; readonly to: Expression }
export interface Unroll extends NodeBase { readonly kind: 'unroll'; readonly count: Expression; readonly body: Block }
export interface Jump extends NodeBase { readonly kind: 'jump'; readonly jump: 'break' | 'continue' | 'return'; readonly value?: Expression }
/** open: the last statement is an expression without `;` (or a block or `if` ending so), the block's value where one is wanted */
export interface Block extends NodeBase { readonly kind: 'block'; readonly statements: readonly Statement[]; readonly open?: true }
export interface Import extends NodeBase { readonly kind: 'import'; readonly path: string }

export type Statement =
  | ExpressionStatement | Discard | Assign | Let | If | While | For | Unroll | Jump | Block | Import;

// ---- top level -------------------------------------------------------------------------------------------------

/** One place where a probe fires, as text. `parts` is the text split on `:` outside quotes, quotes removed. */
export interface AttachPoint extends NodeBase {
  readonly kind: 'attach-point';
  /** `name=` prefix */
  readonly label?: string;
  /** text as written, without label */
  readonly raw: string;
  readonly parts: readonly string[];
  /** text after an unquoted `@` (`uprobe:bin@file.c:12`) split on `:` */
  readonly location?: readonly string[];
}
/** own: tbpf's, not the script's (language/restriction.ts); it does not count among the probes */
export interface Probe extends NodeBase { readonly kind: 'probe'; readonly attachPoints: readonly AttachPoint[]; readonly predicate?: Expression; readonly body: Block; readonly own?: true }
export interface MacroParameter extends NodeBase { readonly mode: 'variable' | 'map' | 'expression'; readonly name: string }
export interface Macro extends NodeBase { readonly kind: 'macro'; readonly name: string; readonly nameSpan: Span; readonly parameters: readonly MacroParameter[]; readonly body: BlockExpression }
export interface MapDeclaration extends NodeBase { readonly kind: 'map-declaration'; readonly map: MapRef; readonly mapKind: string; readonly mapKindSpan: Span; readonly maxEntries: bigint }
export interface SubprogramParameter extends NodeBase { readonly name: string; readonly type: TypeNode }
export interface Subprogram extends NodeBase { readonly kind: 'subprogram'; readonly name: string; readonly nameSpan: Span; readonly parameters: readonly SubprogramParameter[]; readonly returnType: TypeNode; readonly body: Block }
/** `#include …`, `#define …` (text of the line) or a struct/union/enum definition (its whole text) */
export interface CDefinition extends NodeBase { readonly kind: 'c-definition'; readonly text: string }
export interface ConfigEntry extends NodeBase { readonly key: string; readonly keySpan: Span; readonly value: string | bigint | boolean; readonly valueSpan: Span }
export interface Config extends NodeBase { readonly kind: 'config'; readonly entries: readonly ConfigEntry[] }
export type Item = Probe | Macro | MapDeclaration | Subprogram;

export interface SyntaxTree extends NodeBase {
  readonly kind: 'tree';
  readonly definitions: readonly CDefinition[];
  readonly config?: Config;
  readonly imports: readonly Import[];
  readonly items: readonly Item[];
}

export type Node = SyntaxTree | Item | CDefinition | Config | AttachPoint | Statement | Range | Expression | TypeNode;
