// Where the bytes of an array, a string or a struct lie (language.md 2.6).

import type { Expression } from '../model/syntax/nodes.js';
import type { AddressSpace, Type } from '../model/types/types.js';

/** The space behind the last pointer on the way to the value; undefined when no pointer leads there: it lies in the program's own memory. */
export function memorySpace(e: Expression, typeOf: (e: Expression) => Type): AddressSpace | undefined {
  if (e.kind !== 'member' && e.kind !== 'index' && !(e.kind === 'unary' && e.op === '*')) return undefined;
  const object = e.kind === 'unary' ? e.operand : e.object;
  let type = typeOf(object);
  if (type.kind !== 'pointer') return memorySpace(object, typeOf);
  // a member is reached through as many pointers as there are
  while (e.kind === 'member' && type.to.kind === 'pointer') type = type.to;
  return type.space;
}
