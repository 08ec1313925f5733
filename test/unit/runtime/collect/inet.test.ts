// Addresses as text, held against what the C library's rules make of them in Node.

import { SocketAddress } from 'node:net';
import t from 'tap';
import { inetText } from '../../../../lib/runtime/collect/inet.js';

const groups = (...words: number[]): Uint8Array => Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));

const cases: readonly (readonly [family: number, bytes: Uint8Array, want: string])[] = [
  [2, Uint8Array.of(127, 0, 0, 1), '127.0.0.1'],
  [10, groups(0, 0, 0, 0, 0, 0, 0, 0), '::'],
  [10, groups(0, 0, 0, 0, 0, 0, 0, 1), '::1'],
  [10, groups(0, 0, 0, 0, 0, 0, 0, 2), '::2'],
  [10, groups(0xfe80, 0, 0, 0, 0, 0, 0, 1), 'fe80::1'],
  [10, groups(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), '2001:db8::1:0:0:1'],
  [10, groups(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), '2001:db8:0:1:1:1:1:1'],
  [10, groups(1, 0, 0, 0, 0, 0, 0, 0), '1::'],
  [10, groups(0, 0, 0, 0, 0, 0xffff, 0x0a00, 1), '::ffff:10.0.0.1'],
  [10, groups(0, 0, 0, 0, 0, 0, 0x0102, 0x0304), '::1.2.3.4'],
  [10, groups(1, 2, 3, 4, 5, 6, 7, 0xabcd), '1:2:3:4:5:6:7:abcd'],
];
for (const [family, bytes, want] of cases) t.test(want, async (t) => { t.equal(inetText(family, bytes), want); });

t.test("every pattern of zeros, as Node's own library writes it", async (t) => {
  let number = 1;
  for (let zeros = 0; zeros < 256; zeros++) {
    for (const word of [0x1, 0xffff, 0x0a0b]) {
      const words = Array.from({ length: 8 }, (_, i) => ((zeros >> i) & 1 ? 0 : (word * number++) & 0xffff || 1));
      const address = words.map((each) => each.toString(16)).join(':');
      t.equal(inetText(10, groups(...words)), new SocketAddress({ address, family: 'ipv6' }).address, address);
    }
  }
  const mapped = groups(0, 0, 0, 0, 0, 0xffff, 0x7f00, 1);
  t.equal(inetText(10, mapped), new SocketAddress({ address: '::ffff:7f00:1', family: 'ipv6' }).address);
});

t.test('another family, and what was never written, is nothing', async (t) => {
  for (const family of [0, 1, 3, 9, 11, 0xffffffff]) t.equal(inetText(family, groups(1, 2, 3, 4, 5, 6, 7, 8)), '');
});
