// Scalars that are cleared by remembering what they held.

import t from 'tap';
import { int64 } from '../../../../lib/model/types/types.js';
import type { ManifestMap } from '../../../../lib/model/layout/manifest.js';
import { addedSince } from '../../../../lib/runtime/collect/taken.js';

const specOf = (addedWords: readonly number[], valueSize: number): ManifestMap => ({ name: 'm', mapType: 'percpu_array', perCpu: true, maxEntries: 1, value: int64, keySize: 4, valueSize, shape: { kind: 'plain' }, addedWords });
const words = (...values: bigint[]): Buffer => Buffer.concat(values.map((value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}));

const rows: [title: string, addedWords: number[], valueSize: number, now: bigint[], before: bigint[], want: bigint[]][] = [
  ['counts of two CPUs', [0], 8, [5n, 7n], [5n, 4n], [0n, 3n]],
  ['a total and its flag', [0], 16, [9n, 1n, 3n, 1n], [9n, 1n, 1n, 1n], [0n, 0n, 2n, 1n]],
  ['a total and a count', [0, 1], 16, [9n, 3n], [9n, 2n], [0n, 1n]],
  ['a total that shrinks', [0], 8, [-3n], [4n], [-7n]],
  ['beyond 2^64', [0], 8, [2n], [-2n], [4n]],
];

for (const [title, addedWords, valueSize, now, before, want] of rows) {
  t.test(title, async (t) => {
    const values = words(...now);
    t.same(Buffer.from(addedSince(specOf(addedWords, valueSize), values, words(...before))), words(...want));
    t.same(values, words(...now), 'what was read stays as it is');
  });
}
