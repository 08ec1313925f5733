// Kernel types (BTF) by name.

import type { Btf } from '../model/btf/btf.js';
import { isModifier } from '../model/btf/types.js';
import type { EnumType, StructType, Type } from '../model/types/types.js';
import { GraphTypes } from './graph-types.js';
import type { Constant, TypeKind, TypeSource } from './type-source.js';

/** Types of one BTF as they lie in kernel memory. */
export class BtfTypes extends GraphTypes<Btf> implements TypeSource {
  struct(name: string, tag?: 'struct' | 'union'): StructType | undefined {
    const kinds = tag ? [tag] : (['struct', 'union'] as const);
    for (const kind of kinds) {
      const id = this.graph.find(kind, name);
      if (id !== undefined) return this.structAt(id);
    }
    if (tag) return undefined;
    const alias = this.graph.find('typedef', name);
    return alias === undefined ? undefined : this.structOf(alias);
  }

  enum(name: string): EnumType | undefined {
    const id = this.graph.find('enum', name) ?? this.graph.find('enum64', name);
    const type = id === undefined ? undefined : this.type(id);
    return type?.kind === 'enum' ? type : undefined;
  }

  named(name: string): Type | undefined {
    const id = this.graph.find('typedef', name) ?? this.graph.find('int', name);
    return id === undefined ? undefined : this.type(id);
  }

  constant(name: string): Constant | undefined {
    return (this.constantByName ??= this.enumerators()).get(name);
  }

  *names(kind: TypeKind): Iterable<string> {
    yield* this.graph.names(kind);
    if (kind === 'enum') yield* this.graph.names('enum64');
  }

  private constantByName: ReadonlyMap<string, Constant> | undefined;

  /** The kernel has several enumerators of one name: the first is taken. */
  private enumerators(): ReadonlyMap<string, Constant> {
    const found = new Map<string, Constant>();
    for (let id = this.graph.base?.endId ?? 1; id < this.graph.endId; id++) {
      const kind = this.graph.kindOf(id);
      if (kind !== 'enum' && kind !== 'enum64') continue;
      const type = this.type(id);
      if (type.kind !== 'enum') continue;
      for (const [name, value] of type.members) if (!found.has(name)) found.set(name, { value, type });
    }
    return found;
  }
}

/** True when the type at `id`, below names and qualifiers, is a pointer. */
export function isPointer(btf: Btf, id: number): boolean {
  let t = btf.type(id);
  while (isModifier(t)) t = btf.type(t.type);
  return t.kind === 'ptr';
}
