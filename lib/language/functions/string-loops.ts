// Loops over strings: compare, find, length.
//
//   idea   a literal is compared word by word with constants; two unknown strings byte by byte in a loop with a constant bound,
//          which the verifier follows to its end

import type { Value } from '../../model/ir/ir.js';
import { u64 } from '../../model/ir/ir.js';
import { Cell } from '../../model/ir/builder.js';
import type { Expression } from '../../model/syntax/nodes.js';
import { bytesOfText } from '../../model/syntax/text.js';
import { sizeOf } from '../../model/types/size.js';
import { accessWidth, wordOf } from '../access-width.js';
import type { LowerContext, Place } from '../record.js';

/** 0 when the first n bytes are equal or both strings end together before, else 1. */
export function lowerCompare(l: LowerContext, a: Expression, b: Expression, n: number): Value {
  const literalA = l.literal(a);
  const literalB = l.literal(b);
  if (typeof literalA === 'string' && typeof literalB === 'string') {
    return l.b.const(sameText(bytesOfText(literalA), bytesOfText(literalB), n) ? 0 : 1);
  }
  if (typeof literalB === 'string') return compareWithLiteral(l, l.place(a), bytesOfText(literalB), n);
  if (typeof literalA === 'string') return compareWithLiteral(l, l.place(b), bytesOfText(literalA), n);
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
  const result = new Cell('differ', u64);
  const different = b.newBlock('different');
  const after = b.newBlock('compared');
  for (let at = 0; at < size;) {
    const width = accessWidth(place, at, size - at);
    const next = b.newBlock('same');
    b.branch('eq', b.load(place.base, place.offset + at, width), b.const(wordOf(bytes, at, width)), next, different);
    b.enter(next);
    at += width;
  }
  b.write(result, b.const(0));
  b.jump(after);
  b.enter(different);
  b.write(result, b.const(1));
  b.jump(after);
  b.enter(after);
  return b.read(result);
}

function compareBytewise(l: LowerContext, x: Place, y: Place, n: number): Value {
  const { b } = l;
  const size = Math.min(n, sizeOf(x.type), sizeOf(y.type));
  const index = new Cell('i', u64);
  const result = new Cell('differ', u64);
  const head = b.newBlock('compare');
  const body = b.newBlock('byte');
  const equal = b.newBlock('equal');
  const next = b.newBlock('next');
  const different = b.newBlock('different');
  const after = b.newBlock('compared');
  b.write(index, b.const(0));
  b.jump(head);
  b.enter(head, { seal: false });
  b.branch('ult', b.read(index), b.const(size), body, equal);
  b.enter(body);
  const i = b.read(index);
  const left = b.load(b.add(x.base, i), x.offset, 1);
  const right = b.load(b.add(y.base, i), y.offset, 1);
  const same = b.newBlock('same');
  b.branch('eq', left, right, same, different);
  b.enter(same);
  b.branch('eq', left, b.const(0), equal, next);
  b.enter(next);
  b.write(index, b.add(i, 1));
  b.jump(head);
  b.seal(head);
  b.enter(equal);
  b.write(result, b.const(0));
  b.jump(after);
  b.enter(different);
  b.write(result, b.const(1));
  b.jump(after);
  b.enter(after);
  return b.read(result);
}

/** Bytes before the NUL. */
export function lowerLength(l: LowerContext, e: Expression): Value {
  const literal = l.literal(e);
  if (typeof literal === 'string') return l.b.const(bytesOfText(literal).length);
  return lengthOf(l, l.place(e));
}

function lengthOf(l: LowerContext, place: Place): Value {
  const { b } = l;
  const index = new Cell('i', u64);
  const head = b.newBlock('length');
  const body = b.newBlock('byte');
  const next = b.newBlock('next');
  const done = b.newBlock('length-known');
  b.write(index, b.const(0));
  b.jump(head);
  b.enter(head, { seal: false });
  const i = b.read(index);
  b.branch('ult', i, b.const(sizeOf(place.type)), body, done);
  b.enter(body);
  b.branch('eq', b.load(b.add(place.base, i), place.offset, 1), b.const(0), done, next);
  b.enter(next);
  b.write(index, b.add(i, 1));
  b.jump(head);
  b.seal(head);
  b.enter(done);
  return b.read(index);
}

/** Index of the first occurrence, -1 when there is none. */
export function lowerFind(l: LowerContext, haystack: Expression, needle: Expression): Value {
  const { b } = l;
  const text = l.literal(needle);
  const hay = l.place(haystack);
  if (typeof text === 'string') {
    const bytes = bytesOfText(text);
    if (bytes.length === 0) return b.const(0);
    const onStack = hay.base.type.kind === 'ptr' && hay.base.type.region === 'stack';
    return search(l, hay, Math.max(0, sizeOf(hay.type) - bytes.length + 1), (at, different) => {
      for (let i = 0; i < bytes.length;) {
        // the position may be odd: on the stack only bytes can be compared
        const width = onStack ? 1 : accessWidth(hay, i, bytes.length - i);
        const next = b.newBlock('same');
        b.branch('eq', b.load(at, hay.offset + i, width), b.const(wordOf(bytes, i, width)), next, different);
        b.enter(next);
        i += width;
      }
    });
  }
  const other = l.place(needle);
  const length = lengthOf(l, other);
  const most = sizeOf(hay.type);
  return search(l, hay, most, (at, different, i) => {
    const j = new Cell('j', u64);
    const head = b.newBlock('needle');
    const body = b.newBlock('needle-byte');
    const next = b.newBlock('needle-next');
    const found = b.newBlock('needle-found');
    b.write(j, b.const(0));
    b.jump(head);
    b.enter(head, { seal: false });
    const k = b.read(j);
    b.branch('ult', k, length, body, found);
    b.enter(body);
    // the needle may reach past the end of the haystack
    const inHay = b.newBlock('in-haystack');
    const inNeedle = b.newBlock('in-needle');
    b.branch('ult', b.add(i, k), b.const(most), inHay, different);
    b.enter(inHay);
    b.branch('ult', k, b.const(sizeOf(other.type)), inNeedle, different);
    b.enter(inNeedle);
    b.branch('eq', b.load(b.add(at, k), hay.offset, 1), b.load(b.add(other.base, k), other.offset, 1), next, different);
    b.enter(next);
    b.write(j, b.add(k, 1));
    b.jump(head);
    b.seal(head);
    b.enter(found);
  });
}

/** Tries positions 0 … count - 1 until `matches` falls through or the haystack ends. */
function search(l: LowerContext, hay: Place, count: number, matches: (at: Value, different: ReturnType<typeof l.b.newBlock>, index: Value) => void): Value {
  const { b } = l;
  const index = new Cell('i', u64);
  const result = new Cell('found', u64);
  const head = b.newBlock('search');
  const body = b.newBlock('position');
  const next = b.newBlock('next-position');
  const step = b.newBlock('step');
  const absent = b.newBlock('absent');
  const after = b.newBlock('searched');
  b.write(index, b.const(0));
  b.jump(head);
  b.enter(head, { seal: false });
  const i = b.read(index);
  b.branch('ult', i, b.const(count), body, absent);
  b.enter(body);
  const at = b.add(hay.base, i);
  matches(at, next, i);
  b.write(result, i);
  b.jump(after);
  b.enter(next);
  b.branch('eq', b.load(at, hay.offset, 1), b.const(0), absent, step);
  b.enter(step);
  b.write(index, b.add(i, 1));
  b.jump(head);
  b.seal(head);
  b.enter(absent);
  b.write(result, b.const(-1));
  b.jump(after);
  b.enter(after);
  return b.read(result);
}
