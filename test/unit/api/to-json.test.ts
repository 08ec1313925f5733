// Values of scripts as JSON.

import t from 'tap';
import { toJSON } from '../../../lib/api/to-json.js';

const rows: [title: string, value: unknown, want: string][] = [
  ['what JSON has', { a: [1, 'x', true, null] }, '{"a":[1,"x",true,null]}'],
  ['bigints that a double holds', [2n ** 53n - 1n, -(2n ** 53n) + 1n, 0n], '[9007199254740991,-9007199254740991,0]'],
  ['others', [2n ** 53n, -(2n ** 53n), 2n ** 64n - 1n], '["9007199254740992","-9007199254740992","18446744073709551615"]'],
  ['bytes', { b: Uint8Array.of(1, 255), c: Buffer.from('hi') }, '{"b":{"base64":"Af8="},"c":{"base64":"aGk="}}'],
  ['text that is not UTF-8', 'a\udcffé', '{"base64":"Yf/DqQ=="}'],
  ['characters whose second half in UTF-16 looks like such a byte', '💀', '"💀"'],
  ['such a character beside such a byte', '💀\udcff', '{"base64":"8J+SgP8="}'],
  ['controls that a terminal obeys', 'a\x7f\x9b2J\x1b', '"a\\u007f\\u009b2J\\u001b"'],
  ['objects that say what they are', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
  ['nothing', undefined, 'null'],
];
for (const [title, value, want] of rows) t.test(title, async (t) => { t.equal(toJSON(value), want); });
