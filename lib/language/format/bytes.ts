// Buffers as text: `%r`, `%rx`, `%rh`.

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const escaped = hex.map((digits) => `\\x${digits}`);
const readable = escaped.map((escape, byte) => (byte >= 32 && byte <= 126 ? String.fromCharCode(byte) : escape));

/** Printable ASCII as it is, every other byte as `\xHH`. */
export function readableBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += readable[byte]!;
  return text;
}

/** Every byte as `\xHH`. */
export function escapedBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += escaped[byte]!;
  return text;
}

/** `aa bb cc` */
export function hexBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += text === '' ? hex[byte]! : ` ${hex[byte]!}`;
  return text;
}
