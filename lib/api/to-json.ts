// Values of scripts as JSON: what JSON.stringify() refuses or would spoil is written so that it can be read back. Needs no Node.
//
//   facts  the forms are those of `-f ndjson` (language.md 7.1). JSON itself leaves DEL and the controls behind it as they are, which a terminal may
//          obey: they are escaped

import { base64OfBytes } from '../model/bytes/base64.js';
import { bytesOfText, hasForeignBytes } from '../model/syntax/text.js';

/** JSON of a value, an event, the entries of a map. Integers beyond 2^53 are strings of digits; bytes, and text that is not UTF-8, are
 *  `{"base64": "…"}`; what JSON has no word for is null. */
export function toJSON(value: unknown): string {
  const text = JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, key: string, given: unknown) {
    // a Buffer has become an object of numbers by now
    const each = this[key] instanceof Uint8Array ? this[key] : given;
    if (typeof each === 'bigint') return BigInt.asIntN(54, each) === each && each !== -(2n ** 53n) ? Number(each) : String(each);
    if (each instanceof Uint8Array) return { base64: base64OfBytes(each) };
    if (typeof each === 'string' && hasForeignBytes(each)) return { base64: base64OfBytes(bytesOfText(each)) };
    return each;
  }) as string | undefined;
  return (text ?? 'null').replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}
