// What several passes do to a function: replace values, find constants, see who jumps where.

import type { Block, Func, Target, Value, ValueType } from '../../model/ir/ir.js';
import { intType } from '../../model/ir/ir.js';

/** Old value → new value; a new one may itself be replaced. */
export type Replacements = Map<Value, Value>;

export function resolve(replacements: Replacements, value: Value): Value {
  let to = value;
  for (let next = replacements.get(to); next; next = replacements.get(to)) to = next;
  if (to !== value) {
    for (let from = value; from !== to; ) {
      const next = replacements.get(from)!;
      replacements.set(from, to);
      from = next;
    }
  }
  return to;
}

export function replaceArgs(value: Value, replacements: Replacements): void {
  const { args } = value;
  for (let i = 0; i < args.length; i++) if (replacements.has(args[i]!)) args[i] = resolve(replacements, args[i]!);
}

export function replaceInTerminator(block: Block, replacements: Replacements): void {
  const end = block.terminator!;
  if (end.kind === 'branch') {
    end.left = resolve(replacements, end.left);
    end.right = resolve(replacements, end.right);
  } else if (end.kind === 'return') end.value = resolve(replacements, end.value);
  for (const { args } of block.successors) for (let i = 0; i < args.length; i++) args[i] = resolve(replacements, args[i]!);
}

/** Everywhere in the function. The replaced values stay where they stand. */
export function replaceEverywhere(func: Func, replacements: Replacements): void {
  if (replacements.size === 0) return;
  for (const block of func.blocks) {
    for (const value of block.instructions) replaceArgs(value, replacements);
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
    for (const { args } of block.successors) for (const arg of args) visit(arg, undefined, block);
  }
}

export function countUses(func: Func): Uint32Array {
  const counts = new Uint32Array(func.valueCount);
  forEachUse(func, (used) => {
    counts[used.id]!++;
  });
  return counts;
}

/** Edges into each block, from reachable and unreachable blocks alike. */
export function incomingEdges(func: Func): Map<Block, { from: Block; target: Target }[]> {
  const edges = new Map<Block, { from: Block; target: Target }[]>(func.blocks.map((block) => [block, []]));
  for (const from of func.blocks) for (const target of from.successors) edges.get(target.block)!.push({ from, target });
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
