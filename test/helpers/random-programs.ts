// Random programs of the language, each with what it must print.
//
//   in     a seed
//   out    a script of one begin probe, and its output as language.md defines it, computed here in exact arithmetic
//   idea   what is generated carries its text, its type and a function that runs it: a second implementation of chapter 2, which
//          shares nothing with the compiler
//   facts  expressions change variables only, never maps: the language does not define in which order a statement reads the map it writes

import { type Choice, dice } from './dice.js';
import type { Maker } from './random-form.js';
import { conditionForm, definitions, form, statementForm, textForm } from './random-forms.js';
import { keptMaps } from './random-maps.js';

export interface Int { readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean; readonly flexible?: boolean; readonly bool?: boolean }
export interface Expr { readonly text: string; readonly type: Int; readonly literal?: boolean; run(env: Env): bigint }
export interface Text { readonly text: string; run(env: Env): string }
type End = 'break' | 'continue' | 'return' | undefined;
export interface Stmt { readonly text: string; run(env: Env): End | void }
interface Variable { readonly name: string; readonly type: Int }

/** What a running program has. */
export class Env {
  readonly numbers = new Map<string, bigint>();
  readonly strings = new Map<string, string>();
  readonly lines: string[] = [];
  /** of exit() */
  status = 0;
  /** turns of loops; a program that takes too many is thrown away */
  turns = 0;

  private readonly tables = new Map<string, Map<string, unknown>>();

  /** The map of this name, by what its keys print as. */
  table<T>(name: string): Map<string, T> {
    let table = this.tables.get(name);
    if (!table) this.tables.set(name, (table = new Map()));
    return table as Map<string, T>;
  }

  /** A map of numbers. */
  map(name: string): Map<string, bigint> {
    return this.table<bigint>(name);
  }
}

const ints: readonly Int[] = ([8, 16, 32, 64] as const).flatMap((bits) => [{ bits, signed: true }, { bits, signed: false }]);
const bool: Int = { bits: 8, signed: false, bool: true };
const int64: Int = { bits: 64, signed: true };
const uint64: Int = { bits: 64, signed: false };
const tupleTypes = [{ bits: 16, signed: true }, { bits: 32, signed: false }] as const satisfies readonly Int[];
const words = ['', 'a', 'ab', 'abc', 'hello', 'hello world', 'help', 'zzz'];

const nameOf = (t: Int): string => (t.bool ? 'bool' : `${t.signed ? '' : 'u'}int${t.bits}`);
const wrap = (v: bigint, t: Int): bigint => (t.bool ? BigInt(v !== 0n) : t.signed ? BigInt.asIntN(t.bits, v) : BigInt.asUintN(t.bits, v));
const shown = (v: bigint, t: Int): string => (t.bool ? String(v !== 0n) : `${v}`);

function promote(a: Int, b: Int): Int {
  const bits = a.bits > b.bits ? a.bits : b.bits;
  if (a.bool && b.bool) return bool;
  if (a.flexible && !b.flexible) return { bits, signed: b.signed };
  if (b.flexible && !a.flexible) return { bits, signed: a.signed };
  if (a.signed === b.signed) return { bits, signed: a.signed };
  const [signed, unsigned] = a.signed ? [a, b] : [b, a];
  if (signed.bits > unsigned.bits) return { bits: signed.bits, signed: true };
  return { bits: unsigned.bits === 64 ? 64 : ((unsigned.bits * 2) as 16), signed: true };
}

/** Signs after literals have adopted those of the other side. */
function eitherSigned(a: Int, b: Int): boolean {
  const left = a.flexible && !b.flexible ? b.signed : a.signed;
  const right = b.flexible && !a.flexible ? a.signed : b.signed;
  return left || right;
}

function literalType(v: bigint): Int {
  const bits = ([8, 16, 32] as const).find((n) => BigInt.asIntN(n, v) === v) ?? 64;
  return { bits, signed: true, ...(v >= 0n ? { flexible: true } : {}) };
}

export interface RandomProgram { readonly script: string; readonly expected: string; readonly status: number }

/** @param size  about how many statements */
export function randomProgram(seed: number, size = 14): RandomProgram {
  for (let attempt = 0; ; attempt++) {
    const program = new Generator(dice(seed * 1000 + attempt), size).program();
    if (program) return program;
  }
}

const MOST_TURNS = 600;
const isType = (text: string): boolean => /^(?:enum|struct) /.test(text);
const mentions = (text: string, name: string): boolean => new RegExp(`\\b(?:${name})\\b`).test(text);

class Generator {
  private readonly variables: Variable[] = [];
  private readonly texts = ['$s0', '$s1'];
  private readonly loopNames: string[] = [];
  private depth = 0;

  private ids = 0;
  private loops = 0;
  private readonly maker: Maker;

  constructor(
    private readonly choose: Choice,
    private readonly size: number,
  ) {
    const outsideLoops = (): boolean => this.loops === 0;
    this.maker = {
      choose, id: () => this.ids++, get outsideLoops() { return outsideLoops(); }, expression: (depth, literals) => this.expression(depth, literals), condition: (depth) => this.condition(depth), string: (depth) => this.string(depth),
      cast: (e, type) => this.cast(e, type), variable: () => choose.one(this.variables.filter((v) => !v.type.bool)),
    };
  }

  program(): RandomProgram | undefined {
    const env = new Env();
    const head: [name: string, text: string][] = [];
    for (let i = 0; i < 6; i++) {
      const type = i === 5 ? bool : this.choose.one(ints);
      const value = wrap(this.number(), type);
      this.variables.push({ name: `$v${i}`, type });
      head.push([`$v${i}`, `let $v${i} : ${nameOf(type)} = (${nameOf(type)})${value < 0n ? `(${value})` : value};`]);
      env.numbers.set(`$v${i}`, value);
    }
    for (const name of this.texts) {
      const word = this.choose.one(words);
      head.push([name, `let ${name} : string[16] = "${word}";`]);
      env.strings.set(name, word);
    }
    head.push(['$t', '$t = ((int16)0, $s0, ((uint32)7, true));'], ['$r', '$r = (n=(int32)1, s=$s1, deep=(n=(uint16)2, flag=true));']);
    env.numbers.set('$t.0', 0n).set('$t.2.0', 7n).set('$t.2.1', 1n).set('$r.n', 1n).set('$r.deep.n', 2n).set('$r.deep.flag', 1n);
    env.strings.set('$t.1', env.strings.get('$s0')!).set('$r.s', env.strings.get('$s1')!);
    const body = this.statements(this.size);
    try {
      runAll(body, env);
    } catch (error) {
      if (error instanceof TooLong) return undefined;
      throw error;
    }
    const text = body.map((s) => s.text).join('\n');
    const kept = keptMaps.filter(({ name }) => mentions(text, name.slice(1)) && text.includes(name));
    for (const map of kept) map.run(env);
    return { script: this.script(head, text, kept), expected: env.lines.map((line) => `${line}\n`).join(''), status: env.status };
  }

  /** With what the body uses, so that a small program stays small. */
  private script(head: readonly (readonly [name: string, text: string])[], body: string, kept: typeof keptMaps): string {
    const used = (text: string, known: readonly (readonly [name: string, text: string])[]): string[] => {
      const found: string[] = [];
      let all = text;
      // what is used by one stands before it
      for (const [name, text] of [...known].reverse()) if (mentions(all, name.replaceAll('$', ''))) all += found[found.push(text) - 1]!;
      return found.reverse();
    };
    const [types, rest] = [used(body, definitions.filter(([, text]) => isType(text))), used(body, definitions.filter(([, text]) => !isType(text)))];
    const writes = kept.map(({ write }) => `  if (pid == 0) { ${write} }`);
    const end = kept.length === 0 ? [] : ['end {', ...kept.map(({ print }) => `  ${print}`), ...writes, '}'];
    return [
      ...types, 'config = { print_maps_on_exit = false }', ...kept.flatMap(({ declared }) => declared ?? []), ...rest,
      'begin {', indent([...used(body, head), body].join('\n')), '}', ...end, '',
    ].join('\n');
  }

  private statements(count: number): Stmt[] {
    return Array.from({ length: count }, () => this.statement());
  }

  private block(most: number): { text: string; list: Stmt[] } {
    const list = this.statements(1 + this.choose.below(most));
    return { text: `{\n${indent(list.map((s) => s.text).join('\n'))}\n}`, list };
  }

  private statement(): Stmt {
    const { choose } = this;
    const nested = this.depth < 3;
    switch (choose.weighted([6, 3, 2, 3, 3, 2, nested ? 3 : 0, nested ? 2 : 0, nested ? 1 : 0, this.loopNames.length > 0 ? 1 : 0, nested ? 1 : 0, 1, 2, 1, 1, 4])) {
      case 0: return this.assign();
      case 1: return this.compound();
      case 2: return this.assignText();
      case 3: return this.assignMap();
      case 4: return this.print();
      case 5: return statementForm(this.maker);
      case 6: return this.conditional();
      case 7: return this.range();
      case 8: return this.whileLoop();
      case 9: return this.jump();
      case 10: return this.unroll();
      case 11: return this.increment();
      case 12: return this.assignTuple();
      case 13: return this.assignNarrow();
      case 14: return this.walkMap();
      default: return statementForm(this.maker);
    }
  }

  // ---- statements ------------------------------------------------------------------------------------------------

  private assign(): Stmt {
    const { name, type } = this.choose.one(this.variables);
    const value = type.bool ? this.condition(3) : this.expression(3);
    const text = value.literal ? `(${nameOf(type)})${value.text}` : value.text;
    return { text: `${name} = ${text};`, run: (env) => void env.numbers.set(name, wrap(value.run(env), type)) };
  }

  private compound(): Stmt {
    const { name, type } = this.choose.one(this.variables.filter((v) => !v.type.bool));
    const op = this.choose.one(['+', '-', '*', '&', '|', '^', '/', '%']);
    const value = this.expression(2);
    return { text: `${name} ${op}= ${value.text};`, run: (env) => {
      const before = env.numbers.get(name)!;
      env.numbers.set(name, wrap(compute(op, before, value.run(env)), type));
    } };
  }

  private increment(): Stmt {
    const step = this.bump();
    return { text: `${step.text};`, run: (env) => void step.run(env) };
  }

  private assignText(): Stmt {
    const name = this.choose.one(this.texts);
    const value = this.string(2);
    return { text: `${name} = ${value.text};`, run: (env) => void env.strings.set(name, value.run(env)) };
  }

  /** @s holds int64, @u uint64, @k by strings int64. */
  private assignMap(): Stmt {
    const { choose } = this;
    const which = choose.one(['@s', '@u', '@k']);
    const key = this.key(which);
    const type = which === '@u' ? uint64 : int64;
    const access = `${which}[${key.text}]`;
    const value = this.cast(this.expression(2), type);
    // the key of `op=` is evaluated again for the assignment
    const set = (change: (before: bigint, env: Env) => bigint, again = true) => (env: Env): void => {
      const from = key.run(env);
      const now = wrap(change(env.map(which).get(from) ?? 0n, env), type);
      env.map(which).set(again ? key.run(env) : from, now);
    };
    switch (choose.below(which === '@u' ? 4 : 6)) {
      case 0: return { text: `${access}++;`, run: set((before) => before + 1n, false) };
      case 1: {
        const op = choose.one(['+', '*', '&', '|', '^']);
        return { text: `${access} ${op}= ${value.text};`, run: set((before, env) => compute(op, before, value.run(env))) };
      }
      case 2: return { text: `delete(${which}, ${key.text});`, run: (env) => void env.map(which).delete(key.run(env)) };
      case 3: return { text: `${access} = ${value.text};`, run: (env) => {
        const now = value.run(env);
        env.map(which).set(key.run(env), now);
      } };
      case 4: return { text: `${access}--;`, run: set((before) => before - 1n, false) };
      default: return { text: `${access} -= ${value.text};`, run: set((before, env) => before - value.run(env)) };
    }
  }

  /** $t is (int16, string, (uint32, bool)). */
  private assignTuple(): Stmt {
    const [a, b] = [this.cast(this.expression(2), tupleTypes[0]), this.cast(this.expression(1), tupleTypes[1])];
    const [word, flag] = [this.string(1), this.condition(1)];
    const text = `$t = (${a.text}, ${word.text}, (${b.text}, ${flag.text}));`;
    return { text, run: (env) => {
      const now = [a.run(env), word.run(env), b.run(env), flag.run(env)] as const;
      env.numbers.set('$t.0', now[0]);
      env.strings.set('$t.1', now[1]);
      env.numbers.set('$t.2.0', now[2]);
      env.numbers.set('$t.2.1', now[3]);
    } };
  }

  /** @n holds int16. */
  private assignNarrow(): Stmt {
    const [key, value] = [this.string(1), this.cast(this.expression(2), tupleTypes[0])];
    return { text: `@n[${key.text}] = ${value.text};`, run: (env) => {
      const now = value.run(env);
      env.map('@n').set(key.run(env), now);
    } };
  }

  /** Iterates in an order that the language does not define. */
  private walkMap(): Stmt {
    const id = this.choose.below(1000);
    const map = this.choose.one(['@s', '@u']);
    const text = `let $sum_${id} : int64 = 0;\nfor ($kv_${id} : ${map}) { $sum_${id} += ($kv_${id}.1 ^ 5) + (int64)$kv_${id}.0; }\nprint(($sum_${id}, len(${map})));`;
    return { text: `{\n${indent(text)}\n}`, run: (env) => {
      let sum = 0n;
      for (const [key, value] of env.map(map)) sum = BigInt.asIntN(64, sum + (value ^ 5n) + BigInt(key));
      env.lines.push(`(${sum}, ${env.map(map).size})`);
    } };
  }

  private print(): Stmt {
    const parts = Array.from({ length: 1 + this.choose.below(3) }, () => this.expression(2));
    const word = this.string(1);
    switch (this.choose.below(3)) {
      // print() of a map without key prints its name
      case 0: return { text: `print(${parts[0]!.text === '@x' ? '(int64)@x' : parts[0]!.text});`, run: (env) => void env.lines.push(shown(parts[0]!.run(env), parts[0]!.type)) };
      case 1: {
        const text = `print((${[...parts.map((p) => p.text), word.text].join(', ')}));`;
        return { text, run: (env) => void env.lines.push(`(${[...parts.map((p) => shown(p.run(env), p.type)), word.run(env)].join(', ')})`) };
      }
      default: {
        const text = `printf("%s ${parts.map((p) => (p.type.signed ? '%lld' : '%llu')).join(' ')}\\n", ${[word.text, ...parts.map((p) => p.text)].join(', ')});`;
        return { text, run: (env) => void env.lines.push([word.run(env), ...parts.map((p) => `${p.run(env)}`)].join(' ')) };
      }
    }
  }

  private nested<T>(make: () => T): T {
    this.depth++;
    const made = make();
    this.depth--;
    return made;
  }

  /** A body that may be left by `break`. */
  private looped<T>(make: () => T): T {
    this.loops++;
    const made = this.nested(make);
    this.loops--;
    return made;
  }

  private conditional(): Stmt {
    const test = this.condition(2);
    const yes = this.nested(() => this.block(3));
    const no = this.choose.below(2) ? this.nested(() => this.block(3)) : undefined;
    return { text: `if (${test.text}) ${yes.text}${no ? ` else ${no.text}` : ''}`, run: (env) => (test.run(env) !== 0n ? runAll(yes.list, env) : no ? runAll(no.list, env) : undefined) };
  }

  private range(): Stmt {
    const name = `$i${this.loopNames.length}_${this.choose.below(1000)}_${this.ids++}`;
    const from = this.choose.below(3);
    const to = from + this.choose.below(5);
    this.loopNames.push(name);
    const body = this.looped(() => this.block(4));
    this.loopNames.pop();
    return { text: `for ${name} : ${from}..${to} ${body.text}`, run: (env) => {
      for (let i = from; i < to; i++) {
        env.numbers.set(name, BigInt(i));
        const end = turn(body.list, env);
        if (end === 'break') break;
        if (end === 'return') return end;
      }
      return undefined;
    } };
  }

  private whileLoop(): Stmt {
    const name = `$w${this.loopNames.length}_${this.choose.below(1000)}_${this.ids++}`;
    const most = 1 + this.choose.below(5);
    const test = this.condition(1);
    this.loopNames.push(name);
    const body = this.looped(() => this.block(3));
    this.loopNames.pop();
    const text = `let ${name} : int64 = 0;\nwhile (${name} < ${most} && ${test.text}) {\n  ${name} += 1;\n${indent(body.text)}\n}`;
    return { text, run: (env) => {
      env.numbers.set(name, 0n);
      while (env.numbers.get(name)! < BigInt(most) && test.run(env) !== 0n) {
        env.numbers.set(name, env.numbers.get(name)! + 1n);
        const end = turn(body.list, env);
        if (end === 'break') break;
        if (end === 'return') return end;
      }
      return undefined;
    } };
  }

  private unroll(): Stmt {
    const count = 1 + this.choose.below(3);
    this.loopNames.push('');
    const body = this.looped(() => this.block(2));
    this.loopNames.pop();
    return { text: `unroll (${count}) ${body.text}`, run: (env) => {
      for (let i = 0; i < count; i++) {
        const end = turn(body.list, env);
        if (end === 'break') break;
        if (end === 'return') return end;
      }
      return undefined;
    } };
  }

  private jump(): Stmt {
    const end = this.choose.one(['break', 'continue', 'break', 'continue', 'return'] as const);
    const test = this.condition(1);
    return { text: `if (${test.text}) { ${end}; }`, run: (env) => (test.run(env) !== 0n ? end : undefined) };
  }

  // ---- expressions -----------------------------------------------------------------------------------------------

  private number(): bigint {
    const { choose } = this;
    switch (choose.below(6)) {
      case 0: return BigInt(choose.below(10));
      case 1: return -BigInt(choose.below(200));
      case 2: return BigInt(choose.below(70000));
      case 3: return (1n << BigInt(choose.below(63))) - BigInt(choose.below(2));
      case 4: return -(1n << BigInt(choose.below(63)));
      default: return BigInt(choose.below(300));
    }
  }

  private literal(): Expr {
    const value = this.number();
    return { text: value < 0n ? `(${value})` : `${value}`, type: literalType(value), literal: true, run: () => value };
  }

  private read(): Expr {
    switch (this.choose.below(12)) {
      case 0: return { text: '$t.0', type: tupleTypes[0], run: (env) => env.numbers.get('$t.0')! };
      case 1: return { text: '$t.2.0', type: tupleTypes[1], run: (env) => env.numbers.get('$t.2.0')! };
      case 2: return { text: '$t.2.1', type: bool, run: (env) => env.numbers.get('$t.2.1')! };
      case 3: {
        const key = this.string(0);
        return { text: `@n[${key.text}]`, type: tupleTypes[0], run: (env) => env.map('@n').get(key.run(env)) ?? 0n };
      }
      default:
    }
    const { name, type } = this.choose.one(this.variables);
    return { text: name, type, run: (env) => env.numbers.get(name)! };
  }

  private cast(e: Expr, type: Int): Expr {
    return { text: `(${nameOf(type)})(${e.text})`, type, run: (env) => wrap(e.run(env), type) };
  }

  /** The value of `$v++` and its like. */
  private bump(): Expr {
    const { name, type } = this.choose.one(this.variables.filter((v) => !v.type.bool));
    const delta = this.choose.below(2) ? 1n : -1n;
    const prefix = this.choose.below(2) === 1;
    const op = delta > 0n ? '++' : '--';
    return { text: prefix ? `${op}${name}` : `${name}${op}`, type, run: (env) => {
      const before = env.numbers.get(name)!;
      const after = wrap(before + delta, type);
      env.numbers.set(name, after);
      return prefix ? after : before;
    } };
  }

  private key(map: string): Text {
    if (map === '@k') return this.string(1);
    const e = this.expression(1);
    return { text: `(uint8)((${e.text}) & 3)`, run: (env) => `${BigInt.asUintN(8, e.run(env) & 3n)}` };
  }

  private readMap(): Expr {
    const map = this.choose.one(['@s', '@u', '@k']);
    const key = this.choose.below(2) === 0 || map === '@k' ? this.plainKey(map) : this.key(map);
    return { text: `${map}[${key.text}]`, type: map === '@u' ? uint64 : int64, run: (env) => env.map(map).get(key.run(env)) ?? 0n };
  }

  private plainKey(map: string): Text {
    if (map !== '@k') {
      const n = this.choose.below(4);
      return { text: `(uint8)${n}`, run: () => `${n}` };
    }
    return this.string(0);
  }

  private expression(depth: number, literals = true): Expr {
    const { choose } = this;
    if (depth === 0) return literals && choose.below(3) === 0 ? this.literal() : choose.below(4) === 0 ? this.readMap() : this.read();
    switch (choose.weighted([2, 7, 3, 2, 2, 2, 1, 1, 1, this.loopNames.some((n) => n !== '') ? 2 : 0, 5])) {
      case 10: return form(this.maker, depth);
      case 0: return this.expression(0, literals);
      case 1: return this.binary(depth);
      case 2: return this.cast(this.expression(depth - 1), choose.one(ints));
      case 3: {
        const e = this.expression(depth - 1, false);
        if (e.type.bool) return e;
        const op = choose.one(['-', '~']);
        const type = e.type.signed ? int64 : uint64;
        // an unsigned operand keeps its width
        const width = e.type.signed ? type : e.type;
        return { text: `${op}(${e.text})`, type, run: (env) => wrap(op === '-' ? -e.run(env) : ~e.run(env), width) };
      }
      case 4: {
        const test = this.condition(depth - 1);
        const [a, b] = [this.expression(depth - 1, false), this.expression(depth - 1)];
        const type = promote(a.type, b.type);
        const text = `(${test.text} ? ${a.text} : ${b.text})`;
        // a condition that is decided while compiling leaves the branch that is taken, with its own type
        const decided = /\bis_(?!err)\w+\(/.test(test.text);
        return { text: decided ? `(${nameOf(type)})${text}` : text, type, run: (env) => wrap(test.run(env) !== 0n ? a.run(env) : b.run(env), type) };
      }
      case 5: return this.condition(depth - 1);
      case 6: return this.bump();
      case 7: {
        const s = this.string(1);
        return { text: `strlen(${s.text})`, type: uint64, run: (env) => BigInt(s.run(env).length) };
      }
      case 8: {
        const { name, type } = choose.one(this.variables.filter((v) => !v.type.bool));
        const [a, b] = [this.expression(depth - 1), this.expression(depth - 1, false)];
        return { text: `({ ${name} = (${nameOf(type)})(${a.text}); ${b.text} })`, type: b.type, run: (env) => {
          env.numbers.set(name, wrap(a.run(env), type));
          return b.run(env);
        } };
      }
      default: {
        const name = choose.one(this.loopNames.filter((n) => n !== ''));
        return { text: `(int64)${name}`, type: int64, run: (env) => env.numbers.get(name)! };
      }
    }
  }

  private binary(depth: number): Expr {
    const { choose } = this;
    const swapped = choose.below(2) === 0;
    const [a, b] = swapped ? [this.expression(depth - 1), this.expression(depth - 1, false)] : [this.expression(depth - 1, false), this.expression(depth - 1)];
    const op = a.type.bool && b.type.bool ? choose.one(['&', '|', '^']) : choose.one(['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>']);
    if (a.type.bool && b.type.bool) return { text: `(${a.text} ${op} ${b.text})`, type: bool, run: (env) => compute(op, a.run(env), b.run(env)) };
    if (op === '<<' || op === '>>') {
      const [e, n] = [a.literal ? b : a, choose.below(64)];
      const type: Int = { bits: 64, signed: e.type.signed };
      return { text: `(${e.text} ${op} ${n})`, type, run: (env) => wrap(compute(op, e.run(env), BigInt(n)), type) };
    }
    const type: Int = { bits: 64, signed: eitherSigned(a.type, b.type) || op === '-' };
    return { text: `(${a.text} ${op} ${b.text})`, type, run: (env) => wrap(compute(op, a.run(env), b.run(env)), type) };
  }

  private condition(depth: number): Expr {
    const { choose } = this;
    const of = (text: string, run: (env: Env) => boolean): Expr => ({ text, type: bool, run: (env) => BigInt(run(env)) });
    if (depth === 0) {
      const flag = this.variables.find((v) => v.type.bool)!;
      return of(flag.name, (env) => env.numbers.get(flag.name) !== 0n);
    }
    switch (choose.below(8)) {
      case 6: case 7: return conditionForm(this.maker, depth);
      case 0: {
        const [a, b] = [this.condition(depth - 1), this.condition(depth - 1)];
        return choose.below(2) ? of(`(${a.text} && ${b.text})`, (env) => a.run(env) !== 0n && b.run(env) !== 0n) : of(`(${a.text} || ${b.text})`, (env) => a.run(env) !== 0n || b.run(env) !== 0n);
      }
      case 1: {
        const e = this.expression(depth - 1, false);
        return of(`!(${e.text})`, (env) => e.run(env) === 0n);
      }
      case 2: {
        const [a, b] = [this.string(1), this.string(1)];
        const equal = choose.below(2) === 0;
        return of(`(${a.text} ${equal ? '==' : '!='} ${b.text})`, (env) => (a.run(env) === b.run(env)) === equal);
      }
      case 3: {
        const a = this.string(1);
        const word = choose.one(words.slice(1));
        const n = choose.below(6);
        return choose.below(2) === 0 ? of(`strcontains(${a.text}, "${word}")`, (env) => a.run(env).includes(word)) : of(`(strncmp(${a.text}, "${word}", ${n}) == 0)`, (env) => a.run(env).slice(0, n) === word.slice(0, n));
      }
      default: {
        const [a, b] = [this.expression(depth - 1, false), this.expression(depth - 1)];
        const op = choose.one(['==', '!=', '<', '<=', '>', '>=']);
        const signed = eitherSigned(a.type, b.type);
        const as = (v: bigint): bigint => (signed ? BigInt.asIntN(64, v) : BigInt.asUintN(64, v));
        return of(`(${a.text} ${op} ${b.text})`, (env) => compare(op, as(a.run(env)), as(b.run(env))));
      }
    }
  }

  private string(depth: number): Text {
    const { choose } = this;
    const name = choose.one([...this.texts, ...this.texts, '$t.1']);
    if (depth === 0 || choose.below(3) === 0) return { text: name, run: (env) => env.strings.get(name)! };
    if (choose.below(5) === 0) return textForm(this.maker);
    if (choose.below(3) > 0) {
      const word = choose.one(words);
      return { text: `"${word}"`, run: () => word };
    }
    const test = this.condition(1);
    const [a, b] = [this.string(depth - 1), this.string(depth - 1)];
    return { text: `(${test.text} ? ${a.text} : ${b.text})`, run: (env) => (test.run(env) !== 0n ? a.run(env) : b.run(env)) };
  }
}

class TooLong extends Error {}

/** One turn of a loop. */
function turn(list: readonly Stmt[], env: Env): End {
  if (++env.turns > MOST_TURNS) throw new TooLong();
  return runAll(list, env);
}

function runAll(list: readonly Stmt[], env: Env): End {
  for (const s of list) {
    const end = s.run(env);
    if (end) return end;
  }
  return undefined;
}

/** `x op y` in 64 bits; the caller cuts the result to its type. */
function compute(op: string, x: bigint, y: bigint): bigint {
  const [a, b] = [BigInt.asUintN(64, x), BigInt.asUintN(64, y)];
  switch (op) {
    case '+': return x + y;
    case '-': return x - y;
    case '*': return x * y;
    case '&': return a & b;
    case '|': return a | b;
    case '^': return a ^ b;
    case '<<': return a << b;
    case '>>': return a >> b;
    case '/': return b === 0n ? 1n : a / b;
    case '%': return b === 0n ? 1n : a % b;
    default: throw new Error(`unknown operator ${op}`);
  }
}

function compare(op: string, a: bigint, b: bigint): boolean {
  switch (op) {
    case '==': return a === b;
    case '!=': return a !== b;
    case '<': return a < b;
    case '<=': return a <= b;
    case '>': return a > b;
    default: return a >= b;
  }
}

const indent = (text: string): string => text.replace(/^/gm, '  ');
