// What checking makes of a script: the tree, what every node means, and the maps and programs it needs.
//
//   made by  compiler/check;  read by  compiler/lower

import type { Call, Expression, For, Identifier, Node, Probe, Subprogram, SyntaxTree, TypeNode, Variable, While, Block } from '../model/syntax/nodes.js';
import type { Span } from '../model/source/source.js';
import type { Type } from '../model/types/types.js';
import type { Target } from '../model/target/target.js';
import type { AggregateRecord } from './aggregate.js';
import type { ExternalFunction } from './external-functions.js';
import type { BuiltinRecord, FunctionRecord, ResolveContext, ResolvedProbe } from './record.js';
import type { Config } from './config.js';
import type { TypeFinder } from './type-finder.js';

/** One scratch variable of one program. */
export interface VariableInfo {
  readonly name: string;
  /** where it was declared or first assigned */
  readonly span: Span;
  readonly origin: 'declaration' | 'assignment' | 'loop' | 'parameter';
  type: Type;
  /** given with `let $x : T`; does not change */
  readonly declaredType?: TypeNode;
  /** the declared type with the address spaces of what is assigned */
  located?: Type;
  /** a loop body (a BPF function of its own) uses the variable of its surroundings, or the script takes its address: it lives in memory */
  captured: boolean;
  assigned: boolean;
  /** the loop whose body declares it; undefined: the program itself */
  readonly owner: For | While | undefined;
}

export interface MapInfo {
  readonly name: string;
  /** first use */
  readonly span: Span;
  key: Type | 'scalar' | undefined;
  /** the use that decided whether the map has a key */
  keySpan?: Span;
  value: Type | undefined;
  /** some statement writes the map */
  written: boolean;
  /** `let @m = kind(N)` */
  readonly declared?: { readonly kind: string; readonly maxEntries: bigint; readonly span: Span };
}

/** One BPF program: a probe block for one resolved attach point. */
export interface TypedProbe {
  readonly probe: Probe;
  /** index of the block in the script */
  readonly block: number;
  readonly resolved: ResolvedProbe;
  /** what the block mentions */
  readonly uses: ResolveContext['uses'];
  readonly predicate?: Expression;
  readonly body: Block;
  /** functions of the script that it calls, and those that these call, by name. Each program has copies of its own: addresses that are
   *  passed point where the program's do, and the scratch memory is the program's */
  readonly subprograms: ReadonlyMap<string, TypedSubprogram>;
}

/** A `fn` as one program calls it. */
export interface TypedSubprogram {
  readonly node: Subprogram;
  /** false: no program calls it. It is checked beside the first program, and not lowered */
  readonly called: boolean;
  readonly parameters: readonly VariableInfo[];
  readonly result: {
    type: Type;
    /** the declared type with the address spaces of what is returned */
    located?: Type;
  };
}

/** Everything that runs as part of a program: its predicate, its body, those of the functions that it calls. */
export function partsOf({ predicate, body, subprograms }: Pick<TypedProbe, 'predicate' | 'body' | 'subprograms'>): Node[] {
  return [...(predicate ? [predicate] : []), body, ...[...subprograms.values()].map(({ node }) => node.body)];
}

/** What a name or call stands for. */
export type Meaning =
  | { readonly kind: 'builtin'; readonly record: BuiltinRecord }
  | { readonly kind: 'function'; readonly record: FunctionRecord }
  | { readonly kind: 'aggregate'; readonly record: AggregateRecord }
  | { readonly kind: 'subprogram'; readonly subprogram: TypedSubprogram }
  | { readonly kind: 'external'; readonly external: ExternalFunction }
  | { readonly kind: 'constant'; readonly value: bigint | boolean };

export interface TypedProgram {
  readonly tree: SyntaxTree;
  readonly target: Target;
  readonly config: Config;
  /** types by the names that the script may use */
  readonly finder: TypeFinder;
  readonly unsafe: boolean;
  readonly pid: number | undefined;
  /** The programs themselves pick processes (language/restriction.ts): the kernel is not asked to. */
  readonly follows: boolean;
  /** CompileOptions.portable */
  readonly portable: boolean;
  readonly probes: readonly TypedProbe[];
  readonly maps: ReadonlyMap<string, MapInfo>;
  readonly types: ReadonlyMap<Expression, Type>;
  readonly typeNodes: ReadonlyMap<TypeNode, Type>;
  readonly variables: ReadonlyMap<Variable, VariableInfo>;
  readonly meanings: ReadonlyMap<Identifier | Call, Meaning>;
  /** variables of enclosing scopes that a loop body uses */
  readonly captures: ReadonlyMap<For | While, readonly VariableInfo[]>;
}
