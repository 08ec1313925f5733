// Kernel objects whose type the verifier knows, as some helpers want them: what a chain of members leads to that starts at an argument, at the result
// or at the object of an iterator, and is not kept in a variable on its way.

import type { ArgumentSource } from '../model/layout/manifest.js';
import type { Expression } from '../model/syntax/nodes.js';
import { findMember, passesUnion } from '../model/types/types.js';
import { objectOffset } from './probes/iter.js';
import type { CheckContext, ResolvedProbe } from './record.js';

type Known = Pick<CheckContext, 'typeOf' | 'probe'>;

/** @param e  a struct of the kernel or a pointer to one */
export function isKnownToVerifier(e: Expression, c: Known): boolean {
  return isKnown(e, c, c.typeOf(e).kind === 'pointer');
}

/** A struct in a union has its place, but a pointer that is loaded from a union has no type any more (lower/memory/typed-pointer.ts).
 * @param isLoaded  a pointer is loaded from this place, or from a place in it */
function isKnown(e: Expression, c: Known, isLoaded: boolean): boolean {
  if (e.kind === 'identifier') return e.name === 'retval' && isTypedWord(c.probe.returnSource);
  if (e.kind === 'unary' && e.op === '*') return isKnown(e.operand, c, true);
  if (e.kind !== 'member') return false;
  const object = c.typeOf(e.object);
  if (object.kind === 'context') return isTypedRoot(e.field, c.probe);
  const struct = object.kind === 'pointer' ? object.to : object;
  if (struct.kind !== 'struct' || (isLoaded && passesUnion(struct, e.field))) return false;
  return isKnown(e.object, c, isLoaded || object.kind === 'pointer');
}

/** Of an iterator's context only the object has a type: other pointers in it may be null. */
function isTypedRoot(field: string, { contextStruct, arguments: args }: ResolvedProbe): boolean {
  if (contextStruct) return findMember(contextStruct, field)?.offset === objectOffset(contextStruct);
  return isTypedWord(args?.find(({ name }) => name === field)?.source);
}

/** Functions that take such an object and work in raw tracepoints too, if the program has types. */
export const takeKnownObjects: readonly string[] = ['socket_cookie', 'skboutput'];

export type WordSource = Extract<ArgumentSource, { kind: 'word' }>;

export function isTypedWord(source: ArgumentSource | undefined): source is WordSource {
  return source?.kind === 'word' && source.access === 'typed';
}
