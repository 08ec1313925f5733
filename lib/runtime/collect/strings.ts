// Strings in records and values: where they end, and what is said when they were cut.

import { decodeText } from '../../model/syntax/decode-text.js';

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
