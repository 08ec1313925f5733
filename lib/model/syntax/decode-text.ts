// Strings of traced programs: from bytes to text, fast where they repeat.
//
//   idea   the same few names come again and again (comm, file names): short ASCII strings are looked up by a hash of their
//          bytes in a table of texts made before, which costs less than making them
//   facts  bytes that are not UTF-8 are kept as lone surrogates (text.ts)

import { latin1, viewOf } from '../bytes/bytes.js';
import { textOfBytes } from './text.js';

const TABLE_SIZE = 2048;
const LONGEST_KEPT = 64;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const known: string[] = new Array<string>(TABLE_SIZE).fill('');

/** The text of `length` bytes at `at`. */
export function decodeText(view: DataView, at: number, length: number): string {
  if (length > LONGEST_KEPT) return decodeAny(view, at, length);
  let hash = length;
  let seen = 0;
  for (let i = 0; i < length; i++) {
    const byte = view.getUint8(at + i);
    seen |= byte;
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  if (seen >= 0x80) return decodeAny(view, at, length);
  const slot = (hash ^ (hash >>> 15)) & (TABLE_SIZE - 1);
  const candidate = known[slot]!;
  if (candidate.length === length) {
    let i = 0;
    while (i < length && candidate.charCodeAt(i) === view.getUint8(at + i)) i++;
    if (i === length) return candidate;
  }
  const text = latin1(new Uint8Array(view.buffer, view.byteOffset + at, length));
  known[slot] = text;
  return text;
}

function decodeAny(view: DataView, at: number, length: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
  const text = decoder.decode(bytes);
  // the decoder writes U+FFFD for what is no UTF-8
  return text.includes('\ufffd') ? textOfBytes([...bytes]) : text;
}

/** The text of bytes: bytesOfText() makes the same bytes of it again. */
export function textOfMemory(bytes: Uint8Array): string {
  return decodeText(viewOf(bytes), 0, bytes.length);
}
