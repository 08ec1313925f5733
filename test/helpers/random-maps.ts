// Maps of random programs: keys and values of every kind, aggregates, and what is left of each when the program has run.
//
//   out    forms that write and read maps, and for each map by name what the end probe prints of it
//   facts  expressions read maps and never write them; a map must be written somewhere, so the end probe of a program that only reads it does so where
//          it never comes. Elements of equal value are in the order of their keys

import { bool, int16, int32, int64, type Maker, type NumberForm, type StatementForm, say, type TextForm, uint8 } from './random-form.js';
import type { Env, Text } from './random-programs.js';

/** A map as the end probe knows it. */
export interface KeptMap {
  readonly name: string;
  /** stands before the probes */
  readonly declared?: string;
  /** a statement that writes it; any element but those that are printed */
  readonly write: string;
  readonly print: string;
  run(env: Env): void;
}

const smallKey = (m: Maker): Text => {
  if (m.choose.below(2) === 0) {
    const n = m.choose.below(4);
    return { text: `(uint8)${n}`, run: () => `${n}` };
  }
  const e = m.cast(m.expression(1), uint8);
  return { text: `(uint8)(${e.text} & 3)`, run: (env) => `${e.run(env) & 3n}` };
};

/** key of @r, of @lru and of @hk; the element's name here is what the key prints as */
const recordKey = (m: Maker, deep: boolean): Text => {
  const [n, s] = [m.choose.below(3), deep ? m.string(1) : m.string(0)];
  return { text: `(n=(int32)${n}, s=${s.text})`, run: (env) => `${n},${s.run(env)}` };
};

const four = [0, 1, 2, 3];
const list = (name: string): string => four.map((n) => `${name}[(uint8)${n}]`).join(', ');

export const mapNumbers: readonly NumberForm[] = [
  (m) => {
    const key = recordKey(m, false);
    return { text: `@r[${key.text}].0`, type: int16, run: (env) => env.table<[bigint, string]>('@r').get(key.run(env))?.[0] ?? 0n };
  },
  () => ({ text: '@x', type: int64, run: (env) => env.table<bigint>('@x').get('') ?? 0n }),
  (m) => {
    const key = smallKey(m);
    return { text: `@lru[${key.text}]`, type: int32, run: (env) => env.table<bigint>('@lru').get(key.run(env)) ?? 0n };
  },
  (m) => {
    const key = smallKey(m);
    return { text: `(int64)@c[${key.text}]`, type: int64, run: (env) => env.table<bigint>('@c').get(key.run(env)) ?? 0n };
  },
  (m) => {
    const [a, b] = [smallKey(m), smallKey(m)];
    return { text: `@two[${a.text}, ${b.text}]`, type: uint8, run: (env) => {
      const key = `${a.run(env)}, ${b.run(env)}`;
      return env.table<bigint>('@two').get(key) ?? 0n;
    } };
  },
];

export const mapConditions: readonly NumberForm[] = [
  (m) => {
    const key = smallKey(m);
    return { text: `has_key(@c, ${key.text})`, type: bool, run: (env) => BigInt(env.table('@c').has(key.run(env))) };
  },
  (m) => {
    const key = recordKey(m, false);
    return { text: `has_key(@r, ${key.text})`, type: bool, run: (env) => BigInt(env.table('@r').has(key.run(env))) };
  },
];

export const mapTexts: readonly TextForm[] = [
  (m) => {
    const key = recordKey(m, false);
    return { text: `@r[${key.text}].1`, run: (env) => env.table<[bigint, string]>('@r').get(key.run(env))?.[1] ?? '' };
  },
  (m) => {
    const n = m.choose.below(4);
    return { text: `@w[(uint8)${n}]`, run: (env) => env.table<string>('@w').get(`${n}`) ?? '' };
  },
  () => ({ text: '@text', run: (env) => env.table<string>('@text').get('') ?? '' }),
];

export const mapStatements: readonly StatementForm[] = [
  (m) => {
    const [key, n, s] = [recordKey(m, true), m.cast(m.expression(1), int16), m.string(1)];
    return { text: `@r[${key.text}] = (${n.text}, ${s.text});`, run: (env) => {
      const value: [bigint, string] = [n.run(env), s.run(env)];
      env.table('@r').set(key.run(env), value);
    } };
  },
  (m) => {
    const [n, s] = [m.choose.below(4), m.string(1)];
    return { text: `@w[(uint8)${n}] = ${s.text};`, run: (env) => void env.table('@w').set(`${n}`, s.run(env)) };
  },
  (m) => {
    const e = m.cast(m.expression(2), int64);
    return m.choose.below(2) ? { text: `@x = ${e.text};`, run: (env) => void env.table('@x').set('', e.run(env)) }
      : { text: '@x++;', run: (env) => void env.table<bigint>('@x').set('', BigInt.asIntN(64, (env.table<bigint>('@x').get('') ?? 0n) + 1n)) };
  },
  (m) => {
    const s = m.string(1);
    return { text: `@text = ${s.text};`, run: (env) => void env.table('@text').set('', s.run(env)) };
  },
  (m) => {
    const [key, e] = [smallKey(m), m.cast(m.expression(1), int32)];
    return { text: `@lru[${key.text}] = ${e.text};`, run: (env) => {
      const value = e.run(env);
      env.table('@lru').set(key.run(env), value);
    } };
  },
  (m) => {
    const key = smallKey(m);
    return { text: `@c[${key.text}] = count();`, run: (env) => {
      const at = key.run(env);
      env.table('@c').set(at, (env.table<bigint>('@c').get(at) ?? 0n) + 1n);
    } };
  },
  (m) => {
    const [a, b, e] = [smallKey(m), smallKey(m), m.cast(m.expression(1), uint8)];
    return { text: `@two[${a.text}, ${b.text}] = ${e.text};`, run: (env) => {
      const value = e.run(env);
      env.table('@two').set(`${a.run(env)}, ${b.run(env)}`, value);
    } };
  },
  (m) => {
    const e = m.cast(m.expression(2), int64);
    return { text: `@h = hist(${e.text});`, run: (env) => {
      const n = e.run(env);
      const bucket = n < 0n ? -1 : n < 2n ? Number(n) : n.toString(2).length;
      const rows = env.table<bigint>('@h');
      rows.set(`${bucket}`, (rows.get(`${bucket}`) ?? 0n) + 1n);
    } };
  },
  (m) => {
    const [key, e] = [m.string(1), m.cast(m.expression(1), m.choose.one([int64, uint8]))];
    return { text: `@lh[${key.text}] = lhist(${e.text}, 0, 100, 10);`, run: (env) => {
      const n = e.run(env);
      const rows = env.table<Map<number, bigint>>('@lh');
      const at = key.run(env);
      const own = rows.get(at) ?? new Map<number, bigint>();
      const bucket = n < 0n ? 0 : n >= 100n ? 11 : Number(n / 10n) + 1;
      rows.set(at, own.set(bucket, (own.get(bucket) ?? 0n) + 1n));
    } };
  },
  (m) => {
    const e = m.cast(m.expression(1), int64);
    return { text: `@st = stats(${e.text});`, run: (env) => {
      const n = e.run(env);
      const [count, total] = env.table<[bigint, bigint]>('@st').get('') ?? [0n, 0n];
      env.table('@st').set('', [count + 1n, BigInt.asIntN(64, total + n)]);
    } };
  },
  (m) => {
    const [key, map] = [smallKey(m), m.choose.one(['@c', '@lru'])];
    return { text: `print(delete(${map}, ${key.text}));`, run: (env) => say(env, String(env.table(map).delete(key.run(env)))) };
  },
  // counts are read in a loop, whose order is not defined
  (m) => {
    const id = m.id();
    return { text: `{ let $n_${id} : int64 = 0; for ($kv_${id} : @c) { if ($kv_${id}.0 == 3) { continue; } $n_${id} += (int64)$kv_${id}.0 * (int64)$kv_${id}.1; } print($n_${id}); }`, run: (env) => {
      let sum = 0n;
      for (const [key, value] of env.table<bigint>('@c')) if (key !== '3') sum += BigInt(key) * value;
      say(env, `${sum}`);
    } };
  },
];

const byValue = (env: Env, name: string): [string, bigint][] => [...env.table<bigint>(name)].sort(([a, x], [b, y]) => (x < y ? -1 : x > y ? 1 : Number(a) - Number(b)));
const sayMap = (env: Env, name: string): void => say(env, ...byValue(env, name).map(([key, value]) => `${name}[${key}]: ${value}`));

function sayRows(env: Env, head: string, rows: readonly (readonly [label: string, count: bigint])[]): void {
  const most = rows.reduce((top, [, count]) => (count > top ? count : top), 0n);
  say(env, head, ...rows.map(([label, count]) => `${label.padEnd(16)}${`${count}`.padStart(8)} |${'@'.repeat(Number((52n * count) / most)).padEnd(52)}|`), '');
}

function powerLabel(power: number): string {
  return `${1 << (power % 10)}${['', 'K', 'M', 'G', 'T', 'P', 'E'][Math.floor(power / 10)]}`;
}

/** Rows from the first to the last bucket that is not empty. */
function filled(counts: ReadonlyMap<number, bigint>, label: (bucket: number) => string): [string, bigint][] {
  const [first, last] = [Math.min(...counts.keys()), Math.max(...counts.keys())];
  return Array.from({ length: last - first + 1 }, (_, i) => [label(first + i), counts.get(first + i) ?? 0n]);
}

const aggregate = (name: string, call: string, value: (env: Env) => bigint | undefined): KeptMap => ({
  name, write: `${name} = ${call};`, print: `print(${name}); print((${name}, 1));`, run: (env) => say(env, `${name}: ${value(env) ?? 0n}`, `(${value(env) ?? 0n}, 1)`),
});

const words = ['', 'a', 'ab', 'abc', 'hello'];

export const keptMaps: readonly KeptMap[] = [
  ...(['@s', '@u'] as const).map((name): KeptMap => ({
    name, write: `${name}[(uint8)0] = (${name === '@s' ? '' : 'u'}int64)1;`, print: `print((${list(name)}, len(${name}))); print(${name}); print(${name}, 2);`,
    run: (env) => {
      say(env, `(${four.map((n) => env.map(name).get(`${n}`) ?? 0n).join(', ')}, ${env.map(name).size})`);
      sayMap(env, name);
      say(env, ...byValue(env, name).slice(-2).map(([key, value]) => `${name}[${key}]: ${value}`));
    },
  })),
  {
    name: '@k', write: '@k["0123456789"] = (int64)-1;', print: `print((${words.map((w) => `@k["${w}"]`).join(', ')}, len(@k)));`,
    run: (env) => say(env, `(${words.map((w) => env.map('@k').get(w) ?? 0n).join(', ')}, ${env.map('@k').size})`),
  },
  { name: '@n', write: '@n["0123456789"] = (int16)-1;', print: 'print(len(@n));', run: (env) => say(env, `${env.map('@n').size}`) },
  {
    name: '@r', write: '@r[(n=(int32)0, s="0123456789")] = ((int16)-1, "0123456789");', print: 'print(len(@r)); print(@r);',
    run: (env) => {
      // records are in the order of their fields
      const elements = [...env.table<[bigint, string]>('@r')].map(([key, value]) => ({ n: key[0]!, s: key.slice(2), value }));
      elements.sort((a, b) => (a.n !== b.n ? Number(a.n) - Number(b.n) : a.s < b.s ? -1 : 1));
      say(env, `${elements.length}`, ...elements.map(({ n, s, value }) => `@r[{ .n = ${n}, .s = ${s} }]: (${value[0]}, ${value[1]})`));
    },
  },
  {
    name: '@w', write: '@w[(uint8)0] = "0123456789";', print: `print((${list('@w')})); print(@w);`,
    run: (env) => {
      const map = env.table<string>('@w');
      say(env, `(${four.map((n) => map.get(`${n}`) ?? '').join(', ')})`, ...four.filter((n) => map.has(`${n}`)).map((n) => `@w[${n}]: ${map.get(`${n}`)}`));
    },
  },
  { name: '@x', write: '@x = (int64)-1;', print: 'print(@x);', run: (env) => say(env, `@x: ${env.table<bigint>('@x').get('') ?? 0n}`) },
  { name: '@text', write: '@text = "0123456789";', print: 'print((@text, 1));', run: (env) => say(env, `(${env.table<string>('@text').get('') ?? ''}, 1)`) },
  {
    name: '@lru', declared: 'let @lru = lruhash(100);', write: '@lru[(uint8)0] = (int32)-1;', print: `print((${list('@lru')}));`,
    run: (env) => say(env, `(${four.map((n) => env.table<bigint>('@lru').get(`${n}`) ?? 0n).join(', ')})`),
  },
  { name: '@c', write: '@c[(uint8)0] = count();', print: 'print(@c); clear(@c); print(@c);', run: (env) => sayMap(env, '@c') },
  {
    name: '@two', write: '@two[(uint8)0, (uint8)0] = (uint8)1;', print: 'print(@two[(uint8)1, (uint8)2]); print(len(@two));',
    run: (env) => say(env, `${env.table<bigint>('@two').get('1, 2') ?? 0n}`, `${env.table('@two').size}`),
  },
  {
    name: '@h', write: '@h = hist((int64)1);', print: 'print(@h);',
    run: (env) => {
      const counts = new Map([...env.table<bigint>('@h')].map(([bucket, count]) => [Number(bucket), count]));
      if (counts.size === 0) return say(env, '@h:', '');
      sayRows(env, '@h:', filled(counts, (b) => (b < 0 ? '(..., 0)' : b < 2 ? `[${b}]` : `[${powerLabel(b - 1)}, ${powerLabel(b)})`)));
    },
  },
  {
    name: '@lh', write: '@lh["0123456789"] = lhist((int64)1, 0, 100, 10);', print: 'print(@lh);',
    run: (env) => {
      const total = (counts: ReadonlyMap<number, bigint>): bigint => [...counts.values()].reduce((sum, n) => sum + n, 0n);
      const elements = [...env.table<Map<number, bigint>>('@lh')].sort(([a, x], [b, y]) => (total(x) !== total(y) ? Number(total(x) - total(y)) : a < b ? -1 : 1));
      for (const [key, counts] of elements) sayRows(env, `@lh[${key}]:`, filled(counts, (b) => (b === 0 ? '(..., 0)' : b === 11 ? '[100, ...)' : `[${(b - 1) * 10}, ${b * 10})`)));
    },
  },
  {
    name: '@st', write: '@st = stats((int64)1);', print: 'print(@st);',
    run: (env) => {
      const [count, total] = env.table<[bigint, bigint]>('@st').get('') ?? [0n, 0n];
      say(env, `@st: { .count = ${count}, .average = ${count === 0n ? 0n : total / count}, .total = ${total} }`);
    },
  },
  aggregate('@count', 'count()', (env) => env.table<bigint>('@count').get('')),
  aggregate('@sum', 'sum((int64)-1)', (env) => env.table<bigint>('@sum').get('')),
  aggregate('@min', 'min((int64)-1)', (env) => env.table<bigint>('@min').get('')),
  aggregate('@max', 'max((int64)-1)', (env) => env.table<bigint>('@max').get('')),
  aggregate('@avg', 'avg((int64)-1)', (env) => {
    const [count, total] = env.table<[bigint, bigint]>('@avg').get('') ?? [0n, 0n];
    return count === 0n ? undefined : total / count;
  }),
];

/** @count … @avg, from which nothing reads before the end. */
export const aggregateStatement: StatementForm = (m) => {
  const value = m.cast(m.expression(2), int64);
  const [name, call] = m.choose.one([['@count', 'count'], ['@sum', 'sum'], ['@min', 'min'], ['@max', 'max'], ['@avg', 'avg']] as const);
  const update = (env: Env): void => {
    if (name === '@count') return void env.table(name).set('', (env.table<bigint>(name).get('') ?? 0n) + 1n);
    const n = value.run(env);
    if (name === '@avg') {
      const [count, total] = env.table<[bigint, bigint]>(name).get('') ?? [0n, 0n];
      return void env.table(name).set('', [count + 1n, BigInt.asIntN(64, total + n)]);
    }
    const before = env.table<bigint>(name).get('');
    const now = before === undefined ? n : name === '@sum' ? BigInt.asIntN(64, before + n) : name === '@min' ? (n < before ? n : before) : n > before ? n : before;
    env.table(name).set('', now);
  };
  return { text: `${name} = ${call}(${name === '@count' ? '' : value.text});`, run: update };
};
