// Where types come from. A TypeSource answers types by name: the kernel's BTF is one, the C definitions of a script are another.

import { integerNamed, integerNames } from '../model/types/c-words.js';
import type { EnumType, StructType, Type } from '../model/types/types.js';

export type TypeKind = 'struct' | 'union' | 'enum' | 'typedef';
export interface Constant { readonly value: bigint; readonly type: Type }

export interface TypeSource {
  /** a struct or union that is defined, not only mentioned; without a tag also what a typedef calls so */
  struct(name: string, tag?: 'struct' | 'union'): StructType | undefined;
  enum(name: string): EnumType | undefined;
  /** what a typedef calls so, or a base type */
  named(name: string): Type | undefined;
  /** an enumerator by its bare name */
  constant(name: string): Constant | undefined;
  /** all names of a kind, for messages */
  names(kind: TypeKind): Iterable<string>;
}

export const noTypes: TypeSource = { struct: () => undefined, enum: () => undefined, named: () => undefined, constant: () => undefined, names: () => [] };

/** The names that C headers give to integers. */
export const cIntegers: TypeSource = { ...noTypes, named: integerNamed, names: (kind) => (kind === 'typedef' ? integerNames() : []) };
