// Values are computed as late as possible: on the ways that use them only, and behind calls rather than kept across them.
//
//   idea   from the last instruction to the first, so that users have moved before what they use; a value moves into the block that
//          dominates all its uses, before the first of them, but never into a loop
//   facts  the context does not change, so loads from it move like arithmetic. Moving a value behind a call pays only when its operands are
//          needed there anyway: otherwise they would have to be kept across the call in its place

import type { Dominators } from '../../model/ir/dominators.js';
import type { Block, Func, Value } from '../../model/ir/ir.js';
import { opTable } from '../../model/ir/ops.js';
import { loopDepths } from './loops.js';
import type { Pass } from './pass.js';
import { dominatorsOf } from './ways.js';

export const sink: Pass = {
  name: 'sink',
  after: ['constants', 'cse', 'dead-code'],
  run: (func) => new Sinker(func).run(),
};

interface Users { readonly instructions: Value[]; readonly ends: Block[] }

interface Place {
  readonly block: Block;
  /** the instruction before which it goes; undefined: the end of the block */
  readonly before: Value | undefined;
}

/** Places are found by searching blocks; very long ones would take time with the square of their length. */
const MOST_INSTRUCTIONS = 2000;

class Sinker {
  private readonly dominators: Dominators;
  private readonly depths: ReadonlyMap<Block, number>;
  /** by value: the instructions that use it, and the blocks whose ends do */
  private readonly users = new Map<Value, Users>();
  private changed = false;

  constructor(private readonly func: Func) {
    this.dominators = dominatorsOf(func);
    this.depths = loopDepths(this.dominators);
    this.findUsers();
  }

  run(): boolean {
    const { order } = this.dominators;
    const [context] = this.func.entry.params;
    for (let i = order.length - 1; i >= 0; i--) {
      const block = order[i]!;
      if (block.instructions.length > MOST_INSTRUCTIONS) continue;
      const moves = new Map<Value, Place>();
      for (const value of [...block.instructions].reverse()) {
        if (!isMovable(value)) continue;
        const place = this.placeFor(value);
        if (place) moves.set(value, place);
      }
      // one value kept in a register is as good as the context kept for its sake; for two, keeping the context is better
      const fromContext = [...moves.keys()].filter((v) => v.op === 'load' && v.args[0] === context);
      const contextStays = fromContext.length >= 2;
      for (const [value, place] of moves) {
        if (!this.pays(value, place, contextStays)) continue;
        const now = this.placeFor(value); // what it is moved before may have moved itself
        if (now) this.move(value, now);
      }
    }
    return this.changed;
  }

  private findUsers(): void {
    /** undefined: where the value is used does not matter */
    const of = (value: Value): Users | undefined => {
      if (isFree(value)) return undefined;
      let users = this.users.get(value);
      if (!users) this.users.set(value, (users = { instructions: [], ends: [] }));
      return users;
    };
    for (const block of this.dominators.order) {
      for (const value of block.instructions) for (const arg of value.args) of(arg)?.instructions.push(value);
      const end = block.terminator!;
      if (end.kind === 'branch') {
        of(end.left)?.ends.push(block);
        of(end.right)?.ends.push(block);
      } else if (end.kind === 'return') of(end.value)?.ends.push(block);
      for (let i = 0; i < block.wayCount; i++) for (const arg of block.way(i).args) of(arg)?.ends.push(block);
    }
  }

  /** The latest place that dominates all uses and is in no further loop; undefined when that is where it stands. */
  private placeFor(value: Value): Place | undefined {
    const users = this.users.get(value);
    if (!users) return undefined;
    let target: Block | undefined;
    for (const user of users.instructions) target = this.commonDominator(target, user.block);
    for (const block of users.ends) target = this.commonDominator(target, block);
    const depth = this.depths.get(value.block)!;
    while (target && target !== value.block && this.depths.get(target)! > depth) target = this.dominators.immediateDominator(target);
    if (!target) return undefined;
    const before = firstOf(users.instructions, target);
    if (target !== value.block) return { block: target, before };
    const at = target.instructions.indexOf(value);
    const to = before ? target.instructions.indexOf(before) : target.instructions.length;
    return to > at + 1 && hasCall(target.instructions, at + 1, to) ? { block: target, before } : undefined;
  }

  private commonDominator(a: Block | undefined, b: Block): Block {
    if (a === b || !a) return b;
    let above = a;
    while (!this.dominators.dominates(above, b)) above = this.dominators.immediateDominator(above)!;
    return above;
  }

  private pays(value: Value, place: Place, contextStays: boolean): boolean {
    if (this.depths.get(place.block)! < this.depths.get(value.block)!) return true;
    const kept = value.args.filter((arg) => !isFree(arg));
    if (kept.length > 1) return false;
    const [source] = kept;
    if (!source || !this.callsBetween(value, place)) return true;
    if (contextStays && source === this.func.entry.params[0] && value.op === 'load') return true;
    // Another instruction behind the new place needs it too.
    const users = this.users.get(source)!;
    return users.instructions.some((v) => v !== value && this.isBehind(v, place)) || users.ends.some((block) => this.dominators.dominates(place.block, block));
  }

  private isBehind(user: Value, { block, before }: Place): boolean {
    if (user.block !== block) return this.dominators.dominates(block, user.block);
    return before === undefined ? false : block.instructions.indexOf(user) >= block.instructions.indexOf(before);
  }

  /** Looks at the blocks on the dominator chain only: others hardly matter, and nothing but speed depends on it. */
  private callsBetween(value: Value, { block, before }: Place): boolean {
    const at = value.block.instructions.indexOf(value);
    if (block === value.block) return hasCall(block.instructions, at + 1, before ? block.instructions.indexOf(before) : block.instructions.length);
    if (hasCall(value.block.instructions, at + 1, value.block.instructions.length)) return true;
    if (hasCall(block.instructions, 0, before ? block.instructions.indexOf(before) : block.instructions.length)) return true;
    for (let b = this.dominators.immediateDominator(block); b && b !== value.block; b = this.dominators.immediateDominator(b)) {
      if (hasCall(b.instructions, 0, b.instructions.length)) return true;
    }
    return false;
  }

  private move(value: Value, { block, before }: Place): void {
    const from = value.block.instructions;
    from.splice(from.indexOf(value), 1);
    const to = block.instructions;
    to.splice(before ? to.indexOf(before) : to.length, 0, value);
    value.block = block;
    this.changed = true;
  }
}

/** The first of the values in the block's order. */
function firstOf(values: readonly Value[], block: Block): Value | undefined {
  const inside = values.filter((value) => value.block === block);
  if (inside.length <= 1) return inside[0];
  const wanted = new Set(inside);
  return block.instructions.find((value) => wanted.has(value));
}

function isMovable(value: Value): boolean {
  if (isFree(value) || value.op === 'param') return false;
  if (value.op === 'load') {
    const { type } = value.args[0]!;
    return type.kind === 'ptr' && type.region === 'ctx';
  }
  return opTable[value.op].effect === 'none';
}

/** Made where it is used, in no register in between. */
function isFree(value: Value): boolean {
  return value.op === 'const' || value.op === 'slot' || value.op === 'map' || value.op === 'function' || value.op === 'field_offset';
}

function hasCall(instructions: readonly Value[], from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (instructions[i]!.op.startsWith('call')) return true;
  return false;
}
