import t from 'tap';
import type { Value } from '../../../../lib/model/layout/value.js';
import { type StructType, type Type, bool, int16, int32, int64, int8, none, string, uint16, uint32, uint64, uint8 } from '../../../../lib/model/types/types.js';
import { compileReader } from '../../../../lib/runtime/collect/index.js';
import { type Sample, encode, put } from './support.js';

const color: Type = { kind: 'enum', name: 'color', bytes: 4, members: [['RED', 1n]] };
const MAX64 = (1n << 64n) - 1n;

const cases: readonly (readonly [title: string, type: Type, sample: Sample, want: Value])[] = [
  ['bool', bool, 1, true],
  ['bool of any non-zero byte', bool, 4, true],
  ['int8', int8, -1, -1], ['uint8', uint8, 255, 255],
  ['int16', int16, -2, -2], ['uint16', uint16, 65535, 65535],
  ['int32', int32, -3, -3], ['uint32', uint32, 0xffffffff, 0xffffffff],
  ['int64', int64, -4n, -4n], ['uint64', uint64, MAX64, MAX64],
  ['enum', color, 1, 1n],
  ['pointer', { kind: 'pointer', to: int8, space: 'user' }, 0x7fffn, 0x7fffn],
  ['string', string(8), 'bash', 'bash'],
  ['empty string', string(8), '', ''],
  ['string that fills its capacity was cut', string(4), 'bash', 'bash..'],
  ['string of UTF-8', string(16), 'grüße ✓', 'grüße ✓'],
  ['string with bytes that are no UTF-8 keeps them', string(16), 'a\udcffb\udcc3', 'a\udcffb\udcc3'],
  ['string cut inside a character', string(3), Uint8Array.of(0x61, 0xe2, 0x9c), 'a\udce2\udc9c..'],
  ['U+FFFD itself is text', string(16), '\ufffd', '\ufffd'],
  ['long string', string(200), 'x'.repeat(150), 'x'.repeat(150)],
  ['buffer', { kind: 'buffer', capacity: 8 }, Uint8Array.of(1, 0, 255), Uint8Array.of(1, 0, 255)],
  ['array', { kind: 'array', of: int16, count: 3 }, [1, -2, 3], [1, -2, 3]],
  ['array of arrays', { kind: 'array', of: { kind: 'array', of: uint8, count: 2 }, count: 2 }, [[1, 2], [3, 4]], [[1, 2], [3, 4]]],
  ['tuple, aligned', { kind: 'tuple', elements: [int8, int32, string(3), int64] }, [1, 2, 'ab', 3n], [1, 2, 'ab', 3n]],
  ['record', { kind: 'record', fields: [{ name: 'a', type: uint8 }, { name: 'b', type: string(4) }] }, [7, 'x'], { a: 7, b: 'x' }],
  ['inet, IPv4', { kind: 'inet' }, Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), '10.0.0.1'],
  ['inet, IPv6', { kind: 'inet' }, Uint8Array.of(10, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), 'fe80::1'],
  ['mac', { kind: 'mac' }, Uint8Array.of(0xaa, 0x0b, 0, 1, 2, 0xff), 'AA:0B:00:01:02:FF'],
  ['ksym', { kind: 'ksym' }, 0xffffn, { $: 'symbol', address: 0xffffn, pid: 0, program: 0 }],
  ['username', { kind: 'username' }, 1000n, 1000n],
  ['none', none, 0, null],
];
for (const [title, type, sample, want] of cases) {
  t.test(title, async (t) => { t.strictSame(compileReader(type)(encode(type, sample), 0), want); });
}

t.test('the trailer of a cut string is configured', async (t) => {
  t.equal(compileReader(string(2), { truncationTrailer: '…' })(encode(string(2), 'ab'), 0), 'ab…');
});

t.test('values are read at any offset of a view that starts anywhere', async (t) => {
  const outer = new Uint8Array(64).fill(0xee);
  const view = new DataView(outer.buffer, 7);
  put(view, 5, { kind: 'tuple', elements: [uint32, string(8)] }, [9, 'seven']);
  t.same(compileReader({ kind: 'tuple', elements: [uint32, string(6)] })(view, 5), [9, 'seven']);
});

t.test('usym and its process', async (t) => {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, 0x401000n, true);
  view.setUint32(8, 4711, true);
  view.setUint32(12, 3, true);
  t.same(compileReader({ kind: 'usym' })(view, 0), { $: 'symbol', address: 0x401000n, pid: 4711, program: 3 });
});

t.test('struct with bitfields, an anonymous union and an enum', async (t) => {
  const type: StructType = {
    kind: 'struct', tag: 'struct', name: 's', size: 16, fields: [
      { name: 'a', type: uint32, offset: 0, bitfield: { shift: 0, bits: 3 } },
      { name: 'b', type: int32, offset: 0, bitfield: { shift: 3, bits: 4 } },
      { name: '', offset: 4, type: { kind: 'struct', tag: 'union', name: '', size: 4, fields: [{ name: 'u', type: uint32, offset: 0 }, { name: 'v', type: uint8, offset: 0 }] } },
      { name: 'e', type: color, offset: 8 },
      { name: 'f', type: none, offset: 12 },
    ],
  };
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, 0b1111_101, true);
  view.setUint32(4, 0x0102, true);
  view.setUint32(8, 1, true);
  view.setUint32(12, 0xffffffff, true);
  t.same(compileReader(type)(view, 0), { a: 5, b: -1, u: 0x102, v: 2, e: 1n, f: null });
});

t.test('stacks', async (t) => {
  const kernel = new DataView(new ArrayBuffer(40));
  kernel.setBigInt64(0, 16n, true);
  kernel.setBigUint64(8, 0x10n, true);
  kernel.setBigUint64(16, 0x20n, true);
  const type: Type = { kind: 'stack', space: 'kernel', mode: 'bpftrace', limit: 4 };
  t.same(compileReader(type)(kernel, 0), { $: 'stack', addresses: [0x10n, 0x20n], pid: 0, program: 0 });
  kernel.setBigInt64(0, -14n, true);
  t.same(compileReader(type)(kernel, 0), { $: 'stack', addresses: [], pid: 0, program: 0 }, 'a failed one has no frames');
  kernel.setBigInt64(0, 1000n, true);
  t.equal((compileReader(type)(kernel, 0) as { addresses: unknown[] }).addresses.length, 4, 'never more than its limit');

  const user = new DataView(new ArrayBuffer(16 + 64));
  user.setBigInt64(0, 64n, true);
  user.setUint32(8, 42, true);
  user.setUint32(12, 2, true);
  user.setInt32(16, 1, true);
  for (let i = 0; i < 20; i++) user.setUint8(20 + i, i);
  user.setBigUint64(40, 0x1234n, true);
  user.setInt32(48, 2, true);
  user.setBigUint64(72, 0x7f00n, true);
  t.same(compileReader({ kind: 'stack', space: 'user', mode: 'build_id', limit: 2 })(user, 0), {
    $: 'stack', addresses: [0x1234n, 0x7f00n], pid: 42, program: 2, buildIds: ['000102030405060708090a0b0c0d0e0f10111213', undefined],
  });
});

t.test('what has no bytes is a bug', async (t) => {
  t.throws(() => compileReader({ kind: 'context', name: 'ctx' }), /BUG: collect/);
});
