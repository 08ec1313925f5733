// Forms of random programs that read memory: members of C structures behind pointers, bit fields, elements of arrays and strings, records
// and tuples in variables, and what the compiler knows of a type.
//
//   idea   a variable's address is a pointer to bytes whose contents are known: the structure `odd` is laid over a random number
//   facts  little endian, and bit fields from the low end, as C compilers have it on the machines that BPF programs are tested on

import { bool, cut, int, int16, int64, type NumberForm, type StatementForm, say, type TextForm, uint16, uint32, uint64, uint8 } from './random-form.js';
import type { Int } from './random-programs.js';

export const memoryDefinitions: readonly (readonly [name: string, text: string])[] = [
  ['odd', 'struct odd { uint8_t a; uint8_t lo : 3; uint8_t hi : 5; int16_t d; uint32_t e : 20; uint32_t f : 12; };'],
  ['mac', 'struct mac { uint8_t bytes[6]; uint16_t rest; };'],
];

const members: readonly (readonly [name: string, at: number, bits: number, type: Int])[] = [
  ['a', 0, 8, uint8], ['lo', 8, 3, uint8], ['hi', 11, 5, uint8], ['d', 16, 16, int16], ['e', 32, 20, uint32], ['f', 52, 12, uint32],
];

export const memoryNumbers: readonly NumberForm[] = [
  (m, d) => {
    const [e, id, [member, at, bits, type]] = [m.cast(m.expression(d), uint64), m.id(), m.choose.one(members)];
    const access = m.choose.one(['->', '.']);
    return { text: `({ let $q_${id} : uint64 = ${e.text}; ((struct odd *)&$q_${id})${access}${member} })`, type, run: (env) => {
      const n = (e.run(env) >> BigInt(at)) & ((1n << BigInt(bits)) - 1n);
      return type.signed ? BigInt.asIntN(bits, n) : n;
    } };
  },
  (m, d) => {
    const [e, id] = [m.cast(m.expression(d), uint64), m.id()];
    return { text: `({ let $q_${id} : uint64 = ${e.text}; $a_${id} = &$q_${id}; *$a_${id} })`, type: uint64, run: (env) => e.run(env) };
  },
  (m, d) => {
    const [e, at] = [m.cast(m.expression(d), uint64), m.cast(m.expression(d), uint64)];
    return { text: `((uint8[8])${e.text})[${at.text} & 7]`, type: uint8, run: (env) => {
      const n = e.run(env);
      return (n >> (8n * (at.run(env) & 7n))) & 255n;
    } };
  },
  (m, d) => {
    const [s, at] = [m.choose.one(['$s0', '$s1']), m.cast(m.expression(d), uint64)];
    return { text: `${s}[${at.text} & 15]`, type: int(8, true), run: (env) => {
      const i = Number(at.run(env) & 15n);
      return BigInt(env.strings.get(s)!.charCodeAt(i) || 0);
    } };
  },
  (m, d) => {
    const e = m.cast(m.expression(d), uint64);
    return { text: `(uint64)container_of((int16 *)${e.text}, typeof(struct odd), d)`, type: uint64, run: (env) => BigInt.asUintN(64, e.run(env) - 2n) };
  },
  (m, d) => {
    const [e, n] = [m.cast(m.expression(d), uint64), m.choose.below(9)];
    return { text: `(uint64)((uint32 *)${e.text} + ${n})`, type: uint64, run: (env) => BigInt.asUintN(64, e.run(env) + 4n * BigInt(n)) };
  },
  (m, d) => {
    const e = m.cast(m.expression(d), uint32);
    return { text: `(uint32)(uint8[4])${e.text}`, type: uint32, run: (env) => e.run(env) };
  },
  (m) => {
    const [text, value] = m.choose.one([['offsetof(struct odd, d)', 2n], ['sizeof(struct odd)', 8n], ['sizeof(uint32[3])', 12n], ['sizeof((int64)1)', 8n]] as const);
    return { text, type: uint64, run: () => value };
  },
  () => ({ text: 'strcap($s0)', type: int64, run: () => 16n }),
  () => ({ text: '(int64)$r.n', type: int64, run: (env) => env.numbers.get('$r.n')! }),
  () => ({ text: '$r.deep.n', type: uint16, run: (env) => env.numbers.get('$r.deep.n')! }),
  (m, d) => {
    const [a, b] = [m.cast(m.expression(d), int16), m.cast(m.expression(d), int64)];
    const i = m.choose.below(2);
    return { text: `(${a.text}, ${b.text})[${i}]`, type: i === 0 ? int16 : int64, run: (env) => {
      const both = [a.run(env), b.run(env)];
      return both[i]!;
    } };
  },
];

export const memoryConditions: readonly NumberForm[] = [
  (m, d) => {
    const [a, b] = [m.cast(m.expression(d), uint64), m.choose.below(2) ? m.cast(m.expression(d), uint64) : undefined];
    const same = b ?? a;
    return { text: `((uint8[8])${a.text} == (uint8[8])${same.text})`, type: bool, run: (env) => {
      const x = a.run(env);
      return BigInt(x === same.run(env));
    } };
  },
  (m) => {
    const [text, value] = m.choose.one([
      ['is_ptr((int8 *)5)', 1n], ['is_ptr($s0)', 0n], ['is_array(pton("1.2.3.4"))', 1n], ['is_array($s0)', 0n], ['is_unsigned_integer($v0 > 0)', undefined], ['is_unsigned_integer((uint16)3)', 1n],
      ['is_unsigned_integer((int16)3)', 0n], ['is_literal("a")', 1n], ['is_literal($s0)', 0n], ['is_str(5)', 0n], ['is_integer($s0)', 0n],
    ] as const);
    return value === undefined ? { text: 'is_integer((uint64)5)', type: bool, run: () => 1n } : { text, type: bool, run: () => value };
  },
  () => ({ text: '$r.deep.flag', type: bool, run: (env) => env.numbers.get('$r.deep.flag')! }),
];

export const memoryTexts: readonly TextForm[] = [
  () => ({ text: '$r.s', run: (env) => env.strings.get('$r.s')! }),
];

export const memoryStatements: readonly StatementForm[] = [
  // $r is (n=int32, s=string, deep=(n=uint16, flag=bool))
  (m) => {
    const [n, s, deep, flag] = [m.cast(m.expression(2), int(32, true)), m.string(1), m.cast(m.expression(1), uint16), m.condition(1)];
    return { text: `$r = (n=${n.text}, s=${s.text}, deep=(n=${deep.text}, flag=${flag.text}));`, run: (env) => {
      const now = [n.run(env), s.run(env), deep.run(env), flag.run(env)] as const;
      env.numbers.set('$r.n', now[0]).set('$r.deep.n', now[2]).set('$r.deep.flag', now[3]);
      env.strings.set('$r.s', now[1]);
    } };
  },
  (m) => {
    const [e, id] = [m.cast(m.expression(2), uint64), m.id()];
    return { text: `{ let $q_${id} : uint64 = ${e.text}; print(macaddr(((struct mac *)&$q_${id})->bytes)); }`, run: (env) => {
      const n = e.run(env);
      say(env, [0n, 8n, 16n, 24n, 32n, 40n].map((shift) => ((n >> shift) & 255n).toString(16).toUpperCase().padStart(2, '0')).join(':'));
    } };
  },
  // written through the pointer's view of it, an address stays good after the variable has changed
  (m) => {
    const [e, f, id] = [m.cast(m.expression(1), uint64), m.cast(m.expression(1), uint64), m.id()];
    return { text: `{ let $q_${id} : uint64 = ${e.text}; $a_${id} = (struct odd *)&$q_${id}; $q_${id} = ${f.text}; print(($a_${id}.a, $a_${id}.f)); }`, run: (env) => {
      e.run(env);
      const n = f.run(env);
      say(env, `(${n & 255n}, ${n >> 52n})`);
    } };
  },
  () => ({ text: 'print($r);', run: (env) => say(env, `{ .n = ${env.numbers.get('$r.n')}, .s = ${env.strings.get('$r.s')}, .deep = { .n = ${env.numbers.get('$r.deep.n')}, .flag = ${env.numbers.get('$r.deep.flag') !== 0n} } }`) }),
  (m) => {
    const e = m.cast(m.expression(1), uint32);
    return { text: `print((uint8[4])${e.text});`, run: (env) => {
      const n = e.run(env);
      say(env, `[${[0n, 8n, 16n, 24n].map((shift) => (n >> shift) & 255n).join(',')}]`);
    } };
  },
  (m) => {
    const { name, type } = m.variable();
    return { text: `if comptime (sizeof(${name}) == 8) { print("eight"); } else { print("fewer"); }`, run: (env) => say(env, type.bits === 64 ? 'eight' : 'fewer') };
  },
  (m) => {
    const [id, type] = [m.id(), m.choose.one([int16, uint32, int64])];
    const e = m.cast(m.expression(1), type);
    return { text: `{ let $z_${id} : ${type.signed ? '' : 'u'}int${type.bits}; if (${e.text} > 9) { $z_${id} = ${e.text}; } print($z_${id}); }`, run: (env) => {
      const n = e.run(env);
      say(env, `${n > 9n ? cut(e.run(env), type) : 0n}`);
    } };
  },
];
