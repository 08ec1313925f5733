// Widest access that is allowed at a place: the verifier wants stack accesses aligned to their size, other memory may be
// accessed unaligned on the architectures we support.

import type { Place } from './record.js';

export type AccessWidth = 1 | 2 | 4 | 8;

/** Bytes that may be loaded or stored at once, `at` bytes into the place, when `left` bytes are wanted. */
export function accessWidth(place: Pick<Place, 'base' | 'offset'>, at: number, left: number): AccessWidth {
  const onStack = place.base.type.kind === 'ptr' && place.base.type.region === 'stack';
  for (const width of [8, 4, 2] as const) if (left >= width && (!onStack || (place.offset + at) % width === 0)) return width;
  return 1;
}

/** Little-endian number made of `width` bytes from `at` on. */
export function wordOf(bytes: Uint8Array, at: number, width: AccessWidth): bigint {
  let word = 0n;
  for (let i = width - 1; i >= 0; i--) word = (word << 8n) | BigInt(bytes[at + i] ?? 0);
  return width === 8 ? BigInt.asIntN(64, word) : word;
}
