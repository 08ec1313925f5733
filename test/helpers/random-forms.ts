// The forms of random programs beyond operators: functions of the script, macros, named parameters, records, casts to arrays, blocks as
// values, and functions of the language, each with what it answers by language.md.
//
//   in     what makes operands (the generator of random-programs.ts)
//   out    expressions and statements like the generator's own
//   facts  what asks the kernel (tasks, clocks, paths) has no answer that a test could know

import { bool, cut, type Maker, type NumberForm, type StatementForm, say, s64, type TextForm, u64, int32, int64, int8, uint16, uint32, uint64, uint8 } from './random-form.js';
import { aggregateStatement, mapConditions, mapNumbers, mapStatements, mapTexts } from './random-maps.js';
import { memoryConditions, memoryDefinitions, memoryNumbers, memoryStatements, memoryTexts } from './random-memory.js';
import type { Expr, Stmt, Text } from './random-programs.js';

/** What may stand before the probes, each with a name that occurs where it is used; later ones may use earlier ones. */
export const definitions: readonly (readonly [name: string, text: string])[] = [
  ['RED|BLUE|color', 'enum color { RED = 1, BLUE = 7 };'],
  ...memoryDefinitions,
  ['mix', `fn mix($a : int64, $b : uint16) : int64 {
  if ($a < 0) { return -$a; }
  let $s : int64 = 0;
  for $i : 0..3 { $s += $a ^ (int64)$b; }
  return $s + (int64)$b;
}`],
  ['half', 'fn half($x : uint64) : uint64 { return $x / 2; }'],
  ['sums', 'fn sums($a : int64, $b : int64, $c : int64, $d : int64, $e : int64, $f : int64) : int64 { return half((uint64)$a) > 5 ? $a + $c + $e : $b + $d + $f; }'],
  ['longer', 'fn longer($a : string[16], $b : string[16]) : bool { return strlen($a) > strlen($b); }'],
  ['pair', 'fn pair($a : int32, $s : string[16]) : typeof(((int32)1, (uint64)1)) { return ($a, strlen($s)); }'],
  ['pick', 'fn pick($a : string[16], $b : string[16], $c : bool) : string[16] { if ($c) { return $a; } return $b; }'],
  ['named', 'fn named($n : int32, $s : string[16]) : typeof((n=(int32)1, s="0123456789abcde")) { return (n=(int32)($n + 1), s=$s); }'],
  ['first', `fn first($from : uint8) : uint8 {
  for $i : 0..8 { if ((int64)$i * 3 > (int64)$from) { return (uint8)$i; } }
  return 99;
}`],
  ['twice', 'macro twice(e) { (int64)(e) + (int64)(e) }'],
  ['raise', 'macro raise($v, n) { $v += n; $v }'],
  ['most', 'macro most(a, b) { (int64)(a) > (int64)(b) ? (int64)(a) : (int64)(b) }'],
  ['bump', 'macro bump(@m, k) { @m[k] = count(); }'],
];

const mix = (a: bigint, b: bigint): bigint => (a < 0n ? s64(-a) : s64(3n * (a ^ b) + b));

const numbers: readonly NumberForm[] = [
  ...memoryNumbers,
  ...mapNumbers,
  (m, d) => {
    const e = m.cast(m.expression(d), uint8);
    return { text: `first(${e.text})`, type: uint8, run: (env) => {
      const from = e.run(env);
      for (let i = 0n; i < 8n; i++) if (i * 3n > from) return i;
      return 99n;
    } };
  },
  (m, d) => {
    const [n, s] = [m.cast(m.expression(d), int32), m.string(1)];
    return { text: `named(${n.text}, ${s.text}).n`, type: int32, run: (env) => {
      const before = n.run(env);
      s.run(env);
      return BigInt.asIntN(32, before + 1n);
    } };
  },
  (m) => {
    const [a, b] = [m.string(1), m.string(1)];
    return { text: `strstr(${a.text}, ${b.text})`, type: int64, run: (env) => {
      const text = a.run(env);
      return BigInt(text.indexOf(b.run(env)));
    } };
  },
  (m, d) => {
    const [a, b] = [m.cast(m.expression(d), int64), m.cast(m.expression(d), uint16)];
    return { text: `mix(${a.text}, ${b.text})`, type: int64, run: (env) => mix(a.run(env), b.run(env)) };
  },
  (m, d) => {
    const six = Array.from({ length: 6 }, () => m.cast(m.expression(d), int64));
    return { text: `sums(${six.map(({ text }) => text).join(', ')})`, type: int64, run: (env) => {
      const [a, b, c, e, f, g] = six.map((each) => each.run(env)) as [bigint, bigint, bigint, bigint, bigint, bigint];
      return s64(u64(a) / 2n > 5n ? a + c + f : b + e + g);
    } };
  },
  (m, d) => {
    const [a, s] = [m.cast(m.expression(d), int32), m.string(1)];
    const first = m.choose.below(2) === 0;
    return { text: `pair(${a.text}, ${s.text}).${first ? 0 : 1}`, type: first ? int32 : uint64, run: (env) => {
      const [x, text] = [a.run(env), s.run(env)];
      return first ? x : BigInt(text.length);
    } };
  },
  (m, d) => {
    const e = m.cast(m.expression(d), int64);
    return { text: `twice(${e.text})`, type: int64, run: (env) => {
      const before = e.run(env);
      return s64(before + e.run(env));
    } };
  },
  (m, d) => {
    const [a, b] = [m.expression(d, false), m.expression(d, false)];
    return { text: `most(${a.text}, ${b.text})`, type: int64, run: (env) => {
      const [x, y] = [s64(a.run(env)), s64(b.run(env))];
      return s64(x > y ? a.run(env) : b.run(env));
    } };
  },
  (m, d) => {
    const [{ name, type }, n] = [m.variable(), m.expression(d, false)];
    return { text: `raise(${name}, ${n.text})`, type, run: (env) => {
      // `$v += n` is `$v = $v + n`: n may change $v
      const before = env.numbers.get(name)!;
      const now = cut(before + n.run(env), type);
      env.numbers.set(name, now);
      return now;
    } };
  },
  () => ({ text: 'getopt("n", 5)', type: uint64, run: () => 5n }),
  () => ({ text: 'getopt("below", -5)', type: int64, run: () => -5n }),
  (m, d) => {
    const type = m.choose.one([uint16, uint32, uint64]);
    const e = m.cast(m.expression(d), type);
    const bytes = type.bits / 8;
    return { text: `bswap(${e.text})`, type, run: (env) => {
      const n = e.run(env);
      let swapped = 0n;
      for (let i = 0; i < bytes; i++) swapped = (swapped << 8n) | ((n >> BigInt(8 * i)) & 255n);
      return swapped;
    } };
  },
  (m, d) => {
    const [a, b, s] = [m.cast(m.expression(d), int32), m.cast(m.expression(d), uint64), m.string(1)];
    const which = m.choose.one(['a', 'b'] as const);
    return { text: `(a=${a.text}, s=${s.text}, b=${b.text}).${which}`, type: which === 'a' ? int32 : uint64, run: (env) => {
      const [x, , y] = [a.run(env), s.run(env), b.run(env)];
      return which === 'a' ? x : y;
    } };
  },
  (m, d) => {
    const e = m.cast(m.expression(d), uint64);
    const i = m.choose.below(8);
    return { text: `((uint8[8])${e.text})[${i}]`, type: uint8, run: (env) => (e.run(env) >> BigInt(8 * i)) & 255n };
  },
  (m, d) => {
    const { name, type } = m.variable();
    const e = m.cast(m.expression(d), int64);
    return { text: `(typeof(${name}))${e.text}`, type, run: (env) => (type.signed ? BigInt.asIntN(type.bits, e.run(env)) : BigInt.asUintN(type.bits, e.run(env))) };
  },
  (m) => {
    const { name, type } = m.variable();
    return { text: `sizeof(${name})`, type: uint64, run: () => BigInt(type.bits / 8) };
  },
  (m, d) => {
    const [a, b] = [m.cast(m.expression(d), int64), m.cast(m.expression(d), int64)];
    return { text: `(${a.text} ?: ${b.text})`, type: int64, run: (env) => {
      const x = a.run(env);
      return x !== 0n ? x : b.run(env);
    } };
  },
  (m, d) => {
    const [c, a, b] = [m.condition(1), m.cast(m.expression(d), int64), m.cast(m.expression(d), int64)];
    return { text: `(if (${c.text}) { ${a.text} } else { ${b.text} })`, type: int64, run: (env) => (c.run(env) !== 0n ? a : b).run(env) };
  },
  (m) => {
    const [s, word] = [m.string(1), m.choose.one(['a', 'l', 'llo', 'zz', ' '])];
    return { text: `strstr(${s.text}, "${word}")`, type: int64, run: (env) => BigInt(s.run(env).indexOf(word)) };
  },
  (m) => {
    const [s, i] = [m.choose.one(['$s0', '$s1']), m.choose.below(12)];
    return { text: `${s}[${i}]`, type: int8, run: (env) => BigInt(env.strings.get(s)!.charCodeAt(i) || 0) };
  },
  (m) => {
    const parts = Array.from({ length: 4 }, () => m.choose.below(256));
    const i = m.choose.below(4);
    return { text: `pton("${parts.join('.')}")[${i}]`, type: uint8, run: () => BigInt(parts[i]!) };
  },
  () => ({ text: '(uint64)BLUE', type: uint64, run: () => 7n }),
  () => ({ text: '(int64)comptime (3 * 4 - 2)', type: int64, run: () => 10n }),
];

const conditions: readonly NumberForm[] = [
  ...memoryConditions,
  ...mapConditions,
  (m) => {
    const [a, b] = [m.string(1), m.string(1)];
    return { text: `strcontains(${a.text}, ${b.text})`, type: bool, run: (env) => {
      const text = a.run(env);
      return BigInt(text.includes(b.run(env)));
    } };
  },
  (m) => {
    const [a, b, n] = [m.string(1), m.string(1), m.choose.below(6)];
    return { text: `(strncmp(${a.text}, ${b.text}, ${n}) == 0)`, type: bool, run: (env) => {
      const text = a.run(env);
      return BigInt(text.slice(0, n) === b.run(env).slice(0, n));
    } };
  },
  (m, d) => {
    const [a, b, c, e] = [m.condition(1), m.cast(m.expression(d), uint8), m.condition(1), m.cast(m.expression(d), uint8)];
    return { text: `((f=${a.text}, n=${b.text}) == (f=${c.text}, n=${e.text}))`, type: bool, run: (env) => {
      const [f, n, g, k] = [a.run(env), b.run(env), c.run(env), e.run(env)];
      return BigInt(f === g && n === k);
    } };
  },
  (m) => {
    const [a, b] = [m.string(1), m.string(1)];
    return { text: `longer(${a.text}, ${b.text})`, type: bool, run: (env) => {
      const [x, y] = [a.run(env), b.run(env)];
      return BigInt(x.length > y.length);
    } };
  },
  (m) => {
    const n = m.choose.below(10);
    return { text: `(memcmp($s0, $s1, ${n}) == 0)`, type: bool, run: ({ strings }) => BigInt(strings.get('$s0')!.padEnd(16, '\0').slice(0, n) === strings.get('$s1')!.padEnd(16, '\0').slice(0, n)) };
  },
  (m, d) => {
    const [a, b, s, w] = [m.cast(m.expression(d), int32), m.cast(m.expression(d), int32), m.string(1), m.string(1)];
    const equal = m.choose.below(2) === 0;
    return { text: `((${a.text}, ${s.text}) ${equal ? '==' : '!='} (${b.text}, ${w.text}))`, type: bool, run: (env) => {
      const [x, p, y, q] = [a.run(env), s.run(env), b.run(env), w.run(env)];
      return BigInt((x === y && p === q) === equal);
    } };
  },
  (m, d) => {
    const e = m.cast(m.expression(d), int64);
    return { text: `is_err((uint64)${e.text})`, type: bool, run: (env) => {
      const n = e.run(env);
      return BigInt(n >= -4095n && n < 0n);
    } };
  },
  () => ({ text: 'getopt("on", true)', type: bool, run: () => 1n }),
  (m, d) => ({ text: `is_integer(${m.expression(d, false).text} + 1)`, type: bool, run: () => 1n }),
  (m) => ({ text: `is_str(${m.string(1).text})`, type: bool, run: () => 1n }),
  (m) => {
    const key = m.choose.below(4);
    return { text: `has_key(@s, (uint8)${key})`, type: bool, run: (env) => BigInt(env.map('@s').has(`${key}`)) };
  },
];

// variables of text have room for 16 bytes
const texts: readonly TextForm[] = [
  ...memoryTexts,
  ...mapTexts,
  () => ({ text: 'str(strerror(1), 10)', run: () => 'Operation' }),
  () => ({ text: '("hello world"[(uint8)0] == 104 ? "yes" : "no")', run: () => 'yes' }),
  (m) => {
    const [a, b, c] = [m.string(1), m.string(1), m.condition(1)];
    return { text: `pick(${a.text}, ${b.text}, ${c.text})`, run: (env) => {
      const both = [a.run(env), b.run(env)] as const;
      return c.run(env) !== 0n ? both[0] : both[1];
    } };
  },
  (m) => {
    const [n, s] = [m.cast(m.expression(1), int32), m.string(1)];
    return { text: `named(${n.text}, ${s.text}).s`, run: (env) => {
      n.run(env);
      return s.run(env);
    } };
  },
  () => ({ text: 'str(getopt("text", "abc"), 15)', run: () => 'abc' }),
  (m) => {
    const [e, s] = [m.cast(m.expression(1), int32), m.string(1)];
    return { text: `(n=${e.text}, s=${s.text}).s`, run: (env) => {
      e.run(env);
      return s.run(env);
    } };
  },
  (m) => {
    const [s, n] = [m.choose.one(['$s0', '$s1']), 1 + m.choose.below(12)];
    return { text: `str(${s}, ${n})`, run: (env) => env.strings.get(s)!.slice(0, n - 1) };
  },
  () => ({ text: 'str(syscall_name(0), 15)', run: () => 'read' }),
  () => ({ text: 'str(signal_name(9), 15)', run: () => 'Killed' }),
];

const statements: readonly StatementForm[] = [
  ...memoryStatements,
  ...mapStatements,
  aggregateStatement,
  aggregateStatement,
  (m) => {
    const s = m.string(1);
    return { text: `printf("%6s|%-6s|%r\\n", ${s.text}, ${s.text}, buf("a\\x01b", 3));`, run: (env) => {
      const [a, b] = [s.run(env), s.run(env)];
      say(env, `${a.padStart(6)}|${b.padEnd(6)}|a\\x01b`);
    } };
  },
  (m) => {
    const [a, b] = [m.cast(m.expression(2), uint32), m.cast(m.expression(1), uint8)];
    return { text: `printf("%o %#x %06u %c\\n", ${a.text}, ${a.text}, ${b.text}, (${b.text} & 15) + 65);`, run: (env) => {
      const [x, y, z, w] = [a.run(env), a.run(env), b.run(env), b.run(env)];
      say(env, `${x.toString(8)} ${y === 0n ? '0' : `0x${y.toString(16)}`} ${`${z}`.padStart(6, '0')} ${String.fromCharCode(Number(w & 15n) + 65)}`);
    } };
  },
  (m) => {
    const [n, s] = [m.cast(m.expression(1), int32), m.string(1)];
    return { text: `emit("found", (n=${n.text}, s=${s.text}));`, run: (env) => say(env, `found: { .n = ${n.run(env)}, .s = ${s.run(env)} }`) };
  },
  (m) => {
    const c = m.condition(1);
    return { text: `${c.text} ? print("yes") : print("no");`, run: (env) => say(env, c.run(env) !== 0n ? 'yes' : 'no') };
  },
  (m) => {
    const e = m.expression(2, false);
    return { text: `_ = ${e.text};`, run: (env) => void e.run(env) };
  },
  () => ({ text: 'print((probe, ntop(pton("fe80::1"))));', run: (env) => say(env, '(begin, fe80::1)') }),
  (m) => ({ text: `static_assert(sizeof(uint32) == 4, "four");${m.outsideLoops ? ' assert($r.deep.n < 70000, "less");' : ''}`, run: () => undefined }),
  // where the program leaves, what stands behind it does not happen
  (m) => {
    const [c, status] = [m.condition(1), m.choose.below(4)];
    if (!m.outsideLoops || m.choose.below(3) > 0) return { text: `if (${c.text}) { print("was true"); }`, run: (env) => void (c.run(env) !== 0n && say(env, 'was true')) };
    return { text: `if (${c.text}) { exit(${status}); }`, run: (env) => {
      if (c.run(env) === 0n) return undefined;
      env.status = status;
      return 'return';
    } };
  },
  (m) => {
    const n = m.choose.below(4);
    return { text: `bump(@c, (uint8)${n});`, run: (env) => void env.table('@c').set(`${n}`, (env.table<bigint>('@c').get(`${n}`) ?? 0n) + 1n) };
  },
  (m) => {
    const e = m.cast(m.expression(2), uint32);
    return { text: `print(ntop(${e.text}));`, run: (env) => {
      const n = e.run(env);
      say(env, [0n, 8n, 16n, 24n].map((shift) => (n >> shift) & 255n).join('.'));
    } };
  },
  (m) => {
    const e = m.cast(m.expression(1), uint8);
    return { text: `print((enum color)(${e.text} & 7));`, run: (env) => {
      const n = e.run(env) & 7n;
      say(env, n === 1n ? 'RED' : n === 7n ? 'BLUE' : `${n}`);
    } };
  },
  (m) => {
    const [a, b] = [m.cast(m.expression(2), uint64), m.cast(m.expression(2), int32)];
    return { text: `printf("%llx|%8d|%-8d|%s\\n", ${a.text}, ${b.text}, ${b.text}, ${b.text} > 0);`, run: (env) => {
      const [x, y, z, w] = [a.run(env), b.run(env), b.run(env), b.run(env)];
      say(env, `${x.toString(16)}|${String(y).padStart(8)}|${String(z).padEnd(8)}|${w > 0n}`);
    } };
  },
  (m) => {
    const [a, b] = [m.string(1), m.string(1)];
    return { text: `print(str_concat(${a.text}, ${b.text}));`, run: (env) => say(env, a.run(env) + b.run(env)) };
  },
  (m) => {
    const [a, s, b] = [m.cast(m.expression(2), int32), m.string(1), m.condition(1)];
    return { text: `print((n=${a.text}, inner=(s=${s.text}, flag=${b.text})));`, run: (env) => say(env, `{ .n = ${a.run(env)}, .inner = { .s = ${s.run(env)}, .flag = ${b.run(env) !== 0n} } }`) };
  },
  (m) => {
    const id = m.id();
    const key = m.choose.below(4);
    return { text: `{ let $found_${id} : int64 = 99; print(find(@s, (uint8)${key}, $found_${id})); print($found_${id}); }`, run: (env) => {
      const value = env.map('@s').get(`${key}`);
      say(env, String(value !== undefined));
      say(env, String(value ?? 99n));
    } };
  },
  // the key's fields come back out of the loop; its elements are added up, since their order is not defined
  (m) => {
    const id = m.id();
    const [a, s, v] = [m.cast(m.expression(1), uint8), m.string(1), m.cast(m.expression(2), int64)];
    const text = `{ @p_${id}[${a.text}, ${s.text}] = ${v.text}; @p_${id}[(uint8)3, "key"] = (int64)5; let $p_${id} : int64 = 0; for ($kv : @p_${id}) { $p_${id} += (int64)$kv.0.0 * $kv.1 + (int64)strlen($kv.0.1); } print($p_${id}); clear(@p_${id}); }`;
    return { text, run: (env) => {
      const value = v.run(env);
      const map = env.table<[bigint, string, bigint]>(`@p_${id}`);
      const [n, word] = [a.run(env), s.run(env)];
      map.set(`${n},${word}`, [n, word, value]);
      map.set('3,key', [3n, 'key', 5n]);
      say(env, String([...map.values()].reduce((sum, [k, w, each]) => s64(sum + k * each + BigInt(w.length)), 0n)));
    } };
  },
];

export const form = (m: Maker, depth: number): Expr => m.choose.one(numbers)(m, Math.max(depth - 1, 0));
export const conditionForm = (m: Maker, depth: number): Expr => m.choose.one(conditions)(m, Math.max(depth - 1, 0));
export const textForm = (m: Maker): Text => m.choose.one(texts)(m);
export const statementForm = (m: Maker): Stmt => m.choose.one(statements)(m);
