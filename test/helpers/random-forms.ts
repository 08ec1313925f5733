// The forms of random programs beyond operators: functions of the script, macros, named parameters, records, casts to arrays, blocks as
// values, and functions of the language, each with what it answers by language.md.
//
//   in     what makes operands (the generator of random-programs.ts)
//   out    expressions and statements like the generator's own
//   facts  emit() prints nothing as text; what asks the kernel (tasks, clocks, paths) has no answer that a test could know

import type { Choice } from './dice.js';
import type { Env, Expr, Int, Stmt, Text } from './random-programs.js';

export interface Maker {
  readonly choose: Choice;
  expression(depth: number, literals?: boolean): Expr;
  condition(depth: number): Expr;
  string(depth: number): Text;
  cast(e: Expr, type: Int): Expr;
  /** a number variable that may be assigned */
  variable(): { readonly name: string; readonly type: Int };
}

const int = (bits: Int['bits'], signed: boolean): Int => ({ bits, signed });
const [uint8, uint16, uint32, uint64] = [int(8, false), int(16, false), int(32, false), int(64, false)];
const [int8, int32, int64] = [int(8, true), int(32, true), int(64, true)];
const bool: Int = { bits: 8, signed: false, bool: true };
const s64 = (v: bigint): bigint => BigInt.asIntN(64, v);
const u64 = (v: bigint): bigint => BigInt.asUintN(64, v);

/** What stands before the probes. */
export const definitions = `enum color { RED = 1, BLUE = 7 };
fn mix($a : int64, $b : uint16) : int64 {
  if ($a < 0) { return -$a; }
  let $s : int64 = 0;
  for $i : 0..3 { $s += $a ^ (int64)$b; }
  return $s + (int64)$b;
}
fn half($x : uint64) : uint64 { return $x / 2; }
fn sums($a : int64, $b : int64, $c : int64, $d : int64, $e : int64, $f : int64) : int64 { return half((uint64)$a) > 5 ? $a + $c + $e : $b + $d + $f; }
fn longer($a : string[16], $b : string[16]) : bool { return strlen($a) > strlen($b); }
fn pair($a : int32, $s : string[16]) : typeof(((int32)1, (uint64)1)) { return ($a, strlen($s)); }
macro twice(e) { (int64)(e) + (int64)(e) }
macro raise($v, n) { $v += n; $v }
macro most(a, b) { (int64)(a) > (int64)(b) ? (int64)(a) : (int64)(b) }
`;

const mix = (a: bigint, b: bigint): bigint => (a < 0n ? s64(-a) : s64(3n * (a ^ b) + b));

type NumberForm = (m: Maker, depth: number) => Expr;

const numbers: readonly NumberForm[] = [
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
      const by = n.run(env);
      const now = type.signed ? BigInt.asIntN(type.bits, env.numbers.get(name)! + by) : BigInt.asUintN(type.bits, env.numbers.get(name)! + by);
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
const texts: readonly ((m: Maker) => Text)[] = [
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

const say = (env: Env, line: string): void => void env.lines.push(line);

const statements: readonly ((m: Maker, id: number) => Stmt)[] = [
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
  (m, id) => {
    const key = m.choose.below(4);
    return { text: `{ let $found_${id} : int64 = 99; print(find(@s, (uint8)${key}, $found_${id})); print($found_${id}); }`, run: (env) => {
      const value = env.map('@s').get(`${key}`);
      say(env, String(value !== undefined));
      say(env, String(value ?? 99n));
    } };
  },
  // the key's fields come back out of the loop; its elements are added up, since their order is not defined
  (m, id) => {
    const [a, s, v] = [m.cast(m.expression(1), uint8), m.string(1), m.cast(m.expression(2), int64)];
    const text = `{ @p_${id}[${a.text}, ${s.text}] = ${v.text}; @p_${id}[(uint8)3, "key"] = (int64)5; let $p_${id} : int64 = 0; for ($kv : @p_${id}) { $p_${id} += (int64)$kv.0.0 * $kv.1 + (int64)strlen($kv.0.1); } print($p_${id}); clear(@p_${id}); }`;
    return { text, run: (env) => {
      const value = v.run(env);
      const map = env.pairs(`@p_${id}`);
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
export const statementForm = (m: Maker, id: number): Stmt => m.choose.one(statements)(m, id);
