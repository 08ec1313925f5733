// Calls of memcmp() whose length is known only at run time, on random bytes, and what memcmp(3) says of them.

import { type Choice, dice } from './dice.js';

/** Bytes of the two operands; where accesses of words end differs. */
const SIZES = [1, 3, 8, 13, 21, 32, 100];
const most = Math.max(...SIZES);
const words = Math.ceil(most / 8);

interface MemcmpRow {
  readonly title: string;
  readonly script: string;
  readonly stdout: string;
}

/** Each script compares arrays, pointers and one of each, with every length from 0 to two bytes more than there are. */
export function memcmpRows(seed: number, rounds: number): MemcmpRow[] {
  const random = dice(seed);
  const rows: MemcmpRow[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const size of SIZES) {
      const other = random.one(SIZES);
      const shared = Math.min(size, other);
      const [a, b] = [bytesOf(random), bytesOf(random)];
      // equal up to a place, so that the first difference lies anywhere, behind the end too
      a.copy(b, 0, 0, random.below(shared + 3));
      const calls = ['$p->a, $q->b', '$p, $q->b', '$p->a, $q', '(uint8 *)$p, (uint8 *)$q'];
      const limits = [shared, other, size, shared + 2];
      rows.push({
        title: `seed ${seed}, round ${round}: ${size} and ${other} bytes`,
        script: `struct left { unsigned char a[${size}]; } struct right { unsigned char b[${other}]; }
begin { $u = ${tupleOf(a)}; $v = ${tupleOf(b)}; $p = (struct left *)&$u; $q = (struct right *)&$v;
  $n = 0; while ($n < ${shared + 3}) { print((${calls.map((call) => `memcmp(${call}, $n)`).join(', ')})); $n++; } }`,
        stdout: Array.from({ length: shared + 3 }, (_, n) => `(${limits.map((limit) => signOf(a, b, Math.min(n, limit))).join(', ')})`).join('\n'),
      });
    }
  }
  return rows;
}

const bytesOf = (random: Choice): Buffer => Buffer.from(Array.from({ length: words * 8 }, () => random.below(256)));

const signOf = (a: Buffer, b: Buffer, n: number): number => Buffer.compare(a.subarray(0, n), b.subarray(0, n));

const tupleOf = (bytes: Buffer): string => `(${Array.from({ length: words }, (_, i) => `(uint64)0x${bytes.readBigUInt64LE(i * 8).toString(16)}`).join(', ')})`;
