// Proves a register allocation: every use finds in its register the value it had before allocation.
//
//   in     AllocatedFunc and the stack layout
//   out    nothing, or a Bug that names instruction, location and what it holds instead
//   idea   forward over all ways: a state says which virtual values each register and stack place holds; moves copy that
//          knowledge, instructions replace it, joins keep what all ways agree on. Nothing of the allocator's own data is read:
//          only the instructions before (their virtual registers) and after (their locations). Which registers a call, a return and
//          cmpxchg take is the machine's business: they are demanded, whatever the allocated instruction says
//   facts  a value that is a constant or an address is known by its text, so that making it anew counts as holding it

import { bug } from '../../model/diagnostics/errors.js';
import type { StackSlot } from '../../model/ir/ir.js';
import { clobberedBy, forEachDefinition, forEachUse, formatMachineInsn, formatOperand, formatReg, type MachineInsn, type Operand, type Reg } from './machine.js';
import { SlotPointers } from './slot-pointers.js';
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
  private readonly pointers: SlotPointers;

  constructor(
    private readonly allocated: AllocatedFunc,
    private readonly stack: StackLayout,
  ) {
    this.pointers = new SlotPointers(allocated.func);
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
    const spoilt = (why: string): never => bug('check-regalloc', `${this.allocated.func.name}: '${formatMachineInsn(original)}' became '${formatMachineInsn(insn)}', ${why}`);
    if (withoutRegisters(insn) !== withoutRegisters(original)) spoilt('another instruction');
    const operandsWanted = operandsOf(original);
    const operandsGiven = operandsOf(insn);
    const virtual = definitionsOf(original);
    const physical = definitionsOf(insn);
    if (operandsWanted.length !== operandsGiven.length || virtual.length !== physical.length) spoilt('which has other operands');
    const { reads, writes } = conventionOf(original);
    operandsWanted.forEach((operand, index) => {
      const given = operandsGiven[index]!;
      if (given.kind !== 'reg') return spoilt(`which takes ${formatOperand(given)} from no register`);
      const register = reads[index] ?? given.reg;
      if (given.reg !== register || register > LAST_REGISTER) spoilt(`where operand ${index + 1} belongs in ${formatReg(register)}`);
      this.demand(operand, register, state, original);
    });
    physical.forEach((reg, index) => {
      const register = writes[index] ?? reg;
      if (reg !== register || register > LAST_REGISTER) spoilt(`where result ${index + 1} comes in ${formatReg(register)}`);
    });
    this.checkTies(insn, original);
    this.overwriteSlots(original, state);
    const clobbered = clobberedBy(insn);
    for (let reg = 0; reg < 6; reg++) if (clobbered & (1 << reg)) state.set(reg, nothing);
    for (const reg of virtual) forget(reg, state);
    physical.forEach((reg, index) => state.set(reg, new Set([formatReg(virtual[index]!)])));
  }

  /** A slot that is written, or given to a call, must not lie on a spilled value that is still needed. */
  private overwriteSlots(original: MachineInsn, state: State): void {
    const overwrite = (slot: StackSlot, offset = 0, size = slot.size): void => {
      const start = this.stack.slotOffsets.get(slot)! + offset;
      for (const place of state.keys()) if (place < 0 && place < start + size && start < place + 8) state.set(place, nothing);
    };
    if (original.kind === 'store' || original.kind === 'atomic') {
      const { base, offset } = original.address;
      if (typeof base !== 'number') overwrite(base, offset, original.width);
      else for (const slot of this.pointers.slotsOf({ kind: 'reg', reg: base })) overwrite(slot);
    }
    if (original.kind === 'call') for (const arg of original.args) for (const slot of this.pointers.slotsOf(arg)) overwrite(slot);
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

const LAST_REGISTER = 9;

/** The registers an instruction must use, by operand and by result, where it has no choice: arguments of calls and functions in r1 to r5,
 *  results in r0, which cmpxchg also compares with. */
function conventionOf(insn: MachineInsn): { readonly reads: readonly (Reg | undefined)[]; readonly writes: readonly (Reg | undefined)[] } {
  switch (insn.kind) {
    case 'call': return { reads: insn.args.map((_, index) => index + 1), writes: [0] };
    case 'exit': return { reads: [0], writes: [] };
    case 'arguments': return { reads: [], writes: insn.dsts.map((_, index) => index + 1) };
    case 'atomic': {
      if (insn.op !== 'cmpxchg') return { reads: [], writes: [] };
      const operands = operandsOf(insn).length;
      return { reads: Array.from({ length: operands }, (_, index) => (index === operands - 1 ? 0 : undefined)), writes: [0] };
    }
    default: return { reads: [], writes: [] };
  }
}

/** What an instruction does, with what register allocation may choose left out. */
function withoutRegisters(insn: MachineInsn): string {
  if (insn.kind === 'call') return `call ${insn.callee.kind} ${insn.callee.name}`;
  if (insn.kind === 'exit' || insn.kind === 'arguments') return insn.kind;
  return formatMachineInsn(insn).replace(/\b[rv]\d+\b/g, '_');
}

function definitionsOf(insn: MachineInsn): Reg[] {
  const registers: Reg[] = [];
  forEachDefinition(insn, (reg) => registers.push(reg));
  return registers;
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
