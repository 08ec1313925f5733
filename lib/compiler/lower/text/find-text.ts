// strstr of two strings that are known only at run time.
//
//   idea   one turn of bpf_loop compares one byte; position and length of the match so far lie in scratch memory, whose contents
//          the verifier does not follow, so it looks at one turn only: nested loops over 1024 bytes each are more than it is willing to follow
//   where  both strings are copied to scratch memory, which the callback finds too

import { type Value } from '../../../model/ir/ir.js';
import { sizeOf } from '../../../model/types/size.js';
import type { Place } from '../../../language/record.js';
import { CLAIM_BYTES } from '../function.js';
import type { Lowerer } from '../context.js';
import { MOST_ITERATIONS, callLoop, callback, turnParameters } from '../flow/callback.js';
import { newBlocks } from '../../../language/branches.js';

/** @returns index of the first occurrence, -1 when there is none; an empty needle is at 0 */
export function findText(l: Lowerer, haystack: Place, needle: Place): Value {
  const { b } = l;
  const hay = inScratch(l, haystack);
  const text = inScratch(l, needle);
  const [found, position, matched] = [-1, 0, 0].map((initial) => {
    const at = l.f.frame.allocateScratch(8) + CLAIM_BYTES;
    b.store(l.f.scratch(), at, 8, initial);
    return at;
  }) as [number, number, number];
  const { name } = callback(l, turnParameters, (inner) => compareByte(inner, hay, text, { found, position, matched }));
  const turns = Math.min(hay.size * text.size, MOST_ITERATIONS);
  callLoop(l, turns, name);
  return b.load(l.f.scratch(), found, 8, true);
}

interface Copied { readonly offset: number; readonly size: number }

function inScratch(l: Lowerer, place: Place): Copied {
  const size = sizeOf(place.type);
  const offset = l.f.frame.allocateScratch(size) + CLAIM_BYTES;
  l.b.copy(l.f.scratch(), offset, place.base, place.offset, size);
  return { offset, size };
}

/** One turn: hay[position + matched] against text[matched]. */
function compareByte(l: Lowerer, hay: Copied, text: Copied, state: { readonly found: number; readonly position: number; readonly matched: number }): void {
  const { b } = l;
  const scratch = l.f.scratch();
  const position = b.load(scratch, state.position, 8);
  const matched = b.load(scratch, state.matched, 8);
  const [inText, wantedThere, inHay, same, different, later, there, over] = newBlocks(b, 'in-text', 'wanted', 'in-hay', 'same', 'different', 'later', 'there', 'over');
  b.branch('ult', matched, b.const(text.size), inText, there);
  b.enter(inText);
  const wanted = b.load(b.add(scratch, matched), text.offset, 1);
  b.branch('eq', wanted, b.const(0), there, wantedThere);
  b.enter(wantedThere);
  const at = b.add(position, matched);
  b.branch('ult', at, b.const(hay.size), inHay, over);
  b.enter(inHay);
  const byte = b.load(b.add(scratch, at), hay.offset, 1);
  b.branch('eq', byte, wanted, same, different);
  b.enter(same);
  b.store(scratch, state.matched, 8, b.add(matched, 1));
  l.f.return(0);
  b.enter(different);
  // The haystack ends here: the rest of it is shorter than the needle.
  b.branch('eq', byte, b.const(0), over, later);
  b.enter(later);
  b.store(scratch, state.position, 8, b.add(position, 1));
  b.store(scratch, state.matched, 8, 0);
  l.f.return(0);
  b.enter(there);
  b.store(scratch, state.found, 8, position);
  l.f.return(1);
  b.enter(over);
  l.f.return(1);
}
