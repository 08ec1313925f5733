import t from 'tap';
import type { AggregateType } from '../../../../lib/model/types/types.js';
import { aggregateOf } from '../../../../lib/language/aggregates/index.js';
import { Element, machineOf, run, typeOf } from './support.js';

/** [cpu, value] in the order of the updates */
type Update = readonly [cpu: number, n: bigint];
const MAX = (1n << 63n) - 1n;
const MIN = -(1n << 63n);

const cases: readonly { readonly title: string; readonly type: AggregateType; readonly updates: readonly Update[]; readonly want: bigint }[] = [
  { title: 'count over CPUs', type: typeOf('count', { signed: false }), updates: [[0, 0n], [1, 0n], [0, 0n]], want: 3n },
  { title: 'sum of one CPU', type: typeOf('sum'), updates: [[0, 5n], [0, -7n]], want: -2n },
  { title: 'sum over CPUs', type: typeOf('sum'), updates: [[0, 5n], [3, 1n << 40n]], want: 5n + (1n << 40n) },
  { title: 'sum, unsigned above 2^63', type: typeOf('sum', { signed: false }), updates: [[0, 1n << 63n], [1, 1n]], want: (1n << 63n) + 1n },
  { title: 'sum wraps as the machine does', type: typeOf('sum'), updates: [[0, MAX], [1, 1n]], want: MIN },
  { title: 'min takes the first value', type: typeOf('min'), updates: [[0, 9n]], want: 9n },
  { title: 'min over CPUs', type: typeOf('min'), updates: [[0, 9n], [0, 12n], [2, -3n], [1, 4n]], want: -3n },
  { title: 'min, unsigned: -1 is large', type: typeOf('min', { signed: false }), updates: [[0, -1n], [1, 4n]], want: 4n },
  { title: 'max keeps 0 over nothing', type: typeOf('max'), updates: [[1, 0n]], want: 0n },
  { title: 'max of negatives', type: typeOf('max'), updates: [[0, -9n], [0, -12n], [2, -3n]], want: -3n },
  { title: 'max, unsigned', type: typeOf('max', { signed: false }), updates: [[0, 7n], [1, -1n]], want: (1n << 64n) - 1n },
  { title: 'avg is cut towards zero', type: typeOf('avg'), updates: [[0, 3n], [1, 4n]], want: 3n },
  { title: 'avg of negatives is cut towards zero', type: typeOf('avg'), updates: [[0, -3n], [1, -4n]], want: -3n },
  { title: 'avg, unsigned', type: typeOf('avg', { signed: false }), updates: [[0, MIN], [0, 2n]], want: (1n << 62n) + 1n },
];

for (const { title, type, updates, want } of cases) {
  t.test(title, async (t) => {
    const element = new Element(type);
    t.equal(element.present, false, 'not there before it is written');
    for (const [cpu, n] of updates) element.update(cpu, n);
    t.equal(element.present, true);
    t.equal(element.record.toValue(element.merge(), type), want, 'merged in user space');
    t.equal(element.read(), want, 'read by a program');
  });
}

t.test('a new element is like an old one updated once', async (t) => {
  for (const { title, type, updates } of cases) {
    const [cpu, n] = updates[0]!;
    const fresh = new Element(type, 'lowerInitial').update(cpu, n);
    const updated = new Element(type).update(cpu, n);
    t.same(fresh.perCpu.map((v) => v.getBigUint64(0, true)), updated.perCpu.map((v) => v.getBigUint64(0, true)), title);
    t.same(fresh.merge(), updated.merge(), title);
  }
});

t.test('sum of zeros is there', async (t) => {
  const element = new Element(typeOf('sum')).update(0, 0n);
  t.equal(element.present, true);
});

t.test('stats', async (t) => {
  const element = new Element(typeOf('stats')).update(0, 3n).update(1, 4n);
  t.same(element.merge(), { kind: 'stats', count: 2n, total: 7n, average: 3n });
});

t.test('nothing read of a CPU that never wrote', async (t) => {
  for (const name of ['min', 'max', 'avg', 'sum', 'count']) t.equal(new Element(typeOf(name)).read(), 0n, name);
});

// ---- buckets -----------------------------------------------------------------------------------------------------

/** language.md 5.2 word by word */
function histBucket(n: bigint, k: bigint): bigint {
  if (n < 0n) return 0n;
  if (n < 1n << k) return n + 1n;
  const l = BigInt(n.toString(2).length - 1) - k;
  const x = (n >> l) & ((1n << k) - 1n);
  return ((l + 1n) << k) + x + 1n;
}

function lhistBucket(n: bigint, [min, max, step]: readonly [bigint, bigint, bigint]): bigint {
  if (n < min) return 0n;
  if (n > max) return 1n + (max - min) / step;
  return 1n + (n - min) / step;
}

/** Values around every power of two and spread between, from a fixed sequence. */
function interestingValues(): bigint[] {
  const values = new Set<bigint>([0n, 1n, -1n, MAX, MIN, MIN + 1n]);
  let seed = 12345n;
  for (let p = 0n; p < 63n; p++) {
    const power = 1n << p;
    for (const n of [power - 1n, power, power + 1n, power + (power >> 1n), -power]) values.add(BigInt.asIntN(64, n));
    for (let i = 0; i < 4; i++) {
      seed = BigInt.asUintN(64, seed * 6364136223846793005n + 1442695040888963407n);
      values.add(power + ((seed >> 1n) % power));
    }
  }
  return [...values];
}

function bucketProgram(type: AggregateType): (n: bigint) => { retval: bigint; instructions: number } {
  const machine = machineOf((b, word) => aggregateOf(type).lowerBucket!(b, [word(0)], type));
  return (n) => run(machine, [n]);
}

for (const k of [0n, 1n, 2n, 3n, 4n, 5n]) {
  t.test(`hist, k = ${k}`, async (t) => {
    const type = typeOf('hist', { parameters: [k] });
    const bucketOf = bucketProgram(type);
    const count = BigInt(aggregateOf(type).bucketCount!(type));
    const wrong = interestingValues().filter((n) => bucketOf(n).retval !== histBucket(n, k));
    t.same(wrong, []);
    t.equal(bucketOf(MAX).retval, count - 1n, 'the last bucket is for the largest value');
  });
}

const bounds: readonly (readonly [bigint, bigint, bigint])[] = [[0n, 100n, 10n], [3n, 100n, 7n], [0n, 10n, 1n], [0n, 4096n, 1024n], [1n << 40n, (1n << 40n) + 1000n, 3n], [0n, 1000n, 1n]];
for (const parameters of bounds) {
  t.test(`lhist ${parameters.join(' ')}`, async (t) => {
    const type = typeOf('lhist', { parameters });
    const bucketOf = bucketProgram(type);
    const [min, max, step] = parameters;
    const near = [min - 1n, min, min + 1n, min + step - 1n, min + step, max - 1n, max, max + 1n, max + step, (min + max) / 2n];
    const wrong = [...interestingValues(), ...near].filter((n) => bucketOf(n).retval !== lhistBucket(n, parameters));
    t.same(wrong, []);
    t.equal(bucketOf(MAX).retval, BigInt(aggregateOf(type).bucketCount!(type)) - 1n);
  });
}

t.test('a log2 bucket costs at most 32 instructions', async (t) => {
  const bucketOf = bucketProgram(typeOf('hist', { parameters: [0n] }));
  t.ok(Math.max(...interestingValues().map((n) => bucketOf(n).instructions)) <= 32);
});

// ---- tseries -----------------------------------------------------------------------------------------------------

const series = (option?: string): AggregateType => typeOf('tseries', { parameters: [100n, 3n], ...(option === undefined ? {} : { option }) });

const seriesCases: readonly { readonly option: string | undefined; readonly want: bigint }[] = [
  { option: undefined, want: -2n }, { option: 'avg', want: 4n }, { option: 'sum', want: 12n }, { option: 'min', want: -2n }, { option: 'max', want: 9n },
];
for (const { option, want } of seriesCases) {
  t.test(`tseries ${option ?? 'without function'}`, async (t) => {
    const element = new Element(series(option));
    // an older epoch on the same slot, then 9, 5 and -2 in the epoch 7 on two CPUs
    element.update(0, 1000n, 450n).update(3, 77n, 450n).update(0, 9n, 700n).update(1, 5n, 710n).update(0, -2n, 720n);
    t.same(element.merge(), { kind: 'tseries', points: new Map([[0, { epoch: 7n, value: want }]]) });
    t.equal(element.present, true);
  });
}

t.test('tseries slots', async (t) => {
  const machine = machineOf((b, word) => aggregateOf(series()).lowerBucket!(b, [word(0), word(1)], series()));
  t.same([0n, 99n, 100n, 250n, 300n, 799n].map((now) => run(machine, [1n, now]).retval), [0n, 0n, 1n, 2n, 0n, 1n]);
});

