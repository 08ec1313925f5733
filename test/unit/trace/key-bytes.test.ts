// Bytes of a map's key: what programs write, and the keys of which that cannot be told.

import t from 'tap';
import type { ManifestMap } from '../../../lib/model/layout/manifest.js';
import { sizeOf } from '../../../lib/model/types/size.js';
import { bool, int16, int32, int64, int8, string, uint16, uint32, uint64, uint8, type Type } from '../../../lib/model/types/types.js';
import { defaultReadOptions } from '../../../lib/runtime/collect/index.js';
import { compileKeyBytes } from '../../../lib/trace/key-bytes.js';

const signed: Type = { kind: 'enum', name: 'level', bytes: 4, members: [['LOW', -2n]] };
const unsigned: Type = { kind: 'enum', name: 'colour', bytes: 1, members: [['RED', 1n]] };
const tuple = (...elements: Type[]): Type => ({ kind: 'tuple', elements });
const record: Type = { kind: 'record', fields: [{ name: 'a', type: int8 }, { name: 'b', type: uint32 }] };
const stack: Type = { kind: 'stack', space: 'kernel', mode: 'bpftrace', limit: 3 };

const rows: readonly [title: string, type: Type, key: unknown, want: string | undefined][] = [
  ['int8', int8, -128, '80'], ['int8 that is too large', int8, 128, undefined], ['uint8', uint8, 255n, 'ff'], ['uint8 below zero', uint8, -1, undefined],
  ['int16', int16, -2, 'feff'], ['uint16', uint16, 0x1234, '3412'], ['int32', int32, -1, 'ffffffff'], ['uint32', uint32, 4294967295, 'ffffffff'],
  ['int64', int64, -1, 'ffffffffffffffff'], ['uint64', uint64, 2n ** 64n - 1n, 'ffffffffffffffff'], ['uint64 as a number that is not exact', uint64, 2 ** 60, undefined],
  ['a fraction', int32, 1.5, undefined], ['text for an integer', int32, '1', undefined], ['a boolean for an integer', int32, true, undefined],
  ['enum, below zero', signed, -2, 'feffffffffffffff'], ['enum', unsigned, 1n, '0100000000000000'], ['enum without sign, below zero', unsigned, -1n, undefined],
  ['true', bool, true, '01'], ['false', bool, false, '00'], ['an integer for a boolean', bool, 1, undefined],
  ['text', string(4), 'ab', '61620000'], ['no text', string(4), '', '00000000'], ['the longest text', string(4), 'abc', '61626300'], ['text that fills its place', string(4), 'abcd', undefined],
  ['text that was cut', string(4), 'abcd..', undefined], ['bytes that are not UTF-8', string(4), '\udcff\udcfe', 'fffe0000'], ['characters of several bytes', string(4), 'é', 'c3a90000'],
  ['characters of several bytes that have no room', string(4), 'éé', undefined], ['bytes that no text is read as', string(4), '\udcc3\udca9', undefined],
  ['half a character', string(8), '\ud800', undefined], ['a NUL in a text', string(4), 'a\0b', undefined],
  ['tuple with padding', tuple(uint8, uint64, string(3), int16), [1, 2, 'x', -3], '0100000000000000020000000000000078000000fdff0000'],
  ['nested tuple', tuple(tuple(uint8, uint16), bool), [[1, 2], true], '010002000100'],
  ['tuple that is too short', tuple(int8, int8), [1], undefined], ['tuple that is too long', tuple(int8, int8), [1, 2, 3], undefined],
  ['a record', record, { b: 2, a: -1 }, 'ff00000002000000'], ['a record with a field too many', record, { a: 1, b: 2, c: 3 }, undefined], ['a record that lacks a field', record, { a: 1 }, undefined],
  ['a tuple for a record', record, [1, 2], undefined], ['nothing', int32, undefined, undefined], ['nothing for a tuple', tuple(int8), null, undefined],
  ['a stack', stack, [], undefined], ['a tuple with a stack', tuple(int8, stack), [1, []], undefined], ['a tuple of nothing', tuple(), [], undefined],
];

for (const [title, type, key, want] of rows) {
  t.test(title, async (t) => {
    const bytes = compileKeyBytes({ key: type, keySize: sizeOf(type) } as ManifestMap, defaultReadOptions)(key);
    t.equal(bytes && Buffer.from(bytes).toString('hex'), want);
  });
}

t.test('a key with a bucket behind it', async (t) => {
  t.equal(compileKeyBytes({ key: int64, keySize: 16 } as ManifestMap, defaultReadOptions)(1), undefined);
});

t.test('a map without keys', async (t) => {
  t.equal(compileKeyBytes({ keySize: 4 } as ManifestMap, defaultReadOptions)(undefined), undefined);
});
