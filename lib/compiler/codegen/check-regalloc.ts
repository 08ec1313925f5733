// Proves a register allocation: every use finds in its register the value it had before allocation.
//
//   in     AllocatedFunc and the stack layout
//   out    nothing, or a Bug that names instruction, location and what it holds instead
//   idea   forward over all ways: a state says which virtual values each register and stack place holds; moves copy that
//          knowledge, instructions replace it, joins keep what all ways agree on. Nothing of the allocator's own data is read:
//          only the instructions before (their virtual registers) and after (their locations)
//   facts  a value that is a constant or an address is known by its text, so that making it anew counts as holding it

import { bug } from '../../model/diagnostics/errors.js';
import type { StackSlot } from '../../model/ir/ir.js';
import { clobberedBy, forEachDefinition, forEachUse, formatMachineInsn, formatOperand, formatReg, type MachineInsn, type Operand, type Reg } from './machine.js';
import { formatLocation, isRegister, type Location, type Move, SPILL } from './moves.js';
import type { AllocatedFunc, AllocatedItem } from './allocated.js';
import type { StackLayout } from './stack.js';

/** What a location holds: names of values that are all the same there. */
type Names = ReadonlySet<string>;
/** by place: registers 0-9, spill slots as their negative stack offset */
type State = Map<number, Names>;

const nothing: Names = new Set();

export function checkRegalloc(allocated: AllocatedFunc, stack: StackLayout): void {
  new Checker(allocated, stack).run();
}

class Checker {
  /** single definitions that are constants or addresses */
  private readonly madeOf = new Map<string, string>();

  constructor(
    private readonly allocated: AllocatedFunc,
    private readonly stack: StackLayout,
  ) {
    const definitions = new Map<Reg, number>();
    for (const block of allocated.func.blocks) {
      for (const insn of block.insns) forEachDefinition(insn, (reg) => definitions.set(reg, (definitions.get(reg) ?? 0) + 1));
    }
    for (const block of allocated.func.blocks) {
      for (const insn of block.insns) {
        if (insn.kind !== 'copies') continue;
        for (const { dst, from } of insn.copies) {
          if (definitions.get(dst) === 1 && from.kind !== 'reg' && from.kind !== 'address') this.madeOf.set(formatReg(dst), formatOperand(from));
        }
      }
    }
  }

  run(): void {
    const { func, blocks } = this.allocated;
    const entryStates: (State | undefined)[] = func.blocks.map(() => undefined);
    entryStates[0] = new Map();
    const work = [0];
    for (let index = work.shift(); index !== undefined; index = work.shift()) {
      const state = new Map(entryStates[index]!);
      for (const item of blocks[index]!) this.step(item, state);
      for (const next of func.blocks[index]!.successors) {
        const merged = merge(entryStates[next.index], state);
        if (!merged) continue;
        entryStates[next.index] = merged;
        if (!work.includes(next.index)) work.push(next.index);
      }
    }
  }

  private place(location: Location): number {
    return isRegister(location) ? location : this.stack.spillOffsets[location - SPILL]!;
  }

  private step(item: AllocatedItem, state: State): void {
    if (item.kind === 'move') this.move(item.move, state);
    else if (item.kind === 'bind') this.bind(item.original, state);
    else this.execute(item.insn, item.original, state);
  }

  private move({ to, from }: Move, state: State): void {
    if (from.kind === 'reg') state.set(this.place(to), state.get(this.place(from.reg)) ?? nothing);
    else if (from.kind === 'address') {
      const names = [...(state.get(this.place(from.reg)) ?? nothing)].map((name) => plus(name, from.offset));
      state.set(this.place(to), new Set(names));
    } else state.set(this.place(to), new Set([formatOperand(from)]));
  }

  private bind({ copies }: MachineInsn & { kind: 'copies' }, state: State): void {
    for (const [place, names] of state) {
      const now = new Set<string>();
      for (const name of names) if (!copies.some((c) => isAbout(name, c.dst))) now.add(name);
      for (const { dst, from } of copies) if (this.isHeld(from, names)) now.add(formatReg(dst));
      state.set(place, now);
    }
  }

  /** Whether a place with these names holds the operand's value. */
  private isHeld(operand: Operand, names: Names): boolean {
    const text = formatOperand(operand);
    if (names.has(text)) return true;
    if (operand.kind === 'reg') {
      const made = this.madeOf.get(text);
      return made !== undefined && names.has(made);
    }
    if (operand.kind === 'address') {
      const made = this.madeOf.get(formatReg(operand.reg));
      return made !== undefined && names.has(plus(made, operand.offset));
    }
    return false;
  }

  private demand(operand: Operand, location: Location, state: State, original: MachineInsn): void {
    const names = state.get(this.place(location)) ?? nothing;
    if (this.isHeld(operand, names)) return;
    bug('check-regalloc', `${this.allocated.func.name}: '${formatMachineInsn(original)}' wants ${formatOperand(operand)} in ${formatLocation(location)}, `
      + `which holds ${[...names].join(' = ') || 'nothing'}`);
  }

  private execute(insn: MachineInsn, original: MachineInsn, state: State): void {
    const operandsWanted = operandsOf(original);
    const operandsGiven = operandsOf(insn);
    if (operandsWanted.length !== operandsGiven.length) bug('check-regalloc', `'${formatMachineInsn(original)}' became '${formatMachineInsn(insn)}'`);
    operandsWanted.forEach((operand, index) => {
      const given = operandsGiven[index]!;
      if (given.kind !== 'reg') bug('check-regalloc', `'${formatMachineInsn(insn)}' takes ${formatOperand(given)} from no register`);
      this.demand(operand, given.reg, state, original);
    });
    const virtual: Reg[] = [];
    const physical: Reg[] = [];
    forEachDefinition(original, (reg) => virtual.push(reg));
    forEachDefinition(insn, (reg) => physical.push(reg));
    this.checkTies(insn, original);
    this.overwriteSlots(original, state);
    const clobbered = clobberedBy(insn);
    for (let reg = 0; reg < 6; reg++) if (clobbered & (1 << reg)) state.set(reg, nothing);
    for (const reg of virtual) forget(reg, state);
    physical.forEach((reg, index) => state.set(reg, virtual[index] === undefined ? nothing : new Set([formatReg(virtual[index]!)])));
  }

  /** A slot that is written, or given to a call, must not lie on a spilled value that is still needed. */
  private overwriteSlots(original: MachineInsn, state: State): void {
    const overwrite = (slot: StackSlot, offset: number, size: number): void => {
      const start = this.stack.slotOffsets.get(slot)! + offset;
      for (const place of state.keys()) if (place < 0 && place < start + size && start < place + 8) state.set(place, nothing);
    };
    if ((original.kind === 'store' || original.kind === 'atomic') && typeof original.address.base !== 'number') {
      overwrite(original.address.base, original.address.offset, original.width);
    }
    if (original.kind === 'call') for (const arg of original.args) if (arg.kind === 'slot') overwrite(arg.slot, 0, arg.slot.size);
  }

  /** Two-address forms: what emit.ts overwrites before it is read must not be an operand. */
  private checkTies(insn: MachineInsn, original: MachineInsn): void {
    let broken = false;
    if (insn.kind === 'alu' && 'reg' in insn.b) {
      broken = insn.dst === insn.b.reg && insn.dst !== insn.a && insn.op !== 'add' && insn.op !== 'mul' && insn.op !== 'and' && insn.op !== 'or' && insn.op !== 'xor';
    } else if (insn.kind === 'set') broken = insn.dst === insn.a || ('reg' in insn.b && insn.dst === insn.b.reg);
    else if (insn.kind === 'atomic') {
      if (insn.op === 'cmpxchg') broken = insn.value === 0 || insn.address.base === 0;
      else broken = insn.dst !== undefined && insn.dst === insn.address.base;
    }
    if (broken) bug('check-regalloc', `${this.allocated.func.name}: '${formatMachineInsn(original)}' overwrites its operand as '${formatMachineInsn(insn)}'`);
  }
}

/** Everything an instruction reads, calls and exits included, in a fixed order. */
function operandsOf(insn: MachineInsn): Operand[] {
  if (insn.kind === 'call') return [...insn.args];
  if (insn.kind === 'exit') return [insn.value];
  const operands: Operand[] = [];
  forEachUse(insn, (reg) => operands.push({ kind: 'reg', reg }));
  return operands;
}

function plus(name: string, offset: number): string {
  const match = /^(.*?)(?: ([+-]) (\d+))?$/.exec(name)!;
  const sum = (match[2] ? Number(`${match[2]}${match[3]}`) : 0) + offset;
  if (/^-?\d+$/.test(name)) return `${BigInt(name) + BigInt(offset)}`;
  return sum === 0 ? match[1]! : `${match[1]} ${sum < 0 ? '-' : '+'} ${Math.abs(sum)}`;
}

function isAbout(name: string, reg: Reg): boolean {
  const text = formatReg(reg);
  return name === text || name.startsWith(`${text} `);
}

function forget(reg: Reg, state: State): void {
  for (const [place, names] of state) {
    for (const name of names) {
      if (!isAbout(name, reg)) continue;
      state.set(place, new Set([...names].filter((n) => !isAbout(n, reg))));
      break;
    }
  }
}

/** What both ways agree on; undefined when that is no news. */
function merge(known: State | undefined, arriving: State): State | undefined {
  if (!known) return new Map(arriving);
  let changed = false;
  const merged: State = new Map();
  for (const [place, names] of known) {
    const others = arriving.get(place) ?? nothing;
    const common = new Set([...names].filter((name) => others.has(name)));
    changed ||= common.size !== names.size;
    merged.set(place, common);
  }
  return changed ? merged : undefined;
}
