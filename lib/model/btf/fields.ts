// Finds a field of a struct or union by name, through anonymous members.

import type { TypeGraph } from './type-graph.js';
import type { BtfMember, TypeId } from './types.js';
import { isModifier } from './types.js';

export interface FieldInfo {
  readonly name: string;
  readonly type: TypeId;
  /** from the start of the type that was asked; with bitfieldSize the first (lowest) bit */
  readonly offsetBits: number;
  /** width in bits; 0 when it is no bit field */
  readonly bitfieldSize: number;
  /** type tags on the field, or on what it points at: `user`, `percpu`, `rcu` … in the order of writing */
  readonly tags: readonly string[];
}

/** @param id  a struct or union, also behind typedefs and qualifiers; anything else has no fields */
export function findField(btf: TypeGraph, id: TypeId, name: string): FieldInfo | undefined {
  const type = btf.resolve(id);
  if (type.kind !== 'struct' && type.kind !== 'union') return undefined;
  for (const member of type.members) {
    if (member.name === name) return describe(btf, member);
    if (member.name !== '') continue;
    const inner = findField(btf, member.type, name);
    if (inner) return { ...inner, offsetBits: inner.offsetBits + member.offsetBits };
  }
  return undefined;
}

/** All fields that findField would find, in the order of their declaration. */
export function listFields(btf: TypeGraph, id: TypeId): FieldInfo[] {
  const type = btf.resolve(id);
  if (type.kind !== 'struct' && type.kind !== 'union') return [];
  return type.members.flatMap((member) => {
    if (member.name !== '') return [describe(btf, member)];
    return listFields(btf, member.type).map((inner) => ({ ...inner, offsetBits: inner.offsetBits + member.offsetBits }));
  });
}

/** Type tags between `id` and the type that it names or, for a pointer, points at. */
export function typeTags(btf: TypeGraph, id: TypeId): string[] {
  const tags: string[] = [];
  let type = btf.type(id);
  let pointers = 0;
  while (isModifier(type) || (type.kind === 'ptr' && pointers++ === 0)) {
    if (type.kind === 'type_tag') tags.push(type.name);
    type = btf.type(type.type);
  }
  return tags;
}

function describe(btf: TypeGraph, member: BtfMember): FieldInfo {
  const { name, type, offsetBits, bitfieldSize } = member;
  const tags = typeTags(btf, type);
  if (bitfieldSize === 0) {
    // compilers before kind_flag put the width into an int of its own
    const int = btf.resolve(type);
    if (int.kind === 'int' && (int.offsetBits !== 0 || int.bits !== int.sizeBytes * 8)) {
      return { name, type, offsetBits: offsetBits + int.offsetBits, bitfieldSize: int.bits, tags };
    }
  }
  return { name, type, offsetBits, bitfieldSize, tags };
}
