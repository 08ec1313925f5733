// Texts and other bytes that are known when the script is compiled, into memory.

import { bytesBeforeNul } from '../../../model/syntax/text.js';
import { sizeOf } from '../../../model/types/size.js';
import { accessWidth, wordOf } from '../../../language/access-width.js';
import type { LowerContext, Place } from '../../../language/record.js';

/** Longer ones are copied from read-only data; up to here they are immediate stores. */
const LONGEST_IMMEDIATE = 64;

/** A text up to its NUL, padded with NUL. */
export function storeText(l: LowerContext, text: string, to: Place): void {
  const bytes = bytesBeforeNul(text);
  const capacity = sizeOf(to.type);
  const padded = new Uint8Array(capacity);
  padded.set(bytes.subarray(0, capacity));
  storeBytes(l, padded, to);
}

/** Bytes, as many as the place has. */
export function storeBytes(l: LowerContext, bytes: Uint8Array, to: Place): void {
  const last = bytes.findLastIndex((byte) => byte !== 0);
  const used = last + 1;
  if (used === 0) return l.b.zero(to.base, to.offset, bytes.length);
  if (used <= LONGEST_IMMEDIATE) {
    let at = 0;
    while (at < used) {
      const width = accessWidth(to, at, bytes.length - at);
      l.b.store(to.base, to.offset + at, width, wordOf(bytes, at, width));
      at += width;
    }
    l.b.zero(to.base, to.offset + at, bytes.length - at);
    return;
  }
  l.b.copy(to.base, to.offset, l.constant(bytes), 0, bytes.length);
}
