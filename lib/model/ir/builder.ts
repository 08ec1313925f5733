// Builds one function block by block; mutable script variables become SSA values here.
//
//   idea   Braun et al., "Simple and Efficient Construction of SSA Form": a variable is read through a cell; a block whose
//          predecessors are all known is sealed, an unsealed one gets a parameter that is filled in when it is sealed
//   facts  constants are shared per function and sit in the entry block's head; passes and codegen rematerialise them

import type { Span } from '../source/source.js';
import {
  type Attributes, type Block, type Comparison, type Func, type StackSlot, type Target, type Value, type ValueType, type Width,
  intType, pointer, s64, u64, voidType,
} from './ir.js';
import type { Op } from './ops.js';

/** A mutable variable of the script while its function is being built. */
export class Cell {
  readonly definitions = new Map<Block, Value>();
  constructor(
    readonly name: string,
    readonly type: ValueType,
  ) {}
}

/** A parameter of a join, some of whose incoming values are still to be found. */
interface OpenParam {
  readonly block: Block;
  readonly param: Value;
  /** incoming edges that have been looked at */
  filled: number;
}

/** Longer runs may become loops (codegen/select-memory.ts). */
const MOST_WORDS = 32;
/** About how many instructions bytes that are cleared or copied take. */
const wordsOf = (size: number): number => Math.min(size >> 3, MOST_WORDS);

export class IrBuilder {
  private current: Block;
  private readonly predecessors = new Map<Block, { from: Block; target: Target }[]>();
  private readonly sealed = new Set<Block>();
  private readonly incomplete = new Map<Block, Map<Cell, Value>>();
  /** sealed blocks in which a variable was looked up: what was found holds for the edges known then */
  private readonly consulted = new Set<Block>();
  /** source place of what is built next */
  span: Span | undefined;
  /** the program may be interrupted, on its own CPU, by one that works on the same memory */
  interruptible = false;

  /** instructions for bytes that are cleared and copied */
  private words = 0;

  constructor(readonly func: Func) {
    this.current = func.blocks[0] ?? func.newBlock('entry');
    this.sealed.add(this.current);
  }

  /** About how many instructions the function will have. */
  get operations(): number {
    return this.func.valueCount + this.words;
  }

  get block(): Block {
    return this.current;
  }

  /** True when the current block has ended: what follows cannot be reached. */
  get ended(): boolean {
    return this.current.terminator !== undefined;
  }

  /** Adds a parameter to the entry block: an argument of the function. */
  parameter(type: ValueType): Value {
    return this.addParam(this.func.entry, type);
  }

  newBlock(label: string): Block {
    return this.func.newBlock(label);
  }

  /** Continues in `block`. Blocks reached only by branches already built are sealed at once. */
  enter(block: Block, options: { seal?: boolean } = {}): void {
    this.current = block;
    if (options.seal ?? true) this.seal(block);
  }

  seal(block: Block): void {
    if (this.sealed.has(block)) return;
    this.sealed.add(block);
    for (const [cell, param] of this.incomplete.get(block) ?? []) this.fillParam(block, cell, param);
    this.incomplete.delete(block);
  }

  // ---- variables -------------------------------------------------------------------------------------------------

  write(cell: Cell, value: Value): void {
    // where this block goes, the value that the cell had when it ended is read
    if (this.ended) return;
    cell.definitions.set(this.current, value);
  }

  /** The cell's value here. A cell never written on some way reads as 0 there. */
  read(cell: Cell): Value {
    return this.readIn(cell, this.current);
  }

  private readIn(cell: Cell, block: Block): Value {
    const open: OpenParam[] = [];
    const value = this.reach(cell, block, open);
    this.fillParams(cell, open);
    return value;
  }

  /** Goes back to the nearest definition on a way without joins. A join gets a parameter, which is left to be filled. */
  private reach(cell: Cell, block: Block, open: OpenParam[]): Value {
    const passed: Block[] = [];
    let value: Value | undefined;
    for (let at = block; !value; ) {
      value = cell.definitions.get(at);
      if (value) break;
      const from = this.predecessors.get(at) ?? [];
      passed.push(at);
      if (!this.sealed.has(at)) {
        value = this.addParam(at, cell.type);
        const waiting = this.incomplete.get(at) ?? new Map<Cell, Value>();
        waiting.set(cell, value);
        this.incomplete.set(at, waiting);
        break;
      }
      this.consulted.add(at);
      if (from.length === 0) value = this.constantIn(this.func.entry, 0n, cell.type);
      else if (from.length === 1) at = from[0]!.from;
      else {
        value = this.addParam(at, cell.type);
        open.push({ block: at, param: value, filled: 0 });
      }
    }
    for (const each of passed) cell.definitions.set(each, value!);
    return value!;
  }

  private fillParam(block: Block, cell: Cell, param: Value): void {
    this.fillParams(cell, [{ block, param, filled: 0 }]);
  }

  /** Depth first, without calling itself: a long program has more joins in a row than a stack has room for. */
  private fillParams(cell: Cell, open: OpenParam[]): void {
    for (let last = open.at(-1); last; last = open.at(-1)) {
      const edge = (this.predecessors.get(last.block) ?? [])[last.filled++];
      if (edge) edge.target.args[last.block.params.indexOf(last.param)] = this.reach(cell, edge.from, open);
      else open.pop();
    }
  }

  private addParam(block: Block, type: ValueType): Value {
    const param = this.func.newValue('param', type, [], {}, this.span);
    param.block = block;
    block.params.push(param);
    return param;
  }

  // ---- control ---------------------------------------------------------------------------------------------------

  jump(block: Block): void {
    if (this.ended) return;
    const target: Target = { block, args: [] };
    this.current.terminator = { kind: 'jump', target, span: this.span };
    this.link(target);
  }

  branch(comparison: Comparison, left: Value, right: Value, whenTrue: Block, whenFalse: Block, likely?: boolean): void {
    if (this.ended) return;
    const yes: Target = { block: whenTrue, args: [] };
    const no: Target = { block: whenFalse, args: [] };
    this.current.terminator = { kind: 'branch', comparison, left, right, whenTrue: yes, whenFalse: no, span: this.span, likely };
    this.link(yes);
    this.link(no);
  }

  return(value: Value): void {
    if (this.ended) return;
    this.current.terminator = { kind: 'return', value, span: this.span };
  }

  private link(target: Target): void {
    const list = this.predecessors.get(target.block) ?? [];
    list.push({ from: this.current, target });
    this.predecessors.set(target.block, list);
    if (this.consulted.has(target.block)) throw new Error(`an edge to ${target.block.label} comes too late: it was sealed, and a variable was read in it`);
  }

  // ---- values ----------------------------------------------------------------------------------------------------

  emit(op: Op, type: ValueType, args: Value[], attributes: Attributes = {}): Value {
    const value = this.func.newValue(op, type, args, attributes, this.span);
    value.block = this.current;
    if (!this.ended) this.current.instructions.push(value);
    return value;
  }

  const(value: bigint | number, type: ValueType = s64): Value {
    return this.emit('const', type, [], { imm: BigInt.asIntN(64, BigInt(value)) });
  }

  private constantIn(block: Block, imm: bigint, type: ValueType): Value {
    const value = this.func.newValue('const', type, [], { imm });
    value.block = block;
    block.instructions.unshift(value);
    return value;
  }

  binary(op: 'add' | 'sub' | 'mul' | 'udiv' | 'umod' | 'and' | 'or' | 'xor' | 'shl' | 'lshr' | 'ashr', a: Value, b: Value, type: ValueType = sumType(a.type)): Value {
    return this.emit(op, type, [a, b]);
  }

  add(a: Value, b: Value | number | bigint): Value {
    return this.binary('add', a, this.operand(b));
  }

  sub(a: Value, b: Value | number | bigint): Value {
    return this.binary('sub', a, this.operand(b));
  }

  and(a: Value, b: Value | number | bigint): Value {
    return this.binary('and', a, this.operand(b));
  }

  shr(a: Value, b: Value | number | bigint): Value {
    return this.binary('lshr', a, this.operand(b));
  }

  shl(a: Value, b: Value | number | bigint): Value {
    return this.binary('shl', a, this.operand(b));
  }

  private operand(b: Value | number | bigint): Value {
    return typeof b === 'object' ? b : this.const(b);
  }

  compare(comparison: Comparison, a: Value, b: Value | number | bigint): Value {
    return this.emit(comparison, intType(8, false), [a, this.operand(b)]);
  }

  /** Low `width` bytes of a, extended to 64 bits. Width 8 only changes the type. */
  extend(a: Value, width: Width, signed: boolean): Value {
    return this.emit('extend', intType((width * 8) as 8 | 16 | 32 | 64, signed), [a], { width, signed });
  }

  /** @param argument  of the probe, in whose record it lies there */
  load(p: Value, offset: number, width: Width, signed = false, argument?: string): Value {
    return this.emit('load', intType((width * 8) as 8 | 16 | 32 | 64, signed), [p], { offset, width, signed, ...(argument !== undefined && { name: argument }) });
  }

  /** A load of 8 bytes that is a pointer, for instance out of the context of a tracing program. */
  loadPointer(p: Value, offset: number, type: ValueType): Value {
    return this.emit('load', type, [p], { offset, width: 8, signed: false });
  }

  store(p: Value, offset: number, width: Width, value: Value | number | bigint): void {
    this.emit('store', voidType, [p, this.operand(value)], { offset, width });
  }

  zero(p: Value, offset: number, size: number): void {
    if (size > 0) this.emit('zero', voidType, [p], { offset, size });
    this.words += wordsOf(size);
  }

  copy(to: Value, offset: number, from: Value, sourceOffset: number, size: number): void {
    if (size > 0) this.emit('copy', voidType, [to, from], { offset, sourceOffset, size });
    this.words += wordsOf(size);
  }

  atomicAdd(p: Value, offset: number, width: 4 | 8, value: Value): void {
    this.emit('atomic_add', voidType, [p, value], { offset, width });
  }

  /** Adds to the u64 at p + offset, also exactly when interrupted in the midst of it. */
  addInPlace(p: Value, offset: number, value: Value | number | bigint): void {
    if (this.interruptible) this.atomicAdd(p, offset, 8, this.operand(value));
    else this.store(p, offset, 8, this.add(this.load(p, offset, 8), value));
  }

  slot(slot: StackSlot): Value {
    return this.emit('slot', pointer('stack'), [], { slot });
  }

  map(name: string): Value {
    return this.emit('map', pointer('map'), [], { name });
  }

  mapValue(name: string, offset: number): Value {
    return this.emit('map_value', pointer('map_value'), [], { name, offset });
  }

  fieldOffset(name: string, offset: number): Value {
    return this.emit('field_offset', u64, [], { name, offset });
  }

  function(name: string): Value {
    return this.emit('function', pointer('function'), [], { name });
  }

  /** Calls a helper; `type` is what its result is taken for (lookups: pointer('map_value', true)). */
  call(helper: string, args: Value[], type: ValueType = u64): Value {
    return this.emit('call', type, args, { name: helper });
  }

  callKfunc(name: string, args: Value[], type: ValueType = u64): Value {
    return this.emit('call_kfunc', type, args, { name });
  }
}

/** A pointer that was computed with has been tested before: its sum is not null. */
function sumType(type: ValueType): ValueType {
  return type.kind === 'ptr' && type.nullable ? pointer(type.region) : type;
}
