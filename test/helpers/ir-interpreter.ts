// Runs IR directly, to compare with what the generated instructions do.
//
//   in     Module, environment (context bytes, helpers, data of maps)
//   out    what the program returns; memory behind map_value pointers changed
//   idea   a pointer is a region and an offset; a program sees it as a number only in comparisons with 0
//   facts  helpers are functions of the test; callbacks and subprograms of the module run by call_function

import type { Block, Func, Module, Target, Value } from '../../lib/model/ir/ir.js';

export interface Memory {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Pointer {
  readonly memory: Memory;
  readonly offset: number;
}

export type Result = bigint | Pointer;
export type Helper = (args: readonly Result[], interpreter: IrInterpreter) => Result;

export interface InterpreterEnvironment {
  readonly context?: Uint8Array;
  /** by helper name */
  readonly helpers?: Readonly<Record<string, Helper>>;
  /** what `map NAME` and `map_value NAME` point at */
  readonly maps?: Readonly<Record<string, Memory>>;
  readonly budget?: number;
}

const u64 = (n: bigint): bigint => BigInt.asUintN(64, n);

export class IrInterpreter {
  private budget: number;

  constructor(
    readonly module: Module,
    readonly environment: InterpreterEnvironment,
  ) {
    this.budget = environment.budget ?? 1_000_000;
  }

  /** The program's result, unsigned. */
  run(name: string): bigint {
    const context: Pointer = { memory: { name: 'context', bytes: this.environment.context ?? new Uint8Array(0) }, offset: 0 };
    return numberOf(this.call(name, [context]));
  }

  call(name: string, args: readonly Result[]): Result {
    const func = this.module.functions.find((f) => f.name === name);
    if (!func) throw new Error(`no function ${name}`);
    return new Activation(this, func, args).run();
  }

  spend(): void {
    if (--this.budget < 0) throw new Error('endless loop');
  }
}

class Activation {
  private readonly values = new Map<Value, Result>();
  private readonly slots = new Map<number, Memory>();

  constructor(
    private readonly owner: IrInterpreter,
    private readonly func: Func,
    args: readonly Result[],
  ) {
    func.entry.params.forEach((param, index) => this.values.set(param, args[index]!));
    for (const slot of func.slots) this.slots.set(slot.id, { name: slot.name, bytes: new Uint8Array(slot.size) });
  }

  run(): Result {
    let block: Block | undefined = this.func.entry;
    for (;;) {
      for (const value of block.instructions) {
        this.owner.spend();
        this.values.set(value, this.evaluate(value));
      }
      this.owner.spend();
      const end: Block['terminator'] = block.terminator!;
      if (end.kind === 'return') return this.get(end.value);
      const target: Target = end.kind === 'jump' ? end.target : compare(end.comparison, this.get(end.left), this.get(end.right)) ? end.whenTrue : end.whenFalse;
      const arriving = target.args.map((arg) => this.get(arg));
      target.block.params.forEach((param, index) => this.values.set(param, arriving[index]!));
      block = target.block;
    }
  }

  private get(value: Value): Result {
    const result = this.values.get(value);
    if (result === undefined) throw new Error(`${value} is used before it is defined`);
    return result;
  }

  private evaluate(value: Value): Result {
    const { attributes } = value;
    const args = value.args.map((arg) => this.get(arg));
    const number = (index: number): bigint => numberOf(args[index]!);
    switch (value.op) {
      case 'const': return u64(attributes.imm!);
      case 'slot': return { memory: this.slots.get(attributes.slot!.id)!, offset: 0 };
      case 'map': return { memory: this.map(attributes.name!), offset: 0 };
      case 'map_value': return { memory: this.map(attributes.name!), offset: attributes.offset ?? 0 };
      case 'function': return { memory: { name: attributes.name!, bytes: new Uint8Array(0) }, offset: 0 };
      case 'add': {
        const [a, b] = args as [Result, Result];
        if (typeof a === 'object') return { ...a, offset: a.offset + Number(BigInt.asIntN(64, number(1))) };
        if (typeof b === 'object') return { ...b, offset: b.offset + Number(BigInt.asIntN(64, a)) };
        return u64(a + b);
      }
      case 'sub': return u64(number(0) - number(1));
      case 'mul': return u64(number(0) * number(1));
      case 'udiv': return number(1) === 0n ? 0n : number(0) / number(1);
      case 'umod': return number(1) === 0n ? number(0) : number(0) % number(1);
      case 'and': return number(0) & number(1);
      case 'or': return number(0) | number(1);
      case 'xor': return number(0) ^ number(1);
      case 'shl': return u64(number(0) << (number(1) & 63n));
      case 'lshr': return number(0) >> (number(1) & 63n);
      case 'ashr': return u64(BigInt.asIntN(64, number(0)) >> (number(1) & 63n));
      case 'neg': return u64(-number(0));
      case 'extend': return extend(args[0]!, attributes.width!, attributes.signed ?? false);
      case 'bswap': {
        let swapped = 0n;
        for (let i = 0n; i < BigInt(attributes.width!); i++) swapped = (swapped << 8n) | ((number(0) >> (8n * i)) & 0xffn);
        return swapped;
      }
      case 'eq': case 'ne': case 'ult': case 'ule': case 'ugt': case 'uge': case 'slt': case 'sle': case 'sgt': case 'sge':
        return compare(value.op, args[0]!, args[1]!) ? 1n : 0n;
      case 'load': return extend(read(args[0]!, attributes.offset ?? 0, attributes.width!), attributes.width!, attributes.signed ?? false);
      case 'store':
        write(args[0]!, attributes.offset ?? 0, attributes.width!, number(1));
        return 0n;
      case 'zero':
        range(args[0]!, attributes.offset ?? 0, attributes.size!).fill(0);
        return 0n;
      case 'copy':
        range(args[0]!, attributes.offset ?? 0, attributes.size!).set(range(args[1]!, attributes.sourceOffset ?? 0, attributes.size!).slice());
        return 0n;
      case 'atomic_add': case 'atomic_xchg': case 'atomic_cmpxchg': {
        const width = attributes.width!;
        const offset = attributes.offset ?? 0;
        const old = read(args[0]!, offset, width);
        if (value.op === 'atomic_add') write(args[0]!, offset, width, old + number(1));
        else if (value.op === 'atomic_xchg') write(args[0]!, offset, width, number(1));
        else if (old === BigInt.asUintN(width * 8, number(1))) write(args[0]!, offset, width, number(2));
        return old;
      }
      case 'call': {
        const helper = this.owner.environment.helpers?.[attributes.name!];
        if (!helper) throw new Error(`no helper ${attributes.name}`);
        return helper(args, this.owner);
      }
      case 'call_function': return this.owner.call(attributes.name!, args);
      default: throw new Error(`cannot run ${value.op}`);
    }
  }

  private map(name: string): Memory {
    const memory = this.owner.environment.maps?.[name];
    if (!memory) throw new Error(`no map ${name}`);
    return memory;
  }
}

function numberOf(result: Result): bigint {
  if (typeof result === 'object') throw new Error(`a pointer to ${result.memory.name} used as a number`);
  return result;
}

function extend(result: Result, width: number, signed: boolean): Result {
  if (typeof result === 'object') {
    if (width === 8) return result;
    throw new Error('a pointer cut');
  }
  return signed ? u64(BigInt.asIntN(width * 8, result)) : BigInt.asUintN(width * 8, result);
}

function compare(comparison: string, left: Result, right: Result): boolean {
  if (typeof left === 'object' || typeof right === 'object') {
    const same = typeof left === 'object' && typeof right === 'object' && left.memory === right.memory && left.offset === right.offset;
    if (comparison === 'eq') return same;
    if (comparison === 'ne') return !same;
    throw new Error(`${comparison} of pointers`);
  }
  const [a, b] = comparison.startsWith('s') ? [BigInt.asIntN(64, left), BigInt.asIntN(64, right)] : [left, right];
  switch (comparison) {
    case 'eq': return a === b;
    case 'ne': return a !== b;
    case 'ult': case 'slt': return a < b;
    case 'ule': case 'sle': return a <= b;
    case 'ugt': case 'sgt': return a > b;
    default: return a >= b;
  }
}

/** The bytes at a pointer. */
export function range(pointer: Result, offset: number, size: number): Uint8Array {
  if (typeof pointer !== 'object') throw new Error('memory accessed through a number');
  const start = pointer.offset + offset;
  if (start < 0 || start + size > pointer.memory.bytes.length) throw new Error(`[${start}, ${start + size}) is outside ${pointer.memory.name}`);
  return pointer.memory.bytes.subarray(start, start + size);
}

function read(pointer: Result, offset: number, width: number): bigint {
  let value = 0n;
  range(pointer, offset, width).forEach((byte, index) => {
    value |= BigInt(byte) << BigInt(8 * index);
  });
  return value;
}

function write(pointer: Result, offset: number, width: number, value: bigint): void {
  const bytes = range(pointer, offset, width);
  for (let i = 0; i < width; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 0xffn);
}
