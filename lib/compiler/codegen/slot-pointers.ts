// Which stack slots a virtual register may point into.
//
//   in     machine code over virtual registers
//   out    for an operand, every slot whose bytes may be written through it
//   idea   the same for all places where a register is used: addresses spread through copies and arithmetic until nothing new is found.
//          An address that was stored somewhere may come back with any load of 8 bytes

import type { StackSlot } from '../../model/ir/ir.js';
import { forEachUse, type MachineFunc, type MachineInsn, type Operand, type Reg } from './machine.js';

type Slots = ReadonlySet<StackSlot>;
const none: Slots = new Set();

export class SlotPointers {
  private readonly slots = new Map<Reg, Set<StackSlot>>();
  private readonly stored = new Set<StackSlot>();
  private changed = false;

  constructor(func: MachineFunc) {
    const insns = func.blocks.flatMap((block) => block.insns);
    do {
      this.changed = false;
      for (const insn of insns) this.follow(insn);
    } while (this.changed);
  }

  slotsOf(operand: Operand): Slots {
    if (operand.kind === 'slot') return new Set([operand.slot]);
    return operand.kind === 'reg' || operand.kind === 'address' ? this.slots.get(operand.reg) ?? none : none;
  }

  private follow(insn: MachineInsn): void {
    switch (insn.kind) {
      case 'copies':
        for (const { dst, from } of insn.copies) this.add(dst, this.slotsOf(from));
        return;
      case 'alu':
        forEachUse(insn, (reg) => this.add(insn.dst, this.slotsOf({ kind: 'reg', reg })));
        return;
      case 'store':
        if ('reg' in insn.value) this.store(insn.value.reg);
        return;
      case 'atomic':
        this.store(insn.value);
        if (insn.dst !== undefined) this.add(insn.dst, this.stored);
        return;
      case 'load':
        if (insn.width === 8) this.add(insn.dst, this.stored);
        return;
      default:
    }
  }

  private store(value: Reg): void {
    for (const slot of this.slotsOf({ kind: 'reg', reg: value })) {
      this.changed ||= !this.stored.has(slot);
      this.stored.add(slot);
    }
  }

  private add(reg: Reg, slots: Slots): void {
    if (slots.size === 0) return;
    let known = this.slots.get(reg);
    if (!known) this.slots.set(reg, (known = new Set()));
    for (const slot of slots) {
      this.changed ||= !known.has(slot);
      known.add(slot);
    }
  }
}
