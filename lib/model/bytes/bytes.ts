// Views of bytes, and text in them that a NUL ends.

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
/** characters handed to one call of fromCharCode */
const CHUNK = 8192;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** UTF-8 from `start` to the next NUL, or to the end. */
export function textAt(bytes: Uint8Array, start: number): string {
  return utf8.decode(upToNul(bytes, start));
}

/** One character for each byte, from `start` to the next NUL, or to the end. */
export function latin1At(bytes: Uint8Array, start: number): string {
  return latin1(upToNul(bytes, start));
}

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return text;
}

/** The bytes whose latin1 is the text. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function upToNul(bytes: Uint8Array, start: number): Uint8Array {
  const end = bytes.indexOf(0, start);
  return bytes.subarray(start, end < 0 ? bytes.length : end);
}
