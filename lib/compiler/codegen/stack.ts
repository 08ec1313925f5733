// The stack frame: a place for each slot and each spilled value.
//
//   in     machine code in layout order, positions of its blocks, spilled ranges
//   out    byte offset from r10 of each
//   idea   objects whose lifetimes do not overlap share bytes; a slot lives from its first access on any way to its last
//   facts  a frame has 512 bytes, and so have all frames of a call chain together, each rounded up to 32 (check_max_stack_depth
//          in kernel/bpf/verifier.c); the verifier wants stack accesses aligned to their size

import type { StackSlot } from '../../model/ir/ir.js';
import { loopSpans, type LoopSpans } from '../../model/ir/loop-spans.js';
import { forEachDefinition, forEachUse, type MachineBlock, type MachineFunc, type MachineInsn, type Reg } from './machine.js';
import { LiveRange } from './live-range.js';

export const STACK_BYTES = 512;

/** Bytes a frame counts in a call chain. */
export function roundedFrame(sizeBytes: number): number {
  return Math.ceil(Math.max(sizeBytes, 1) / 32) * 32;
}

/** Alignment every slot gets: what was asked for, and enough for accesses in the widest unit that fits in it. */
export function slotAlign(slot: StackSlot): number {
  return Math.max(slot.align, slot.size >= 8 ? 8 : slot.size >= 4 ? 4 : slot.size >= 2 ? 2 : 1);
}

export interface StackLayout {
  readonly slotOffsets: ReadonlyMap<StackSlot, number>;
  /** by number of the spill slot */
  readonly spillOffsets: readonly number[];
  readonly sizeBytes: number;
}

interface Placed {
  readonly life: LiveRange;
  /** bytes below r10 */
  readonly from: number;
  readonly to: number;
}

/** What has its place, found by when it lives: most objects live for a moment, and a long program has many. */
class Frame {
  private readonly placedByTime: Placed[][] = [];
  sizeBytes = 0;

  add(placed: Placed): void {
    for (const time of timesOf(placed.life)) (this.placedByTime[time] ??= []).push(placed);
    this.sizeBytes = Math.max(this.sizeBytes, placed.to);
  }

  inTheWayOf(lives: readonly LiveRange[]): Placed[] {
    const found = new Set<Placed>();
    for (const life of lives) {
      for (const time of timesOf(life)) for (const placed of this.placedByTime[time] ?? []) if (!found.has(placed) && placed.life.overlaps(life)) found.add(placed);
    }
    return [...found];
  }
}

/** positions that are one time, as power of two */
const TIME_SHIFT = 10;

function* timesOf({ segments }: LiveRange): Iterable<number> {
  let time = 0;
  for (let i = 0; i < segments.length; i += 2) {
    const end = (segments[i + 1]! - 1) >> TIME_SHIFT;
    for (time = Math.max(time, segments[i]! >> TIME_SHIFT); time <= end; time++) yield time;
  }
}

/** May need more than STACK_BYTES: whether it fits is a question of the whole call chain.
 *  @param spills  by spill number: the ranges that are kept there */
export function placeStack(func: MachineFunc, blockStarts: readonly number[], spills: readonly (readonly LiveRange[])[]): StackLayout {
  const lives = slotLives(func, blockStarts);
  const frame = new Frame();
  const slotOffsets = new Map<StackSlot, number>();
  const slots = [...lives.keys()].sort((a, b) => slotAlign(b) - slotAlign(a) || b.size - a.size || a.id - b.id);
  const spillOffsets = spills.map((ranges) => -place(frame, ranges.map(wholeInstructions), 8, 8));
  for (const slot of slots) slotOffsets.set(slot, -place(frame, [lives.get(slot)!], slot.size, slotAlign(slot)));
  return { slotOffsets, spillOffsets, sizeBytes: Math.ceil(frame.sizeBytes / 8) * 8 };
}

/** Moves before and after one instruction happen in any order, so spill slots must not meet there. */
function wholeInstructions(range: LiveRange): LiveRange {
  const rounded = new LiveRange(range.members);
  for (let i = 0; i < range.segments.length; i += 2) {
    const start = range.segments[i]! & ~3;
    const end = (range.segments[i + 1]! + 3) & ~3;
    if (rounded.segments[rounded.segments.length - 1]! >= start) rounded.segments[rounded.segments.length - 1] = end;
    else rounded.segments.push(start, end);
  }
  return rounded;
}

/** Lowest place free for the whole life. Gives the distance from r10 down to the object's first byte. */
function place(frame: Frame, lives: readonly LiveRange[], size: number, align: number): number {
  const inTheWay = frame.inTheWayOf(lives).sort((a, b) => a.from - b.from);
  let to = Math.ceil(size / align) * align;
  for (const other of inTheWay) {
    if (other.from >= to) break;
    if (other.to > to - size) to = Math.ceil((other.to + size) / align) * align;
  }
  for (const life of lives) frame.add({ life, from: to - size, to });
  return to;
}

/** From the first access of each slot to its last. Every use of a pointer made from a slot is an access. */
function slotLives(func: MachineFunc, blockStarts: readonly number[]): Map<StackSlot, LiveRange> {
  const pointsTo = pointersToSlots(func);
  const accesses = new Map<StackSlot, Map<number, { first: number; last: number }>>();
  const everywhere = new Set<StackSlot>();
  for (const block of func.blocks) {
    block.insns.forEach((insn, index) => {
      const at = blockStarts[block.index]! + index * 4;
      forEachSlot(insn, pointsTo, (slot) => {
        const byBlock = accesses.get(slot) ?? new Map<number, { first: number; last: number }>();
        accesses.set(slot, byBlock);
        const known = byBlock.get(block.index);
        if (known) known.last = at + 4;
        else byBlock.set(block.index, { first: at, last: at + 4 });
      });
      if (insn.kind === 'store' && 'reg' in insn.value) for (const slot of pointsTo.get(insn.value.reg) ?? []) everywhere.add(slot);
    });
  }
  const lives = new Map<StackSlot, LiveRange>();
  const way = new Way(func);
  for (const [slot, byBlock] of accesses) {
    const life = new LiveRange([]);
    lives.set(slot, life);
    if (everywhere.has(slot)) life.segments = [0, blockStarts[func.blocks.length]!];
    else life.segments = lifeBetween(blockStarts, byBlock, way);
  }
  return lives;
}

/** The blocks in an order in which control goes forwards but in loops. Layout is no such order: unlikely blocks stand at the end. */
class Way {
  readonly order: readonly MachineBlock[];
  /** place in the order, by block index */
  readonly rank: Int32Array;
  /** by rank */
  readonly loops: LoopSpans;

  constructor(func: MachineFunc) {
    this.order = reversePostorder(func);
    this.rank = new Int32Array(func.blocks.length);
    this.order.forEach(({ index }, rank) => (this.rank[index] = rank));
    this.loops = loopSpans(this.order.map(({ successors }) => successors.map(({ index }) => this.rank[index]!)));
  }
}

function reversePostorder({ blocks }: MachineFunc): MachineBlock[] {
  const order: MachineBlock[] = [];
  const seen = new Uint8Array(blocks.length);
  for (const root of blocks) {
    const open = seen[root.index] ? [] : [{ block: root, next: 0 }];
    seen[root.index] = 1;
    const found: MachineBlock[] = [];
    for (let last = open.at(-1); last; last = open.at(-1)) {
      const successor = last.block.successors[last.next++];
      if (!successor) found.push(open.pop()!.block);
      else if (!seen[successor.index]) {
        seen[successor.index] = 1;
        open.push({ block: successor, next: 0 });
      }
    }
    order.push(...found.reverse());
  }
  return order;
}

/** No way from one access to another leaves the blocks from the first to the last, but in loops around these. */
function lifeBetween(blockStarts: readonly number[], byBlock: ReadonlyMap<number, { first: number; last: number }>, { order, rank, loops }: Way): number[] {
  let first = order.length - 1;
  let last = 0;
  for (const index of byBlock.keys()) {
    first = Math.min(first, loops.start[rank[index]!]!);
    last = Math.max(last, loops.end[rank[index]!]!);
  }
  const after = new Uint8Array(last - first + 1); // by rank: an access may have come before this block
  const before = new Uint8Array(last - first + 1); // an access may come behind this block
  const flood = (marks: Uint8Array, next: 'successors' | 'predecessors'): void => {
    const work = [...byBlock.keys()].map((index) => rank[index]!);
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      for (const { index } of order[at]![next]) {
        const other = rank[index]!;
        if (other < first || other > last || marks[other - first]) continue;
        marks[other - first] = 1;
        work.push(other);
      }
    }
  };
  flood(after, 'successors');
  flood(before, 'predecessors');
  const segments: number[] = [];
  const alive = order.slice(first, last + 1).filter((block, i) => byBlock.has(block.index) || (after[i] && before[i]));
  for (const { index } of alive.sort((a, b) => a.index - b.index)) {
    const here = byBlock.get(index);
    const start = after[rank[index]! - first] ? blockStarts[index]! : here?.first;
    const end = before[rank[index]! - first] ? blockStarts[index + 1]! : here?.last;
    if (start === undefined || end === undefined || start >= end) continue;
    if (segments[segments.length - 1] === start) segments[segments.length - 1] = end;
    else segments.push(start, end);
  }
  return segments;
}

/** Calls `visit` for each slot an instruction touches, directly or by a register that points into it. */
function forEachSlot(insn: MachineInsn, pointsTo: ReadonlyMap<Reg, ReadonlySet<StackSlot>>, visit: (slot: StackSlot) => void): void {
  if ('address' in insn && typeof insn.address.base !== 'number') visit(insn.address.base);
  const operands = insn.kind === 'call' ? insn.args : insn.kind === 'copies' ? insn.copies.map((c) => c.from) : insn.kind === 'exit' ? [insn.value] : [];
  for (const operand of operands) if (operand.kind === 'slot') visit(operand.slot);
  if (pointsTo.size > 0) forEachUse(insn, (reg) => pointsTo.get(reg)?.forEach(visit));
}

/** Registers that hold an address inside a slot, to a fixed point over copies and arithmetic. */
function pointersToSlots(func: MachineFunc): Map<Reg, Set<StackSlot>> {
  const pointsTo = new Map<Reg, Set<StackSlot>>();
  let changed = true;
  const add = (reg: Reg, slots: Iterable<StackSlot>): void => {
    let known = pointsTo.get(reg);
    for (const slot of slots) {
      if (known?.has(slot)) continue;
      if (!known) pointsTo.set(reg, (known = new Set()));
      known.add(slot);
      changed = true;
    }
  };
  while (changed) {
    changed = false;
    for (const block of func.blocks) {
      for (const insn of block.insns) {
        if (insn.kind === 'copies') {
          for (const { dst, from } of insn.copies) {
            if (from.kind === 'slot') add(dst, [from.slot]);
            else if ((from.kind === 'reg' || from.kind === 'address') && pointsTo.has(from.reg)) add(dst, pointsTo.get(from.reg)!);
          }
        } else if (insn.kind === 'alu' && pointsTo.size > 0) {
          forEachUse(insn, (reg) => {
            if (pointsTo.has(reg)) forEachDefinition(insn, (dst) => add(dst, pointsTo.get(reg)!));
          });
        }
      }
    }
  }
  return pointsTo;
}
