// What several passes do to a function: replace values, find constants, see who jumps where.

import type { Block, Func, Target, Value, ValueType } from '../../model/ir/ir.js';
import { intType } from '../../model/ir/ir.js';

/** Old value → new value; a new one may itself be replaced. By number, for passes ask about every argument. */
export class Replacements {
  private readonly byId: (Value | undefined)[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  has(value: Value): boolean {
    return this.byId[value.id] !== undefined;
  }

  set(from: Value, to: Value): void {
    const { byId } = this;
    // an array with holes is looked up as slowly as a map
    while (byId.length <= from.id) byId.push(undefined);
    if (byId[from.id] === undefined) this.count++;
    byId[from.id] = to;
  }

  /** The value that stands for this one in the end, itself when it stays. */
  resolve(value: Value): Value {
    const { byId } = this;
    let to = value;
    for (let next = byId[to.id]; next; next = byId[to.id]) to = next;
    for (let from = value; from !== to; ) {
      const next = byId[from.id]!;
      byId[from.id] = to;
      from = next;
    }
    return to;
  }
}

export function replaceArgs({ args }: Value, replacements: Replacements): void {
  if (replacements.size > 0) resolveAll(args, replacements);
}

function resolveAll(values: Value[], replacements: Replacements): void {
  for (let i = 0; i < values.length; i++) if (replacements.has(values[i]!)) values[i] = replacements.resolve(values[i]!);
}

export function replaceInTerminator(block: Block, replacements: Replacements): void {
  if (replacements.size === 0) return;
  const end = block.terminator!;
  if (end.kind === 'branch') {
    end.left = replacements.resolve(end.left);
    end.right = replacements.resolve(end.right);
  } else if (end.kind === 'return') end.value = replacements.resolve(end.value);
  for (let i = 0; i < block.wayCount; i++) resolveAll(block.way(i).args, replacements);
}

/** Everywhere in the function. The replaced values stay where they stand. */
export function replaceEverywhere(func: Func, replacements: Replacements): void {
  if (replacements.size === 0) return;
  for (const block of func.blocks) {
    for (const { args } of block.instructions) resolveAll(args, replacements);
    replaceInTerminator(block, replacements);
  }
}

/** Calls `visit` for each use of a value, terminators included. */
export function forEachUse(func: Func, visit: (used: Value, user: Value | undefined, block: Block) => void): void {
  for (const block of func.blocks) {
    for (const value of block.instructions) for (const arg of value.args) visit(arg, value, block);
    const end = block.terminator!;
    if (end.kind === 'branch') {
      visit(end.left, undefined, block);
      visit(end.right, undefined, block);
    } else if (end.kind === 'return') visit(end.value, undefined, block);
    for (let i = 0; i < block.wayCount; i++) for (const arg of block.way(i).args) visit(arg, undefined, block);
  }
}

/** By number of the value. */
export function countUses(func: Func): Uint32Array {
  const counts = new Uint32Array(func.valueCount);
  forEachUse(func, (used) => {
    counts[used.id]!++;
  });
  return counts;
}

/** Edges into each block that has parameters, from reachable and unreachable blocks alike. */
export function incomingEdges(func: Func): ReadonlyMap<Block, readonly Target[]> {
  const edges = new Map<Block, Target[]>();
  for (const block of func.blocks) if (block.params.length > 0) edges.set(block, []);
  if (edges.size === 0) return edges;
  for (const from of func.blocks) {
    for (let i = 0; i < from.wayCount; i++) {
      const target = from.way(i);
      if (target.block.params.length > 0) edges.get(target.block)!.push(target);
    }
  }
  return edges;
}

/** Constants of one function, made in the entry block when they are not there yet. */
export class ConstantPool {
  private readonly byNumber = new Map<bigint, Value>();

  constructor(private readonly func: Func) {
    for (const value of func.entry.instructions) if (value.isConst && value.type.kind === 'int') this.byNumber.set(value.constant, value);
  }

  /** The number modulo 2^64, as signed constant. */
  get(number: bigint, type: ValueType): Value {
    const imm = BigInt.asIntN(64, number);
    let value = this.byNumber.get(imm);
    if (!value) {
      value = this.func.newValue('const', type.kind === 'int' ? type : intType(64, false), [], { imm });
      value.block = this.func.entry;
      this.func.entry.instructions.unshift(value);
      this.byNumber.set(imm, value);
    }
    return value;
  }
}
