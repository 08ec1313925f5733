import t from 'tap';
import { crc32 } from '../../../../lib/model/bytes/crc.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

t.test('the sums that its authors give', async (t) => {
  t.equal(crc32(bytesOf('123456789')), 0xcbf4_3926);
  t.equal(crc32(new Uint8Array()), 0);
  t.equal(crc32(Uint8Array.of(0)), 0xd202_ef8d);
  t.equal(crc32(new Uint8Array(32).fill(0xff)), 0xff6c_ab0b);
});

t.test('the sum of a part and of what stands behind it is that of the whole', async (t) => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, at) => (at * 37) & 0xff);
  const whole = crc32(bytes);
  for (const end of [0, 1, 499, 999, 1000]) t.equal(crc32(bytes.subarray(end), crc32(bytes.subarray(0, end))), whole, `${end} bytes before`);
});
