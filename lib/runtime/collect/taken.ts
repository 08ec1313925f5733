// Scalar maps that are cleared without being written to: what they hold now, less what they held when they were taken.
//
//   facts  programs only add to the words named by ManifestMap.addedWords, so the difference is what was added since, on every CPU and
//          modulo 2^64; no addition can fall between reading and clearing. The other word says "written": it is what the added
//          words' difference says

import type { ManifestMap } from '../../model/layout/manifest.js';
import { roundUp } from '../../model/types/size.js';

/** Values of the map since `before` was read. */
export function addedSince({ addedWords = [], valueSize }: ManifestMap, now: Uint8Array, before: Uint8Array): Uint8Array {
  const values = Uint8Array.from(now); // slice() of a Buffer would share its bytes
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const base = new DataView(before.buffer, before.byteOffset, before.byteLength);
  const stride = roundUp(valueSize, 8);
  for (let at = 0; at < values.length; at += stride) {
    let written = false;
    for (const word of addedWords) {
      const difference = BigInt.asUintN(64, view.getBigUint64(at + word * 8, true) - base.getBigUint64(at + word * 8, true));
      view.setBigUint64(at + word * 8, difference, true);
      written ||= difference !== 0n;
    }
    if (written) continue;
    for (let word = 0; word * 8 < stride; word++) if (!addedWords.includes(word)) view.setBigUint64(at + word * 8, 0n, true);
  }
  return values;
}
