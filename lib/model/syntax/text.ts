// String literals as text and as bytes.
//
//   idea   a script's strings are UTF-8, but escapes may name any byte. A byte that is not part of valid UTF-8 is kept
//          as the lone surrogate U+DC00 + byte, which UTF-16 text can hold and UTF-8 text cannot.

const encoder = new TextEncoder();
/** `u`: half of a character, as most emojis have one in this range, is no byte. */
const foreignBytes = /[\udc80-\udcff]/u;
const ESCAPE_BASE = 0xdc00;

/** Whether a text has bytes that are not part of valid UTF-8. */
export function hasForeignBytes(text: string): boolean {
  return foreignBytes.test(text);
}

/** The bytes of a literal, without terminating NUL. */
export function bytesOfText(text: string): Uint8Array {
  if (!hasForeignBytes(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= ESCAPE_BASE + 0x80 && code <= ESCAPE_BASE + 0xff) bytes.push(code - ESCAPE_BASE);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/** The bytes of a literal as a string, which its first NUL ends. What is behind it counts for sizeof, buf() and casts to arrays only. */
export function bytesBeforeNul(text: string): Uint8Array {
  const bytes = bytesOfText(text);
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** The character that stands for one byte of an escape. */
export function textOfByte(byte: number): string {
  return String.fromCharCode(byte < 0x80 ? byte : ESCAPE_BASE + byte);
}

/** Text made of pieces of text and of single bytes; bytes that together are UTF-8 become the characters they encode. */
export function textOfBytes(pieces: readonly (string | number)[]): string {
  const bytes: number[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'number') bytes.push(piece);
    else for (const byte of bytesOfText(piece)) bytes.push(byte);
  }
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    text += length === 1 ? textOfByte(bytes[at]!) : decoder.decode(Uint8Array.from(bytes.slice(at, at + length)));
    at += length;
  }
  return text;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** How many bytes the well-formed UTF-8 sequence at a place has; 1 also for a byte that begins none. */
function sequenceLength(bytes: readonly number[], at: number): number {
  const lead = bytes[at]!;
  const length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
  if (lead > 0xf4 || length === 1) return 1;
  for (let i = 1; i < length; i++) if ((bytes[at + i] ?? 0) >> 6 !== 0b10) return 1;
  const second = bytes[at + 1]!;
  const tooLong = (lead === 0xe0 && second < 0xa0) || (lead === 0xf0 && second < 0x90);
  const outside = (lead === 0xed && second > 0x9f) || (lead === 0xf4 && second > 0x8f);
  return tooLong || outside ? 1 : length;
}
