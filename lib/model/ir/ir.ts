// The intermediate representation: SSA with block parameters.
//
//   made by  compiler/lower (through IrBuilder), changed by compiler/optimize, read by compiler/codegen
//   values   a register holds 64 bits; an integer narrower than that is always kept extended to 64 bits by its own
//            signedness, so arithmetic is 64-bit and only `extend` narrows
//   memory   loads and stores name a byte offset and a width; `copy` and `zero` stand for runs of them
//   text     ir/text.ts prints and reads modules; ir/validate.ts checks what is always true of them

import type { Span } from '../source/source.js';
import { opTable, type Op } from './ops.js';

/** What a pointer points at; decides how memory may be accessed and what the verifier knows. */
export type Region =
  | 'ctx' | 'stack' | 'map' | 'map_value' | 'record' | 'function'
  /** kernel or user memory: only through probe_read helpers, except 'btf' which may be loaded from directly (tracing programs) */
  | 'kernel' | 'user' | 'btf';

export type ValueType =
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: 'ptr'; readonly region: Region; readonly nullable: boolean }
  | { readonly kind: 'void' };

export type Width = 1 | 2 | 4 | 8;

export const u8: ValueType = { kind: 'int', bits: 8, signed: false };
export const u16: ValueType = { kind: 'int', bits: 16, signed: false };
export const u32: ValueType = { kind: 'int', bits: 32, signed: false };
export const u64: ValueType = { kind: 'int', bits: 64, signed: false };
export const s64: ValueType = { kind: 'int', bits: 64, signed: true };
export const voidType: ValueType = { kind: 'void' };

export function intType(bits: 8 | 16 | 32 | 64, signed: boolean): ValueType {
  return { kind: 'int', bits, signed };
}

export function pointer(region: Region, nullable = false): ValueType {
  return { kind: 'ptr', region, nullable };
}

/** What an op needs besides its arguments; which of them is meaningful stands in the op table. */
export interface Attributes {
  /** const */
  imm?: bigint;
  /** load, store, atomics, map_value: byte offset added to the pointer */
  offset?: number;
  /** load, store, atomics: bytes; extend, bswap: bytes kept */
  width?: Width;
  /** load, extend: sign-extend to 64 bits */
  signed?: boolean;
  /** map, map_value, function, call_function, call_kfunc: name;  call: helper name as in bpf/uapi.ts */
  name?: string;
  /** slot: the stack object */
  slot?: StackSlot;
  /** zero, copy: bytes */
  size?: number;
  /** copy: byte offset in the source (offset is the destination's) */
  sourceOffset?: number;
  comment?: string;
}

/** An object on the BPF stack; codegen gives it its place and lets objects of disjoint lifetimes share one. */
export interface StackSlot {
  readonly id: number;
  readonly size: number;
  readonly align: 1 | 2 | 4 | 8;
  readonly name: string;
}

export class Value {
  /** the block that holds it: as instruction or as parameter */
  block!: Block;

  constructor(
    readonly id: number,
    readonly op: Op,
    readonly type: ValueType,
    public args: Value[],
    readonly attributes: Attributes,
    readonly span: Span | undefined,
  ) {}

  get isConst(): boolean {
    return this.op === 'const';
  }

  /** @throws when not a const */
  get constant(): bigint {
    if (this.attributes.imm === undefined) throw new Error(`v${this.id} (${this.op}) is not a constant`);
    return this.attributes.imm;
  }

  toString(): string {
    return `v${this.id}`;
  }
}

export interface Target {
  block: Block;
  /** one per parameter of the block */
  args: Value[];
}

export type Comparison = 'eq' | 'ne' | 'ult' | 'ule' | 'ugt' | 'uge' | 'slt' | 'sle' | 'sgt' | 'sge';

export type Terminator =
  | { readonly kind: 'jump'; target: Target; span?: Span }
  | { readonly kind: 'branch'; comparison: Comparison; left: Value; right: Value; whenTrue: Target; whenFalse: Target; span?: Span;
      /** which way is taken nearly always; the other is laid out of line */
      likely?: boolean }
  | { readonly kind: 'return'; value: Value; span?: Span };

export class Block {
  params: Value[] = [];
  instructions: Value[] = [];
  terminator: Terminator | undefined;

  constructor(
    readonly id: number,
    readonly label: string,
  ) {}

  get successors(): Target[] {
    const end = this.terminator;
    if (!end || end.kind === 'return') return [];
    return end.kind === 'jump' ? [end.target] : [end.whenTrue, end.whenFalse];
  }

  /** How many successors there are. Asked for one by one they need no list, of which passes would make very many. */
  get wayCount(): 0 | 1 | 2 {
    const end = this.terminator;
    return !end || end.kind === 'return' ? 0 : end.kind === 'jump' ? 1 : 2;
  }

  /** The successor of that number, below `wayCount`. */
  way(index: number): Target {
    const end = this.terminator as Exclude<Terminator, { kind: 'return' }>;
    return end.kind === 'jump' ? end.target : index === 0 ? end.whenTrue : end.whenFalse;
  }

  toString(): string {
    return `b${this.id}`;
  }
}

/** program: the kernel runs it;  callback: a helper calls it, as the body of a loop;  subprogram: other functions call it, a `fn` of the script */
export type FuncKind = 'program' | 'callback' | 'subprogram';

/** One BPF function. blocks[0] is the entry; its params are the function's arguments (programs: one, the context). */
export class Func {
  blocks: Block[] = [];
  slots: StackSlot[] = [];
  private nextValue = 0;
  private nextBlock = 0;

  constructor(
    readonly name: string,
    readonly kind: FuncKind,
    /** ELF section of a program; '.text' for other functions */
    readonly section: string,
    /** verifiedOnce: the verifier checks the function by itself and not at each call; it takes numbers, and its result is a number that nothing is known of */
    readonly facts: { readonly verifiedOnce?: true } = {},
  ) {}

  get entry(): Block {
    return this.blocks[0]!;
  }

  newBlock(label: string): Block {
    const block = new Block(this.nextBlock++, label);
    this.blocks.push(block);
    return block;
  }

  newValue(op: Op, type: ValueType, args: Value[], attributes: Attributes = {}, span?: Span): Value {
    const arity = opTable[op].arity;
    if (arity !== 'any' && args.length !== arity) throw new Error(`${op} takes ${arity} arguments, got ${args.length}`);
    return new Value(this.nextValue++, op, type, args, attributes, span);
  }

  /** The numbers that new values and blocks get from now on; for readers of the text form. */
  continueNumbers(value: number, block: number): void {
    this.nextValue = value;
    this.nextBlock = block;
  }

  /** One more than the highest number of a value. */
  get valueCount(): number {
    return this.nextValue;
  }

  /** One more than the highest number of a block. */
  get blockCount(): number {
    return this.nextBlock;
  }

  newSlot(name: string, size: number, align: 1 | 2 | 4 | 8 = 8): StackSlot {
    const slot: StackSlot = { id: this.slots.length, size, align, name };
    this.slots.push(slot);
    return slot;
  }
}

export interface Module {
  readonly functions: Func[];
}
