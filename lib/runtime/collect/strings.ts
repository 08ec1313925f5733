// Strings of traced programs: from bytes to text, fast where they repeat.
//
//   idea   the same few names come again and again (comm, file names): short ASCII strings are looked up by a hash of their
//          bytes in a table of texts made before, which costs less than making them
//   facts  bytes that are not UTF-8 are kept as lone surrogates (model/syntax/text.ts)

import { textOfBytes } from '../../model/syntax/text.js';

const TABLE_SIZE = 2048;
const LONGEST_KEPT = 64;

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
  const text = Buffer.from(view.buffer, view.byteOffset + at, length).toString('latin1');
  known[slot] = text;
  return text;
}

function decodeAny(view: DataView, at: number, length: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + at, length);
  const text = bytes.toString('utf8');
  // the decoder writes U+FFFD for what is no UTF-8
  return text.includes('\ufffd') ? textOfBytes([...bytes]) : text;
}

/** The text up to the first NUL within `capacity` bytes; `trailer` is added when there is none. */
export function readFixedString(view: DataView, at: number, capacity: number, trailer: string): string {
  let length = 0;
  while (length < capacity && view.getUint8(at + length) !== 0) length++;
  const text = decodeText(view, at, length);
  return length === capacity && capacity > 0 ? text + trailer : text;
}

/** The text of a string that came with its length; one that fills its capacity was cut. */
export function readDynamicString(view: DataView, at: number, length: number, capacity: number, trailer: string): string {
  const text = decodeText(view, at, length);
  return length >= capacity && capacity > 0 ? text + trailer : text;
}
