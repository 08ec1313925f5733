// Bytes as text of base64, where there is no Buffer.
//
//   facts  RFC 4648, section 4; `atob` and `btoa` are in browsers and in Node

declare function atob(text: string): string;
declare function btoa(text: string): string;

/** characters that btoa() is given at once: arguments of a call have a limit */
const CHUNK = 0x6000;

export function bytesFromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function base64OfBytes(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += btoa(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  return text;
}
