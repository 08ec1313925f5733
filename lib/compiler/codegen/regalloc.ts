// Register allocation: virtual registers to r0-r9 and spill slots.
//
//   in     MachineFunc in layout order
//   out    AllocatedFunc: the same instructions over machine registers, with the moves and spills between them
//   idea   ranges with holes are given registers in order of weight (uses per length); ranges connected by a move share one range
//          when they do not overlap; a range without a register is spilled: each use gets a tiny range around it, which may
//          evict lighter ones. Values that live across a call can only have r6-r9, since the call clobbers the others.
//          Constants and addresses are made anew where they are used instead of being spilled.
//   facts  calling convention: Documentation/bpf/standardization/abi.rst; spills are 8 bytes, so that the verifier keeps
//          pointer types, bounds and the identity of values behind a null check

import { bug } from '../../model/diagnostics/errors.js';
import { addOffset, type AllocatedFunc, type AllocatedItem, mapRegisters } from './allocated.js';
import { type Affinity, CLOBBER, END, findLiveRanges, LiveRange, READ, WRITE } from './live-range.js';
import { clobberedBy, forEachDefinition, forEachUse, type MachineFunc, type MachineInsn, type Operand, type Reg, type UseTime } from './machine.js';
import { isRegister, type Location, type Move, sequenceMoves, SPILL } from './moves.js';
import { dropReloads } from './reloads.js';
import { RegisterFile } from './register-file.js';

export function allocateRegisters(func: MachineFunc): AllocatedFunc {
  return new Allocator(func).run();
}

class Allocator {
  private readonly file = new RegisterFile();
  private readonly rangeOf: (LiveRange | undefined)[];
  private readonly affinities: Affinity[];
  private readonly blockStarts: number[];
  /** moves that a range would save by having the same register as another */
  private readonly partners = new Map<LiveRange, { range: LiveRange; saved: number }[]>();
  private readonly spills: LiveRange[][] = [];
  private readonly tinies = new Map<number, LiveRange>();
  private readonly scratchSlots: (number | undefined)[] = [undefined, undefined];
  private queue: LiveRange[] = [];
  private lastTiny: LiveRange | undefined;
  private occurrences: { at: number; insn: MachineInsn }[][] | undefined;

  constructor(private readonly func: MachineFunc) {
    const { ranges, affinities, blockStarts } = findLiveRanges(func);
    this.rangeOf = [...ranges];
    this.affinities = affinities;
    this.blockStarts = blockStarts;
  }

  run(): AllocatedFunc {
    this.coalesce();
    const ranges = [...new Set(this.rangeOf)].filter((r): r is LiveRange => r !== undefined);
    for (const range of ranges) range.weigh();
    this.queue = [...ranges].sort((a, b) => a.weight - b.weight || b.start - a.start);
    for (let range = this.queue.pop(); range; range = this.queue.pop()) this.place(range);
    const blocks = this.func.blocks.map((block) => this.rewrite(block.insns, this.blockStarts[block.index]!));
    return { func: this.func, blocks, spills: this.spills, blockStarts: this.blockStarts, ranges };
  }

  // ---- sharing ---------------------------------------------------------------------------------------------------

  private coalesce(): void {
    const sorted = this.affinities.map((affinity, index) => ({ ...affinity, index })).sort((x, y) => y.saved - x.saved || x.index - y.index);
    for (const { a, b, saved } of sorted) {
      const first = this.rangeOf[a];
      const second = this.rangeOf[b];
      if (!first || !second || first === second) continue;
      const losesRemake = (first.remake && first.clobbered) || (second.remake && second.clobbered);
      if (losesRemake || first.overlaps(second)) {
        this.addPartner(first, second, saved);
        this.addPartner(second, first, saved);
        continue;
      }
      const [into, from] = first.members.length >= second.members.length ? [first, second] : [second, first];
      into.absorb(from);
      for (const member of from.members) this.rangeOf[member] = into;
      const moved = this.partners.get(from);
      if (moved) for (const { range, saved: s } of moved) this.addPartner(into, range, s);
    }
  }

  private addPartner(range: LiveRange, other: LiveRange, saved: number): void {
    const list = this.partners.get(range);
    if (list) list.push({ range: other, saved });
    else this.partners.set(range, [{ range: other, saved }]);
  }

  // ---- choosing --------------------------------------------------------------------------------------------------

  private place(range: LiveRange): void {
    if (range.segments.length === 0) return;
    const reg = this.bestFree(range) ?? this.evictFor(range);
    if (reg !== undefined) this.file.assign(range, reg);
    else if (range.tiny) bug('regalloc', `no register for a reload in ${this.func.name}`);
    else this.spill(range);
  }

  private bestFree(range: LiveRange): number | undefined {
    let best: number | undefined;
    let bestScore = -1;
    const wanted = new Map(range.hints);
    for (const { range: other, saved } of this.partners.get(range) ?? []) {
      const reg = this.current(other).reg;
      if (reg >= 0) wanted.set(reg, (wanted.get(reg) ?? 0) + saved);
    }
    // reloads are placed last first; with the register of the next one, that one may be spared
    if (range.next && range.next.reg >= 0) wanted.set(range.next.reg, (wanted.get(range.next.reg) ?? 0) + 0.5);
    for (const reg of range.clobbered & 1 ? KEPT_FIRST : SHORT_FIRST) {
      if (range.clobbered & (1 << reg) || !this.file.isFree(range, reg)) continue;
      const score = wanted.get(reg) ?? 0;
      if (score > bestScore) {
        best = reg;
        bestScore = score;
      }
    }
    return best;
  }

  private current(range: LiveRange): LiveRange {
    return range.tiny ? range : this.rangeOf[range.members[0]!]!;
  }

  private evictFor(range: LiveRange): number | undefined {
    let best: number | undefined;
    let bestWeight = range.weight;
    for (let reg = 0; reg < 10; reg++) {
      if (range.clobbered & (1 << reg)) continue;
      const heaviest = this.file.heaviestConflict(range, reg);
      if (heaviest < bestWeight) {
        best = reg;
        bestWeight = heaviest;
      }
    }
    if (best === undefined) return undefined;
    for (const other of this.file.conflicts(range, best)) {
      this.file.release(other);
      this.queue.push(other);
    }
    return best;
  }

  // ---- spilling --------------------------------------------------------------------------------------------------

  private spill(range: LiveRange): void {
    if (!range.remake) {
      range.spill = this.spills.length;
      this.spills.push([range]);
    }
    this.lastTiny = undefined;
    for (const member of range.members) {
      for (const { at, insn } of this.occurrencesOf(member)) {
        const uses = this.registerUses(insn).get(member);
        if (uses) this.addTiny(member, insn, at, false, [at - 1, uses === 'late' ? at + END : at + READ + 1]);
        if (!range.remake && this.definesInRegister(insn, member)) this.addTiny(member, insn, at, true, [insn.kind === 'set' ? at : at + WRITE, at + END + 1]);
      }
    }
  }

  private addTiny(member: Reg, insn: MachineInsn, at: number, definition: boolean, segments: number[]): void {
    const tiny = new LiveRange([member], true);
    tiny.segments = segments;
    tiny.clobbered = tiny.covers(at + CLOBBER) ? clobberedBy(insn) : 0;
    tiny.weigh();
    if (this.lastTiny) this.lastTiny.next = tiny;
    this.lastTiny = tiny;
    this.tinies.set(this.tinyKey(member, at, definition), tiny);
    this.queue.push(tiny);
  }

  private tinyKey(member: Reg, at: number, definition: boolean): number {
    return (at * this.func.regCount + member) * 2 + (definition ? 1 : 0);
  }

  private occurrencesOf(reg: Reg): readonly { at: number; insn: MachineInsn }[] {
    if (!this.occurrences) {
      const lists: { at: number; insn: MachineInsn }[][] = [];
      this.occurrences = lists;
      for (const block of this.func.blocks) {
        block.insns.forEach((insn, index) => {
          const at = this.blockStarts[block.index]! + index * 4;
          const note = (r: Reg): void => {
            const list = (lists[r] ??= []);
            if (list[list.length - 1]?.at !== at) list.push({ at, insn });
          };
          forEachUse(insn, note);
          forEachDefinition(insn, note);
        });
      }
    }
    return this.occurrences[reg] ?? [];
  }

  /** Uses that need a register; calls, copies and exits can take a spilled value from memory. */
  private registerUses(insn: MachineInsn): Map<Reg, UseTime> {
    const uses = new Map<Reg, UseTime>();
    if (insn.kind === 'copies' || insn.kind === 'call' || insn.kind === 'exit') return uses;
    forEachUse(insn, (reg, time) => {
      if (insn.kind === 'atomic' && insn.op === 'cmpxchg' && reg === insn.expected && reg !== insn.value && reg !== insn.address.base) return;
      uses.set(reg, uses.get(reg) === 'late' ? 'late' : time);
    });
    return uses;
  }

  private definesInRegister(insn: MachineInsn, reg: Reg): boolean {
    if (insn.kind === 'copies' || insn.kind === 'call' || insn.kind === 'arguments' || (insn.kind === 'atomic' && insn.op === 'cmpxchg')) return false;
    let defines = false;
    forEachDefinition(insn, (r) => {
      defines ||= r === reg;
    });
    return defines;
  }

  // ---- writing ---------------------------------------------------------------------------------------------------

  private rewrite(insns: readonly MachineInsn[], start: number): AllocatedItem[] {
    const items: AllocatedItem[] = [];
    insns.forEach((insn, index) => this.rewriteInsn(insn, start + index * 4, items));
    return this.spills.length > 0 ? dropReloads(items) : items;
  }

  private rewriteInsn(insn: MachineInsn, at: number, items: AllocatedItem[]): void {
    const { span } = insn;
    const push = (moves: readonly Move[]): void => {
      for (const move of moves) items.push({ kind: 'move', move, span });
    };
    if (this.tinies.size > 0) for (const reg of this.registerUses(insn).keys()) {
      const tiny = this.tinies.get(this.tinyKey(reg, at, false));
      if (tiny) push([{ to: tiny.reg, from: this.stored(reg) }]);
    }
    const use = (reg: Reg): number => this.tinies.get(this.tinyKey(reg, at, false))?.reg ?? this.register(reg);
    const dst = (reg: Reg): number => this.tinies.get(this.tinyKey(reg, at, true))?.reg ?? this.register(reg);
    switch (insn.kind) {
      case 'arguments':
        items.push({ kind: 'insn', insn: { ...insn, dsts: insn.dsts.map((_, index) => index + 1) }, original: insn });
        push(this.sequence(insn.dsts.map((reg, index) => ({ to: this.location(reg), from: { kind: 'reg', reg: index + 1 } })), at));
        break;
      case 'copies': {
        const copies = insn.copies.filter((c) => !this.rangeOf[c.dst]!.remake || this.rangeOf[c.dst]!.reg >= 0);
        push(this.sequence(copies.map(({ dst: to, from }) => ({ to: this.location(to), from: this.located(from) })), at));
        items.push({ kind: 'bind', original: insn });
        break;
      }
      case 'call': {
        push(this.sequence(insn.args.map((arg, index) => ({ to: index + 1, from: this.located(arg) })), at));
        const args: Operand[] = insn.args.map((_, index) => ({ kind: 'reg', reg: index + 1 }));
        items.push({ kind: 'insn', insn: { ...insn, args, dst: insn.dst === undefined ? undefined : 0 }, original: insn });
        if (insn.dst !== undefined) push(this.fromR0(insn.dst));
        break;
      }
      case 'exit':
        push(this.sequence([{ to: 0, from: this.located(insn.value) }], at));
        items.push({ kind: 'insn', insn: { ...insn, value: { kind: 'reg', reg: 0 } }, original: insn });
        break;
      case 'atomic': {
        const address = typeof insn.address.base === 'number' ? { ...insn.address, base: use(insn.address.base) } : insn.address;
        if (insn.op === 'cmpxchg') {
          push(this.sequence([{ to: 0, from: this.located({ kind: 'reg', reg: insn.expected! }) }], at));
          items.push({ kind: 'insn', insn: { ...insn, address, value: use(insn.value), expected: 0, dst: 0 }, original: insn });
          push(this.fromR0(insn.dst!));
          break;
        }
        items.push({ kind: 'insn', insn: { ...insn, address, value: use(insn.value), dst: insn.dst === undefined ? undefined : dst(insn.dst) }, original: insn });
        break;
      }
      default:
        items.push({ kind: 'insn', insn: mapRegisters(insn, use, dst), original: insn });
    }
    if (this.tinies.size > 0) forEachDefinition(insn, (reg) => {
      const tiny = this.tinies.get(this.tinyKey(reg, at, true));
      if (tiny) push([{ to: SPILL + this.rangeOf[reg]!.spill, from: { kind: 'reg', reg: tiny.reg } }]);
    });
  }

  private fromR0(dst: Reg): Move[] {
    const to = this.location(dst);
    return to === 0 ? [] : [{ to, from: { kind: 'reg', reg: 0 } }];
  }

  private register(reg: Reg): number {
    const range = this.rangeOf[reg];
    if (!range || range.reg < 0) bug('regalloc', `v${reg} has no register in ${this.func.name}`);
    return range.reg;
  }

  private location(reg: Reg): Location {
    const range = this.rangeOf[reg]!;
    return range.reg >= 0 ? range.reg : SPILL + range.spill;
  }

  /** A spilled value as operand: its slot, or how to make it. */
  private stored(reg: Reg): Operand {
    const range = this.rangeOf[reg]!;
    return range.remake ?? { kind: 'reg', reg: SPILL + range.spill };
  }

  private located(operand: Operand): Operand {
    if (operand.kind !== 'reg' && operand.kind !== 'address') return operand;
    const range = this.rangeOf[operand.reg]!;
    if (range.reg < 0 && range.remake) return operand.kind === 'reg' ? range.remake : addOffset(range.remake, operand.offset);
    return { ...operand, reg: this.location(operand.reg) };
  }

  private sequence(moves: readonly Move[], at: number): Move[] {
    return sequenceMoves(moves, {
      freeRegisters: this.needsScratch(moves) ? this.file.unusedAt(at + CLOBBER) : 0,
      slot: (number) => SPILL + (this.scratchSlots[number] ??= this.newScratchSlot()),
    });
  }

  /** Finding free registers costs time; a single move between registers needs none. */
  private needsScratch(moves: readonly Move[]): boolean {
    return moves.length > 1 || moves.some((m) => !isRegister(m.to));
  }

  private newScratchSlot(): number {
    const always = new LiveRange([]);
    always.segments = [0, this.blockStarts[this.blockStarts.length - 1]! + 4];
    this.spills.push([always]);
    return this.spills.length - 1;
  }
}

/** r0-r5 are free to use; the low ones are wanted by calls. */
const SHORT_FIRST = [5, 4, 3, 2, 1, 0, 6, 7, 8, 9];
const KEPT_FIRST = [6, 7, 8, 9, 5, 4, 3, 2, 1, 0];
