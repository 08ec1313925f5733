// Loops over strings: compare, find, length.
//
//   idea   a literal is compared word by word with constants; unknown strings byte by byte in a loop with a constant bound, which the
//          verifier follows to its end while it is short. What is longer is left to LowerContext.longText

import type { Value } from '../../model/ir/ir.js';
import { s64 } from '../../model/ir/ir.js';
import { Cell } from '../../model/ir/builder.js';
import type { Expression } from '../../model/syntax/nodes.js';
import { bytesBeforeNul } from '../../model/syntax/text.js';
import { sizeOf } from '../../model/types/size.js';
import { accessWidth, wordOf } from '../access-width.js';
import { either } from '../branches.js';
import { countedLoop } from '../counted-loop.js';
import type { LowerContext, Place } from '../record.js';

/** Longer loops are not ordinary ones. */
const FOLLOWED_BYTES = 64;

/** 0 when the first n bytes are equal or both strings end together before, else 1. */
export function lowerCompare(l: LowerContext, a: Expression, b: Expression, n: number): Value {
  const literalA = l.literal(a);
  const literalB = l.literal(b);
  if (typeof literalA === 'string' && typeof literalB === 'string') {
    return l.b.const(sameText(bytesBeforeNul(literalA), bytesBeforeNul(literalB), n) ? 0 : 1);
  }
  if (typeof literalB === 'string') return compareWithLiteral(l, l.place(a), bytesBeforeNul(literalB), n);
  if (typeof literalA === 'string') return compareWithLiteral(l, l.place(b), bytesBeforeNul(literalA), n);
  return compareBytewise(l, l.place(a), l.place(b), n);
}

function sameText(a: Uint8Array, b: Uint8Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return false;
    if ((a[i] ?? 0) === 0) return true;
  }
  return true;
}

function compareWithLiteral(l: LowerContext, place: Place, text: Uint8Array, n: number): Value {
  const { b } = l;
  const size = Math.min(n, text.length + 1, sizeOf(place.type));
  const bytes = new Uint8Array(size);
  bytes.set(text.subarray(0, size));
  const equal = b.newBlock('equal');
  const different = b.newBlock('different');
  for (let at = 0; at < size;) {
    const width = accessWidth(place, at, size - at);
    const next = b.newBlock('same');
    b.branch('eq', b.load(place.base, place.offset + at, width), b.const(wordOf(bytes, at, width)), next, different);
    b.enter(next);
    at += width;
  }
  b.jump(equal);
  return either(b, equal, 0, different, 1);
}

function compareBytewise(l: LowerContext, x: Place, y: Place, n: number): Value {
  const { b } = l;
  const size = Math.min(n, sizeOf(x.type), sizeOf(y.type));
  const long = size > FOLLOWED_BYTES ? l.longText : undefined;
  if (long) return long.compare(x, y, size);
  const equal = b.newBlock('equal');
  const different = b.newBlock('different');
  countedLoop(b, size, equal, (i, next) => {
    const left = b.load(b.add(x.base, i), x.offset, 1);
    const right = b.load(b.add(y.base, i), y.offset, 1);
    const same = b.newBlock('same');
    b.branch('eq', left, right, same, different);
    b.enter(same);
    b.branch('eq', left, b.const(0), equal, next);
  });
  return either(b, equal, 0, different, 1);
}

/** Bytes before the NUL. */
export function lowerLength(l: LowerContext, e: Expression): Value {
  const literal = l.literal(e);
  if (typeof literal === 'string') return l.b.const(bytesBeforeNul(literal).length);
  return lengthOf(l, l.place(e));
}

function lengthOf(l: LowerContext, place: Place): Value {
  const { b } = l;
  const long = sizeOf(place.type) > FOLLOWED_BYTES ? l.longText : undefined;
  if (long) return long.length(place);
  const done = b.newBlock('length-known');
  const length = countedLoop(b, sizeOf(place.type), done, (i, next) => {
    b.branch('eq', b.load(b.add(place.base, i), place.offset, 1), b.const(0), done, next);
  });
  b.enter(done);
  return b.read(length);
}

/** Index of the first occurrence, -1 when there is none. */
export function lowerFind(l: LowerContext, haystack: Expression, needle: Expression): Value {
  const text = l.literal(needle);
  const hay = l.place(haystack);
  if (typeof text !== 'string') return l.findText(hay, l.place(needle));
  const bytes = bytesBeforeNul(text);
  if (bytes.length === 0) return l.b.const(0);
  const long = sizeOf(hay.type) > FOLLOWED_BYTES ? l.longText : undefined;
  return long ? long.find(hay, bytes) : findLiteral(l, hay, bytes);
}

function findLiteral(l: LowerContext, hay: Place, bytes: Uint8Array): Value {
  const { b } = l;
  const onStack = hay.base.type.kind === 'ptr' && hay.base.type.region === 'stack';
  const found = b.newBlock('found');
  const absent = b.newBlock('absent');
  const position = countedLoop(b, Math.max(0, sizeOf(hay.type) - bytes.length + 1), absent, (i, next) => {
    const at = b.add(hay.base, i);
    const different = b.newBlock('different');
    for (let j = 0; j < bytes.length;) {
      // the position may be odd: on the stack only bytes can be compared
      const width = onStack ? 1 : accessWidth(hay, j, bytes.length - j);
      const same = b.newBlock('same');
      b.branch('eq', b.load(at, hay.offset + j, width), b.const(wordOf(bytes, j, width)), same, different);
      b.enter(same);
      j += width;
    }
    b.jump(found);
    b.enter(different);
    b.branch('eq', b.load(at, hay.offset, 1), b.const(0), absent, next);
  });
  b.enter(found);
  const index = b.read(position);
  const after = b.newBlock('searched');
  const result = new Cell('found', s64);
  b.write(result, index);
  b.jump(after);
  b.enter(absent);
  b.write(result, b.const(-1));
  b.jump(after);
  b.enter(after);
  return b.read(result);
}
