// How far the types of C definitions go: a few lines can describe a struct of any size, in any number of levels.
//
//   why    printing, copying and spelling a type walk through all of it, by recursion
//   idea   the numbers of a struct are kept when it is defined, so that those of the next are found in one step

import type { StructType, Type } from '../../../model/types/types.js';
import type { Member } from './base-types.js';

/** structs, arrays and pointers in each other */
export const MOST_LEVELS = 64;
const MOST_PARTS = 20_000;
const MOST_BYTES = 2 ** 31;

interface Extent {
  readonly levels: number;
  /** members, and theirs */
  readonly parts: number;
}

const known = new WeakMap<StructType, Extent>();

/** Kernel structs count as one part: their members are finite, and read when they are wanted. */
export function extentOf(type: Type): Extent {
  let levels = 0;
  let inner = type;
  for (; inner.kind === 'pointer' || inner.kind === 'array'; levels++) {
    if (inner.kind === 'pointer' && inner.to.kind === 'struct') return { levels: levels + 1, parts: 1 };
    inner = inner.kind === 'pointer' ? inner.to : inner.of;
  }
  const own = inner.kind === 'struct' ? known.get(inner) : undefined;
  return { levels: levels + (own?.levels ?? 0), parts: own?.parts ?? 1 };
}

export function extentOfMembers(members: readonly Member[]): Extent {
  let levels = 0;
  let parts = 0;
  for (const { type } of members) {
    const extent = extentOf(type.type);
    levels = Math.max(levels, extent.levels);
    parts += extent.parts + 1;
  }
  return { levels: levels + 1, parts };
}

export function rememberExtent(type: Type, extent: Extent): void {
  if (type.kind === 'struct') known.set(type, extent);
}

/** A sentence about the limit that the type exceeds; undefined when it exceeds none. */
export function tooMuch({ levels, parts }: Extent, size: number): string | undefined {
  if (levels > MOST_LEVELS) return `types are nested more than ${MOST_LEVELS} levels deep`;
  if (parts > MOST_PARTS) return `a struct has more than ${MOST_PARTS} members, with those of its members`;
  return size > MOST_BYTES ? `a type has more than ${MOST_BYTES} bytes` : undefined;
}
