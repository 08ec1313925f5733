// strstr of two strings that are known only at run time.
//
//   idea   one turn of bpf_loop tries one position, so the verifier looks at one position and not at all of them: two nested bounded
//          loops over 1024 bytes each are more than it is willing to follow
//   where  both strings are copied to scratch memory, which the callback finds too

import { type Value, pointer, s64, u32 } from '../../model/ir/ir.js';
import { sizeOf } from '../../model/types/size.js';
import type { Place } from '../../language/record.js';
import { countedLoop } from '../../language/counted-loop.js';
import { CLAIM_BYTES } from './function.js';
import type { Lowering } from './lowering.js';
import { callback } from './loops.js';

/** @returns index of the first occurrence, -1 when there is none; an empty needle is at 0 */
export function findText(l: Lowering, haystack: Place, needle: Place): Value {
  const { b } = l;
  const hay = inScratch(l, haystack);
  const text = inScratch(l, needle);
  const found = l.f.frame.allocateFrame(8);
  b.store(l.f.frameBase(), found, 8, -1);
  const { name } = callback(l, [u32, pointer('stack')] as never, (inner) => tryPosition(inner, hay, text, found));
  b.call('loop', [b.const(hay.size), b.function(name), l.f.frameBase(), b.const(0)], s64);
  return b.load(l.f.frameBase(), found, 8, true);
}

interface Copied { readonly offset: number; readonly size: number }

function inScratch(l: Lowering, place: Place): Copied {
  const size = sizeOf(place.type);
  const offset = l.f.frame.allocateScratch(size) + CLAIM_BYTES;
  l.b.copy(l.f.scratch(), offset, place.base, place.offset, size);
  return { offset, size };
}

/** The needle at the position that is the callback's index: leaves the loop when it is there, or when the haystack ends. */
function tryPosition(l: Lowering, hay: Copied, text: Copied, found: number): void {
  const { b } = l;
  const scratch = l.f.scratch();
  const position = b.extend(l.f.parameters[0]!, 4, false);
  const there = b.newBlock('there');
  const different = b.newBlock('different');
  const last = b.newBlock('last');
  const more = b.newBlock('more');
  countedLoop(b, text.size, there, (j, next) => {
    const wanted = b.load(b.add(scratch, j), text.offset, 1);
    const compare = b.newBlock('compare');
    const inside = b.newBlock('inside');
    b.branch('eq', wanted, b.const(0), there, compare);
    b.enter(compare);
    const at = b.add(position, j);
    b.branch('ult', at, b.const(hay.size), inside, different);
    b.enter(inside);
    b.branch('eq', b.load(b.add(scratch, at), hay.offset, 1), wanted, next, different);
  });
  b.enter(there);
  b.store(l.f.frameBase(), found, 8, position);
  l.f.return(1);
  b.enter(different);
  b.branch('ult', position, b.const(hay.size), more, last);
  b.enter(more);
  const end = b.newBlock('end-of-haystack');
  const on = b.newBlock('on');
  b.branch('eq', b.load(b.add(scratch, position), hay.offset, 1), b.const(0), end, on);
  b.enter(end);
  l.f.return(1);
  b.enter(last);
  l.f.return(1);
  b.enter(on);
  l.f.return(0);
}
