// Writes to the stack that nobody reads before the bytes are written again, or at all.
//
//   idea   liveness of the single bytes of each slot, backwards to a fixed point; `zero` is cut to the bytes that are read
//   facts  a call that gets the address of a slot may read all of it (the verifier, too, wants it initialized); slots whose address goes
//          anywhere else are left alone

import { loopSpans, type LoopSpans } from '../../model/ir/loop-spans.js';
import type { Block, Func, StackSlot, Value } from '../../model/ir/ir.js';
import { opTable } from '../../model/ir/ops.js';
import type { Pass } from './pass.js';
import { escapedSlots, placeOf } from './places.js';
import { dominatorsOf } from './ways.js';

export const deadStores: Pass = {
  name: 'dead-stores',
  after: ['forward-memory'],
  run: (func) => (func.slots.length === 0 ? false : new Dropper(func).run()),
};

/** By slot: a bit per byte that is read before it is written. Slots of which nothing is read, or nothing has been written yet, are not in
 *  it: most slots are used in few blocks, and a long program has many. */
type LiveBytes = Map<StackSlot, bigint>;

class Dropper {
  private readonly escaped: ReadonlySet<StackSlot>;
  /** blocks in an order in which control goes forwards but in loops */
  private readonly order: readonly Block[];
  private readonly liveIn = new Map<Block, LiveBytes>();
  /** bytes that something writes. The padding behind a key is none */
  private readonly everWritten: LiveBytes = new Map();
  /** by slot: before this place in the order nothing has written to it */
  private readonly firstWrite = new Map<StackSlot, number>();

  constructor(func: Func) {
    this.escaped = escapedSlots(func);
    const dominators = dominatorsOf(func);
    this.order = dominators.order;
    let loops: LoopSpans | undefined;
    this.order.forEach(({ instructions }, at) => {
      for (const value of instructions) {
        const written = this.written(value);
        if (!written) continue;
        loops ??= loopSpans(this.order.map(({ successors }) => successors.map(({ block }) => dominators.positionOf(block))));
        const { slot, bytes } = written;
        if (!this.firstWrite.has(slot)) this.firstWrite.set(slot, loops.start[at]!);
        this.everWritten.set(slot, (this.everWritten.get(slot) ?? 0n) | bytes);
      }
    });
  }

  run(): boolean {
    if (this.everWritten.size === 0) return false;
    for (let again = true; again; ) {
      again = false;
      for (let at = this.order.length - 1; at >= 0; at--) {
        const block = this.order[at]!;
        const live = this.liveOut(block);
        for (let i = block.instructions.length - 1; i >= 0; i--) this.step(block.instructions[i]!, live);
        for (const slot of live.keys()) if (this.firstWrite.get(slot)! > at) live.delete(slot);
        const before = this.liveIn.get(block);
        if (before && sameBytes(before, live)) continue;
        this.liveIn.set(block, live);
        again = true;
      }
    }
    let changed = false;
    for (const block of this.order) {
      const live = this.liveOut(block);
      const kept: Value[] = [];
      for (let i = block.instructions.length - 1; i >= 0; i--) {
        const value = block.instructions[i]!;
        const written = this.written(value);
        const needed = written ? (live.get(written.slot) ?? 0n) & written.bytes : 1n;
        if (needed === 0n) {
          changed = true;
          continue;
        }
        if (written && value.op === 'zero' && this.cut(value, written.start, needed)) changed = true;
        this.step(value, live);
        kept.push(value);
      }
      if (kept.length < block.instructions.length) block.instructions = kept.reverse();
    }
    return changed;
  }

  private liveOut(block: Block): LiveBytes {
    const live: LiveBytes = new Map();
    for (let i = 0; i < block.wayCount; i++) {
      const after = this.liveIn.get(block.way(i).block);
      if (after) for (const [slot, bytes] of after) live.set(slot, (live.get(slot) ?? 0n) | bytes);
    }
    return live;
  }

  private step(value: Value, live: LiveBytes): void {
    const { op, args, attributes } = value;
    if (opTable[op].effect === 'none') return;
    const written = this.written(value);
    if (written) {
      const rest = (live.get(written.slot) ?? 0n) & ~written.bytes;
      if (rest === 0n) live.delete(written.slot);
      else live.set(written.slot, rest);
    }
    if (op === 'load' || op.startsWith('atomic')) this.read(live, args[0]!, attributes.offset ?? 0, attributes.width);
    else if (op === 'copy') this.read(live, args[1]!, attributes.sourceOffset ?? 0, attributes.size);
    else if (op.startsWith('call')) for (const arg of args) this.read(live, arg, 0, undefined);
  }

  private read(live: LiveBytes, pointer: Value, offset: number, size: number | undefined): void {
    const { root, offset: start } = placeOf(pointer, offset);
    const { slot } = root.attributes;
    if (!slot || this.escaped.has(slot)) return;
    const bytes = (size === undefined ? bytesOf(0, slot.size) : bytesOf(start, size)) & (this.everWritten.get(slot) ?? 0n);
    if (bytes !== 0n) live.set(slot, (live.get(slot) ?? 0n) | bytes);
  }

  /** Bytes of a slot that the instruction overwrites, whatever was in them. */
  private written(value: Value): { slot: StackSlot; start: number; bytes: bigint } | undefined {
    if (value.op !== 'store' && value.op !== 'zero' && value.op !== 'copy') return undefined;
    const { root, offset } = placeOf(value.args[0]!, value.attributes.offset ?? 0);
    const { slot } = root.attributes;
    if (!slot || this.escaped.has(slot)) return undefined;
    return { slot, start: offset, bytes: bytesOf(offset, value.attributes.size ?? value.attributes.width!) };
  }

  /** Leaves out what is not needed at both ends, in steps of 8 bytes so that the rest is written as before. */
  private cut(zero: Value, start: number, needed: bigint): boolean {
    const { attributes } = zero;
    const size = attributes.size!;
    const relative = needed >> BigInt(start);
    const bits = relative.toString(2);
    const first = bits.length - 1 - bits.lastIndexOf('1');
    const from = Math.min(size, Math.floor((start + first) / 8) * 8 - start);
    const to = Math.min(size, Math.ceil((start + bits.length) / 8) * 8 - start);
    if (from <= 0 && to >= size) return false;
    attributes.offset = (attributes.offset ?? 0) + Math.max(0, from);
    attributes.size = to - Math.max(0, from);
    return true;
  }
}

function bytesOf(start: number, size: number): bigint {
  return ((1n << BigInt(size)) - 1n) << BigInt(start);
}

function sameBytes(a: LiveBytes, b: LiveBytes): boolean {
  if (a.size !== b.size) return false;
  for (const [slot, bytes] of b) if (a.get(slot) !== bytes) return false;
  return true;
}
