// What sizeof and offsetof answer for a type (language.md 2.4).

import { sizeInC } from '../model/types/size.js';
import { type Type, findMember } from '../model/types/types.js';
import type { TypeFinder } from './type-finder.js';

export function bytesOf(type: Type, finder: TypeFinder): number {
  return sizeInC(finder.completed(type));
}

/** Bytes from the start of a struct to a member, or to a member of members; undefined where there is none of that name. */
export function offsetOf(type: Type, path: readonly { readonly name: string }[], finder: TypeFinder): number | undefined {
  let offset = 0;
  for (const { name } of path) {
    while (type.kind === 'pointer') type = type.to;
    if (type.kind === 'context' && type.struct) type = type.struct;
    const struct = finder.completed(type);
    const member = struct.kind === 'struct' ? findMember(struct, name) : undefined;
    if (!member) return undefined;
    offset += member.offset;
    type = member.type;
  }
  return offset;
}
