// What is an internet address and what is not, and its bytes, held against Node's own library.

import { SocketAddress, isIPv4, isIPv6 } from 'node:net';
import t, { type Test } from 'tap';
import { parseInternetAddress } from '../../../lib/language/internet-address.js';
import { inetText } from '../../../lib/runtime/collect/inet.js';
import { dice } from '../../helpers/dice.js';

const texts = [
  '0.0.0.0', '255.255.255.255', '10.0.0.1', '1.2.3', '1.2.3.4.5', '256.0.0.1', '01.2.3.4', '1.2.3.04', '1.2.3.', '.1.2.3', ' 1.2.3.4', '1.2.3.4 ', '0x1.2.3.4', '1.2.3.4/8', '', 'localhost',
  '::', '::1', '1::', 'fe80::1', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::8', '1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '1:2:3:4::5:6:7:8', ':1::', '1::2::3', ':::', ':', '1:', ':1', '12345::', 'g::',
  '::ffff:1.2.3.4', '::1.2.3.4', '1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:7:1.2.3.4', '1.2.3.4::', '::1.2.3.4:1', '::1.2.3', '::256.1.1.1', '1.2.3.4:1::', 'FE80::AbCd', '[::1]', '::1/64', '2001:db8:0:0:1:0:0:1', '0:0:0:0:0:0:0:0',
];

function check(t: Test, text: string): void {
  const bytes = parseInternetAddress(text);
  const isAddress = isIPv4(text) || isIPv6(text);
  t.equal(bytes !== undefined, isAddress, `'${text}' is ${isAddress ? 'an' : 'no'} address`);
  if (bytes && isAddress) t.equal(inetText(bytes.length === 4 ? 2 : 10, bytes), new SocketAddress({ address: text, family: isIPv4(text) ? 'ipv4' : 'ipv6' }).address, text);
}

t.test('what people write', async (t) => { for (const text of texts) check(t, text); });

t.test('anything made of the same letters', async (t) => {
  const choice = dice(20);
  for (let i = 0; i < 3000; i++) {
    const pieces = Array.from({ length: 1 + choice.below(12) }, () => choice.one(['0', '1', 'a', 'ff', '255', '1234', ':', ':', '::', '.', '.']));
    check(t, pieces.join(''));
  }
});
