// Strings that are too long to be looked at in a loop that the verifier follows to its end: length, comparison, search.
//
//   idea   one turn of bpf_loop looks at a few bytes; the verifier looks at one turn. A loop of a thousand turns leaves it with a thousand
//          branches that it has not followed, and it keeps 8192 of them for a whole program
//   where  the strings lie in scratch memory, which the callback finds too; what lies elsewhere is copied there
//   facts  strings end with NUL or with their capacity; what follows a NUL means nothing

import { type Value, u64 } from '../../../model/ir/ir.js';
import { sizeOf } from '../../../model/types/size.js';
import { accessWidth, wordOf } from '../../../language/access-width.js';
import type { LongText, Place } from '../../../language/record.js';
import { CLAIM_BYTES } from '../function.js';
import type { Lowerer } from '../context.js';
import { callLoop, callback, turnParameters } from '../flow/callback.js';
import { newBlocks } from '../../../language/branches.js';

/** bytes that one turn looks at */
const CHUNK = 16;
const WORD = 8;
/** positions that one turn of a search tries */
const POSITIONS = 4;

export function longText(l: Lowerer): LongText {
  return { length: (text) => length(l, text), compare: (x, y, size) => compare(l, x, y, size), find: (text, bytes) => find(l, text, bytes) };
}

/** Byte offset of the string in scratch memory, where `slack` bytes may be read behind it. */
function inScratch(l: Lowerer, place: Place, slack: number): number {
  const size = sizeOf(place.type);
  const { frame } = l.f;
  if (place.base === l.f.scratch()) {
    frame.scratchSlack = Math.max(frame.scratchSlack, slack);
    return place.offset;
  }
  const offset = frame.allocateScratch(size + slack) + CLAIM_BYTES;
  l.b.copy(l.f.scratch(), offset, place.base, place.offset, size);
  return offset;
}

/** Runs `turn` with 0, step, 2 * step … below `count` until it leaves; answers what was written to the word, at first `initially`. */
function scan(l: Lowerer, count: number, step: number, initially: number, turn: (inner: Lowerer, from: Value, leave: (answer: Value | number) => void) => void): Value {
  const { b } = l;
  const answerAt = l.f.frame.allocateScratch(8) + CLAIM_BYTES;
  b.store(l.f.scratch(), answerAt, 8, initially);
  const turns = Math.ceil(count / step);
  const { name } = callback(l, turnParameters, (inner) => {
    const number = inner.b.extend(inner.f.parameters[0]!, 4, false);
    const within = inner.b.newBlock('within');
    const over = inner.b.newBlock('over');
    // bpf_loop never calls with a larger number, but the verifier does not know that: without the bound it refuses the accesses below.
    inner.b.branch('ult', number, inner.b.const(turns), within, over);
    inner.b.enter(over);
    inner.f.return(1);
    inner.b.enter(within);
    turn(inner, inner.b.binary('mul', number, inner.b.const(step), u64), (answer) => {
      inner.b.store(inner.f.scratch(), answerAt, 8, answer);
      inner.f.return(1);
    });
  });
  callLoop(l, turns, name);
  return b.load(l.f.scratch(), answerAt, 8, true);
}

function length(l: Lowerer, text: Place): Value {
  const size = sizeOf(text.type);
  const offset = inScratch(l, text, CHUNK);
  return scan(l, size, CHUNK, size, (inner, from, leave) => {
    const { b } = inner;
    const at = b.add(inner.f.scratch(), from);
    for (let i = 0; i < CHUNK; i++) {
      const [end, next] = newBlocks(b, 'end', 'next');
      b.branch('eq', b.load(at, offset + i, 1), b.const(0), end, next);
      b.enter(end);
      const found = b.add(from, i);
      leave(inner.select('ult', found, size, () => found, () => b.const(size)));
      b.enter(next);
    }
  });
}

/** 1 when they differ in the first `size` bytes before both end. */
function compare(l: Lowerer, x: Place, y: Place, size: number): Value {
  const [left, right] = [inScratch(l, x, WORD), inScratch(l, y, WORD)];
  return scan(l, size, WORD, 0, (inner, from, leave) => {
    const { b } = inner;
    const at = b.add(inner.f.scratch(), from);
    const [bytes, words, on] = newBlocks(b, 'bytes', 'words', 'on');
    const word = b.load(at, left, WORD);
    b.branch('eq', word, b.load(at, right, WORD), words, bytes);
    b.enter(words);
    // no byte is 0: the high bits of (w - 0x01…) & ~w are clear
    const low = b.binary('sub', word, b.const(0x0101010101010101n), u64);
    const marks = b.binary('and', b.binary('and', low, b.binary('xor', word, b.const(-1), u64), u64), b.const(0x8080808080808080n), u64);
    b.branch('eq', marks, b.const(0), on, bytes);
    b.enter(bytes);
    for (let i = 0; i < WORD; i++) {
      const [more, differ, same, end] = newBlocks(b, 'more', 'differ', 'same', 'end');
      b.branch('ult', b.add(from, i), b.const(size), more, end);
      b.enter(more);
      const byte = b.load(at, left + i, 1);
      b.branch('eq', byte, b.load(at, right + i, 1), same, differ);
      b.enter(differ);
      leave(1);
      b.enter(same);
      const next = b.newBlock('next');
      b.branch('eq', byte, b.const(0), end, next);
      b.enter(end);
      leave(0);
      b.enter(next);
    }
    b.jump(on);
    b.enter(on);
  });
}

/** Index of the first occurrence of these bytes, at least one; -1 when there is none. */
function find(l: Lowerer, text: Place, bytes: Uint8Array): Value {
  const size = sizeOf(text.type);
  const count = size - bytes.length + 1;
  if (count <= 0) return l.b.const(-1);
  const offset = inScratch(l, text, POSITIONS + bytes.length);
  return scan(l, count, POSITIONS, -1, (inner, from, leave) => {
    const { b } = inner;
    const scratch = inner.f.scratch();
    const at = b.add(scratch, from);
    for (let p = 0; p < POSITIONS; p++) {
      const [within, different, ended, next] = newBlocks(b, 'within', 'different', 'ended', 'next');
      b.branch('ult', b.add(from, p), b.const(count), within, ended);
      b.enter(within);
      for (let j = 0; j < bytes.length;) {
        const width = accessWidth({ base: scratch, offset }, j, bytes.length - j);
        const same = b.newBlock('same');
        b.branch('eq', b.load(at, offset + p + j, width), b.const(wordOf(bytes, j, width)), same, different);
        b.enter(same);
        j += width;
      }
      leave(b.add(from, p));
      b.enter(different);
      b.branch('eq', b.load(at, offset + p, 1), b.const(0), ended, next);
      b.enter(ended);
      inner.f.return(1);
      b.enter(next);
    }
  });
}
