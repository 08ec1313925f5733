// Where each virtual register holds a value that is still needed.
//
//   in     MachineFunc in layout order
//   out    one LiveRange per virtual register, and the places where registers are clobbered
//   idea   each instruction has four positions, 4 * index + 0 early definitions and reads, + 1 clobbers, + 2 definitions, + 3 end;
//          liveness is found by walking from each use up to the definitions, so the cost is the length of what is live

import { clobberedBy, forEachDefinition, forEachUse, formatReg, isCommutative, type MachineBlock, type MachineFunc, type MachineInsn, type Operand, type Reg } from './machine.js';

export const READ = 0;
export const CLOBBER = 1;
export const WRITE = 2;
export const END = 3;

/** above every other weight */
const GUARDED = 1e9;

export class LiveRange {
  /** [start, end) pairs, ascending, disjoint */
  segments: number[] = [];
  /** how much a register for it would save: block frequency summed over uses and definitions */
  benefit = 0;
  /** saved moves by physical register */
  readonly hints = new Map<number, number>();
  /** registers it may not have, as mask: clobbered while it is live */
  clobbered = 0;
  /** physical register; -1 while it has none */
  reg = -1;
  /** number of its spill slot; -1 while it has none */
  spill = -1;
  /** made for one instruction that uses a spilled value: it cannot be spilled itself */
  readonly tiny: boolean;
  /** of a range made for one instruction: the next such range of the same value */
  next: LiveRange | undefined;
  remake: Operand | undefined;
  /** spilled last: the verifier would forget the bounds that a comparison gave it (guarded.ts) */
  guarded = false;

  constructor(
    /** the virtual registers that share it */
    readonly members: Reg[],
    tiny = false,
  ) {
    this.tiny = tiny;
  }

  get start(): number {
    return this.segments[0] ?? 0;
  }

  get end(): number {
    return this.segments[this.segments.length - 1] ?? 0;
  }

  /** Positions covered. */
  get length(): number {
    let sum = 0;
    for (let i = 0; i < this.segments.length; i += 2) sum += this.segments[i + 1]! - this.segments[i]!;
    return sum;
  }

  /** Who gets a register first; no range evicts one of the same or higher weight. */
  weight = 0;

  /** Sets the weight; the range must not change afterwards. */
  weigh(): void {
    this.weight = this.tiny ? Infinity : this.benefit / (this.length + 16) / (this.remake ? 2 : 1) + (this.guarded ? GUARDED : 0);
  }

  covers(position: number): boolean {
    const at = segmentAfter(this.segments, position);
    return at < this.segments.length && this.segments[at]! <= position;
  }

  overlaps(other: LiveRange): boolean {
    const a = this.segments;
    const b = other.segments;
    // a range that grew by many short ones is asked about each of them: what lies before the other is passed over at once
    let i = a.length > b.length ? segmentAfter(a, other.start) : 0;
    let j = b.length > a.length ? segmentAfter(b, this.start) : 0;
    while (i < a.length && j < b.length) {
      if (a[i + 1]! <= b[j]!) i += 2;
      else if (b[j + 1]! <= a[i]!) j += 2;
      else return true;
    }
    return false;
  }

  /** Takes over the other, which must not overlap. */
  absorb(other: LiveRange): void {
    this.segments = union(this.segments, other.segments);
    this.benefit += other.benefit;
    this.clobbered |= other.clobbered;
    this.guarded ||= other.guarded;
    for (const [reg, saved] of other.hints) this.hint(reg, saved);
    for (const member of other.members) this.members.push(member);
    this.remake = undefined;
  }

  hint(reg: number, saved: number): void {
    this.hints.set(reg, (this.hints.get(reg) ?? 0) + saved);
  }

  toString(): string {
    const parts: string[] = [];
    for (let i = 0; i < this.segments.length; i += 2) parts.push(`[${this.segments[i]},${this.segments[i + 1]})`);
    const place = this.reg >= 0 ? `r${this.reg}` : this.remake ? 'remade' : `spill ${this.spill}`;
    return `${this.members.map(formatReg).join('=')} ${place} ${parts.join(' ')}`;
  }
}

/** Segments of two ranges that do not overlap. Changes the longer list where it can: ranges grow by many short ones. */
function union(x: number[], y: number[]): number[] {
  const [long, short] = x.length >= y.length ? [x, y] : [y, x];
  if (short.length < long.length / 16 || short.length === 2) {
    for (let i = 0; i < short.length; i += 2) addSegment(long, short[i]!, short[i + 1]!);
    return long;
  }
  const merged: number[] = [];
  for (let i = 0, j = 0; i < long.length || j < short.length; ) {
    const fromLong = j >= short.length || (i < long.length && long[i]! < short[j]!);
    const start = fromLong ? long[i]! : short[j]!;
    const end = fromLong ? long[i + 1]! : short[j + 1]!;
    if (fromLong) i += 2;
    else j += 2;
    if (merged.length > 0 && merged[merged.length - 1] === start) merged[merged.length - 1] = end;
    else merged.push(start, end);
  }
  return merged;
}

/** Index of the first segment that ends behind a position. */
function segmentAfter(segments: readonly number[], position: number): number {
  let low = 0;
  let high = segments.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[2 * middle + 1]! <= position) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}

function addSegment(segments: number[], start: number, end: number): void {
  let at = segments.length;
  for (let low = 0; low < at; ) {
    const middle = ((low + at) >> 2) << 1;
    if (segments[middle]! < start) low = middle + 2;
    else at = middle;
  }
  const joinsBefore = at > 0 && segments[at - 1] === start;
  const joinsAfter = segments[at] === end;
  if (joinsBefore && joinsAfter) segments.splice(at - 1, 2);
  else if (joinsBefore) segments[at - 1] = end;
  else if (joinsAfter) segments[at] = start;
  else segments.splice(at, 0, start, end);
}

/** Two virtual registers that would save a move by sharing a register. */
export interface Affinity {
  readonly a: Reg;
  readonly b: Reg;
  readonly saved: number;
}

export interface Liveness {
  /** by virtual register; a hole where it is never defined nor used */
  readonly ranges: readonly (LiveRange | undefined)[];
  readonly affinities: Affinity[];
  /** position of the first instruction of each block, by block index; one more for the end */
  readonly blockStarts: number[];
}

export function findLiveRanges(func: MachineFunc): Liveness {
  const liveOut = findLiveOut(func);
  const ranges: (LiveRange | undefined)[] = [];
  const rangeOf = (reg: Reg): LiveRange => (ranges[reg] ??= new LiveRange([reg]));
  const affinities: Affinity[] = [];
  const blockStarts: number[] = [];
  const clobberAt: number[] = [];
  const clobberMask: number[] = [];

  let insnCount = 0;
  for (const block of func.blocks) {
    blockStarts.push(insnCount * 4);
    for (const insn of block.insns) {
      const mask = clobberedBy(insn);
      if (mask) {
        clobberAt.push(insnCount * 4 + CLOBBER);
        clobberMask.push(mask);
      }
      insnCount++;
    }
  }
  blockStarts.push(insnCount * 4);

  // Backwards; segments grow at their front, so they are kept reversed (end, start) until the end.
  for (let b = func.blocks.length - 1; b >= 0; b--) {
    const block = func.blocks[b]!;
    const start = blockStarts[b]!;
    for (const reg of liveOut[b]!) extend(rangeOf(reg).segments, start, blockStarts[b + 1]!);
    for (let i = block.insns.length - 1; i >= 0; i--) {
      const insn = block.insns[i]!;
      const at = start + i * 4;
      forEachDefinition(insn, (reg) => {
        const range = rangeOf(reg);
        range.benefit += block.frequency;
        define(range.segments, start, insn.kind === 'set' ? at : at + WRITE);
      });
      forEachUse(insn, (reg, time) => {
        const range = rangeOf(reg);
        range.benefit += block.frequency;
        extend(range.segments, start, time === 'late' ? at + END : at + READ + 1);
      });
    }
  }
  for (const range of ranges) {
    if (!range) continue;
    range.segments.reverse();
    range.clobbered = clobbersWithin(range.segments, clobberAt, clobberMask);
  }
  for (const reg of func.guarded) if (ranges[reg]) ranges[reg]!.guarded = true;
  for (const [reg, operand] of func.remakeable) if (ranges[reg]) ranges[reg]!.remake = operand;
  for (const block of func.blocks) for (const insn of block.insns) noteHints(insn, block.frequency, rangeOf, affinities);
  return { ranges, affinities, blockStarts };
}

/** Reversed segments: the last two entries are [end, start] of the first segment found so far. */
function extend(reversed: number[], start: number, end: number): void {
  const n = reversed.length;
  if (n > 0 && reversed[n - 1]! <= end) {
    if (reversed[n - 1]! > start) reversed[n - 1] = start;
    if (reversed[n - 2]! < end) reversed[n - 2] = end;
  } else reversed.push(end, start);
}

function define(reversed: number[], blockStart: number, at: number): void {
  const n = reversed.length;
  // live after here in this block: the segment now begins at the definition
  if (n > 0 && reversed[n - 1]! <= at && reversed[n - 1]! >= blockStart && reversed[n - 2]! > at) reversed[n - 1] = at;
  else extend(reversed, at, at + 1);
}

function clobbersWithin(segments: readonly number[], at: readonly number[], mask: readonly number[]): number {
  let found = 0;
  for (let s = 0; s < segments.length; s += 2) {
    let low = 0;
    let high = at.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at[middle]! < segments[s]!) low = middle + 1;
      else high = middle;
    }
    for (; low < at.length && at[low]! < segments[s + 1]!; low++) {
      found |= mask[low]!;
      if (found === 0b111111) return found;
    }
  }
  return found;
}

function noteHints(insn: MachineInsn, frequency: number, rangeOf: (reg: Reg) => LiveRange, affinities: Affinity[]): void {
  switch (insn.kind) {
    case 'arguments':
      insn.dsts.forEach((reg, index) => rangeOf(reg).hint(index + 1, frequency));
      break;
    case 'copies':
      for (const { dst, from } of insn.copies) {
        if (from.kind === 'reg' || from.kind === 'address') affinities.push({ a: dst, b: from.reg, saved: frequency });
      }
      break;
    case 'alu':
      affinities.push({ a: insn.dst, b: insn.a, saved: frequency });
      // x86 divides in rax and rdx, which are r0 and r3: elsewhere the JIT saves and restores them
      if (insn.op === 'div') rangeOf(insn.dst).hint(0, frequency * 0.5);
      if (insn.op === 'mod') rangeOf(insn.dst).hint(3, frequency * 0.5);
      if ('reg' in insn.b && isCommutative(insn.op)) affinities.push({ a: insn.dst, b: insn.b.reg, saved: frequency * 0.9 });
      break;
    case 'unary':
      affinities.push({ a: insn.dst, b: insn.a, saved: frequency });
      break;
    case 'atomic':
      if (insn.op === 'cmpxchg') {
        rangeOf(insn.expected!).hint(0, frequency);
        if (insn.dst !== undefined) rangeOf(insn.dst).hint(0, frequency);
      } else if (insn.dst !== undefined) affinities.push({ a: insn.dst, b: insn.value, saved: frequency });
      break;
    case 'call':
      insn.args.forEach((arg, index) => {
        if (arg.kind === 'reg' || arg.kind === 'address') rangeOf(arg.reg).hint(index + 1, frequency);
      });
      if (insn.dst !== undefined) rangeOf(insn.dst).hint(0, frequency);
      break;
    case 'exit':
      if (insn.value.kind === 'reg') rangeOf(insn.value.reg).hint(0, frequency);
      break;
    default:
  }
}

/** By block index: the virtual registers live at the block's end. */
function findLiveOut(func: MachineFunc): ReadonlySet<Reg>[] {
  const defined: Set<Reg>[] = [];
  const liveIn: Set<Reg>[] = [];
  const liveOut: Set<Reg>[] = [];
  const work: { block: MachineBlock; reg: Reg }[] = [];
  const enter = (block: MachineBlock, reg: Reg): void => {
    if (liveIn[block.index]!.has(reg)) return;
    liveIn[block.index]!.add(reg);
    work.push({ block, reg });
  };
  for (const _ of func.blocks) {
    defined.push(new Set());
    liveIn.push(new Set());
    liveOut.push(new Set());
  }
  for (const block of func.blocks) {
    const here = defined[block.index]!;
    for (const insn of block.insns) {
      forEachUse(insn, (reg) => {
        if (!here.has(reg)) enter(block, reg);
      });
      forEachDefinition(insn, (reg) => {
        here.add(reg);
      });
    }
  }
  for (let item = work.pop(); item; item = work.pop()) {
    for (const before of item.block.predecessors) {
      if (liveOut[before.index]!.has(item.reg)) continue;
      liveOut[before.index]!.add(item.reg);
      if (!defined[before.index]!.has(item.reg)) enter(before, item.reg);
    }
  }
  return liveOut;
}
