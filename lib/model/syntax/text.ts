// String literals as text and as bytes.
//
//   idea   a script's strings are UTF-8, but escapes may name any byte. A byte that is not part of valid UTF-8 is kept
//          as the lone surrogate U+DC00 + byte, which UTF-16 text can hold and UTF-8 text cannot.

const encoder = new TextEncoder();
const ESCAPE_BASE = 0xdc00;

/** The bytes of a literal, without terminating NUL. */
export function bytesOfText(text: string): Uint8Array {
  if (!/[\udc80-\udcff]/.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= ESCAPE_BASE + 0x80 && code <= ESCAPE_BASE + 0xff) bytes.push(code - ESCAPE_BASE);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/** The character that stands for one byte of an escape. */
export function textOfByte(byte: number): string {
  return String.fromCharCode(byte < 0x80 ? byte : ESCAPE_BASE + byte);
}
