// Constants computed, identities of arithmetic used, extensions of values that are narrow already dropped.
//
//   idea   one walk in dominance order: arguments are final when a value is looked at, except those that come round a loop

import type { Attributes, Comparison, Func, Value, ValueType } from '../../model/ir/ir.js';
import { type Op, opTable } from '../../model/ir/ops.js';
import { decide } from './compare.js';
import { evaluate, inverted, isComparison, mirrored } from './evaluate.js';
import { KnownBits, lowBytes } from './known-bits.js';
import type { Pass } from './pass.js';
import { ConstantPool, countUses, replaceArgs, replaceEverywhere, replaceInTerminator, Replacements } from './rewrite.js';
import { dominatorsOf } from './ways.js';

export const fold: Pass = {
  name: 'fold',
  after: ['constants'],
  run: (func) => new Folder(func).run(),
};

class Folder {
  private readonly replacements = new Replacements();
  private readonly pool: ConstantPool;
  private readonly bits = new KnownBits();
  private readonly uses: Uint32Array;
  private out: Value[] = [];
  private changed = false;

  constructor(private readonly func: Func) {
    this.pool = new ConstantPool(func);
    this.uses = countUses(func);
  }

  run(): boolean {
    const { func, replacements } = this;
    for (const block of dominatorsOf(func).order) {
      const before = block.instructions.slice();
      this.out = [];
      const { size } = replacements;
      for (const value of before) {
        replaceArgs(value, replacements);
        const simpler = this.simplify(value);
        if (simpler === value) this.out.push(value);
        else {
          replacements.set(value, simpler);
          this.changed = true;
        }
      }
      if (replacements.size > size) {
        // constants made meanwhile have come to the head of the entry
        const made = block === func.entry ? block.instructions.slice(0, block.instructions.length - before.length) : [];
        block.instructions = [...made, ...this.out];
      }
      replaceInTerminator(block, replacements);
      this.turnConstantRight(block.terminator!);
    }
    replaceEverywhere(func, replacements);
    return this.changed;
  }

  private turnConstantRight(end: NonNullable<Func['entry']['terminator']>): void {
    if (end.kind !== 'branch' || !end.left.isConst || end.right.isConst) return;
    [end.left, end.right] = [end.right, end.left];
    end.comparison = mirrored[end.comparison];
    this.changed = true;
  }

  /** The value itself when there is nothing better. */
  private simplify(value: Value): Value {
    const { op, args, attributes } = value;
    if (op === 'const' || args.length === 0) return value;
    if (opTable[op].effect !== 'none') {
      if (op === 'store') this.dropNarrowing(value);
      return value;
    }
    if (args[0]!.isConst && areConstant(args)) {
      const result = evaluate(op, args.map((arg) => arg.constant), attributes);
      if (result !== undefined) return this.pool.get(result, value.type);
    }
    if (args[0]!.isConst && !args[1]?.isConst) {
      if (isCommutative(op)) this.swap(value);
      else if (isComparison(op)) return this.make(mirrored[op], value.type, [args[1]!, args[0]!], {}, value);
    }
    if (op === 'extend') return this.extend(value);
    if (isComparison(op)) return this.compare(value, op);
    if (op === 'neg') return args[0]!.op === 'neg' ? args[0]!.args[0]! : value;
    return args[1] ? this.arithmetic(value) : value;
  }

  private swap(value: Value): void {
    value.args.reverse();
    this.changed = true;
  }

  private make(op: Op, type: ValueType, args: Value[], attributes: Attributes, like: Value): Value {
    const made = this.func.newValue(op, type, args, attributes, like.span);
    made.block = like.block;
    const simpler = this.simplify(made);
    if (simpler === made) this.out.push(made);
    return simpler;
  }

  private number(n: bigint, type: ValueType): Value {
    return this.pool.get(n, type);
  }

  /** Used by one value only, so that taking it apart leaves nothing behind. Values made here have no count: they are new. */
  private usedOnce(value: Value): boolean {
    return value.id < this.uses.length && this.uses[value.id] === 1;
  }

  private arithmetic(value: Value): Value {
    const { op, type } = value;
    const [a, b] = value.args as [Value, Value];
    if (a === b) {
      if (op === 'sub' || op === 'xor') return this.number(0n, type);
      if (op === 'and' || op === 'or') return a;
    }
    if (op === 'sub' && a.isConst && a.constant === 0n) return this.make('neg', type, [b], {}, value);
    if (!b.isConst) return value;
    const n = BigInt.asUintN(64, b.constant);
    switch (op) {
      case 'add':
        if (n === 0n) return a;
        return a.op === 'add' && a.args[1]!.isConst && this.usedOnce(a) ? this.regroup(value, a, n + a.args[1]!.constant) : value;
      case 'sub':
        return n === 0n ? a : this.make('add', type, [a, this.number(-n, b.type)], {}, value);
      case 'mul':
        if (n === 0n) return b;
        if (n === 1n) return a;
        return powerOf(n) === undefined ? value : this.make('shl', type, [a, this.number(powerOf(n)!, b.type)], {}, value);
      case 'udiv':
        if (n === 0n) return b;
        if (n === 1n) return a;
        return powerOf(n) === undefined ? value : this.make('lshr', type, [a, this.number(powerOf(n)!, b.type)], {}, value);
      case 'umod':
        if (n === 0n) return a;
        if (n === 1n) return this.number(0n, type);
        return powerOf(n) === undefined ? value : this.make('and', type, [a, this.number(n - 1n, b.type)], {}, value);
      case 'and':
        if (n === 0n) return b;
        if ((this.bits.possible(a) & ~n) === 0n) return a;
        return a.op === 'and' && a.args[1]!.isConst && this.usedOnce(a) ? this.regroup(value, a, n & a.args[1]!.constant) : value;
      case 'or':
      case 'xor':
        return n === 0n ? a : value;
      default:
        return this.shift(value, a, n & 63n);
    }
  }

  /** (x op c1) op c2 as x op c. */
  private regroup(value: Value, inner: Value, constant: bigint): Value {
    return this.make(value.op, value.type, [inner.args[0]!, this.number(constant, inner.args[1]!.type)], {}, value);
  }

  private shift(value: Value, a: Value, by: bigint): Value {
    if (by === 0n) return a;
    const { op, type } = value;
    if (op === 'lshr' && this.bits.possible(a) >> by === 0n) return this.number(0n, type);
    if (op === 'ashr' && this.bits.possible(a) >> 63n === 0n) return this.make('lshr', type, value.args, {}, value);
    if (a.op === op && a.args[1]!.isConst && this.usedOnce(a)) {
      const sum = by + (a.args[1]!.constant & 63n);
      if (sum < 64n) return this.regroup(value, a, sum);
      return op === 'ashr' ? this.regroup(value, a, 63n) : this.number(0n, type);
    }
    return value;
  }

  private extend(value: Value): Value {
    const { width, signed } = value.attributes;
    const [a] = value.args as [Value];
    if (width === 8) return a;
    const most = this.bits.possible(a);
    const sign = 1n << BigInt(width! * 8 - 1);
    if (most < sign || (!signed && most <= lowBytes(width!))) return a;
    if (signed && isSignExtended(a, width!)) return a;
    const inside = this.insideOf(a, width!);
    return inside === a ? value : this.make('extend', value.type, [inside], { width, signed }, value);
  }

  /** What gives the same low bytes with less work. */
  private insideOf(value: Value, width: number): Value {
    let inside = value;
    for (;;) {
      if (inside.op === 'extend' && inside.attributes.width! >= width) inside = inside.args[0]!;
      else if (inside.op === 'and' && inside.args[1]!.isConst && (inside.args[1]!.constant & lowBytes(width)) === lowBytes(width)) inside = inside.args[0]!;
      else return inside;
    }
  }

  private dropNarrowing(store: Value): void {
    const inside = this.insideOf(store.args[1]!, store.attributes.width!);
    if (inside === store.args[1] || inside.type.kind === 'ptr') return;
    store.args[1] = inside;
    this.changed = true;
  }

  private compare(value: Value, op: Comparison): Value {
    const [a, b] = value.args as [Value, Value];
    const decided = decide(op, a, b, this.bits);
    if (decided !== undefined) return this.number(decided ? 1n : 0n, value.type);
    if (!b.isConst) return value;
    const n = b.constant;
    const against = (comparison: Comparison, right: bigint, left: Value = a): Value =>
      this.make(comparison, value.type, [left, this.number(right, b.type)], {}, value);
    // x > 0 stays: from x != 0 older verifiers conclude no lower bound, and a size for a helper needs one
    if (op !== 'eq' && op !== 'ne') return value;
    if (isComparison(a.op) && (n === 0n || n === 1n)) {
      return (op === 'ne') === (n === 0n) ? a : this.make(inverted[a.op], value.type, [...a.args], {}, value);
    }
    if (this.bits.possible(a) === 1n) {
      if ((op === 'ne') === (n === 0n)) return a;
    }
    if (a.op === 'add' && a.type.kind === 'int' && a.args[1]!.isConst && this.usedOnce(a)) return against(op, n - a.args[1]!.constant, a.args[0]!);
    return value;
  }
}

function areConstant(values: readonly Value[]): boolean {
  for (const value of values) if (!value.isConst) return false;
  return true;
}

function isCommutative(op: Op): boolean {
  return (opTable[op] as { commutative?: boolean }).commutative === true;
}

function isSignExtended(value: Value, width: number): boolean {
  return (value.op === 'load' || value.op === 'extend') && value.attributes.signed === true && value.attributes.width! <= width;
}

/** k with n = 2^k. */
function powerOf(n: bigint): bigint | undefined {
  return (n & (n - 1n)) === 0n ? BigInt(n.toString(2).length - 1) : undefined;
}
