// Allocated machine code to instructions.
//
//   in     AllocatedFunc, StackLayout
//   out    Insn[] with source spans; maps and functions stay references
//   idea   blocks that only jump are skipped by everybody who goes there; a conditional jump is turned round when that lets the
//          next block be fallen into
//   facts  Linux 6.18 compares the stacks of two ways through a callback wrongly when one is deeper than the other, and gives up
//          ("verifier bug: stack slot 4, total slots 2"): a callback uses its whole frame at once, and so does a subprogram

import { Assembler, type Label } from '../../model/bpf/assembler.js';
import type { Insn } from '../../model/bpf/insn.js';
import type { Condition, MemorySize } from '../../model/bpf/opcodes.js';
import { R10, Register } from '../../model/bpf/registers.js';
import { bug } from '../../model/diagnostics/errors.js';
import type { Width } from '../../model/ir/ir.js';
import { type Address, formatMachineInsn, isCommutative, type MachineBlock, type MachineInsn, type RegOrImm } from './machine.js';
import { isRegister, type Location, type Move, SPILL } from './moves.js';
import type { AllocatedFunc } from './allocated.js';
import type { StackLayout } from './stack.js';

const inverse: Partial<Record<Condition, Condition>> = {
  '==': '!=', '!=': '==', '>': '<=', '<=': '>', '<': '>=', '>=': '<', 's>': 's<=', 's<=': 's>', 's<': 's>=', 's>=': 's<',
};

const sizeOf: Record<Width, MemorySize> = { 1: 'u8', 2: 'u16', 4: 'u32', 8: 'u64' };

export function emit(allocated: AllocatedFunc, stack: StackLayout): Insn[] {
  return new Emitter(allocated, stack).run();
}

class Emitter {
  private readonly asm = new Assembler();
  private readonly labels = new Map<MachineBlock, Label>();
  private readonly skipped = new Map<MachineBlock, MachineBlock>();

  constructor(
    private readonly allocated: AllocatedFunc,
    private readonly stack: StackLayout,
  ) {}

  run(): Insn[] {
    const { func, blocks } = this.allocated;
    for (const block of func.blocks.slice(1)) {
      const work = blocks[block.index]!.filter((item) => item.kind !== 'bind');
      const only = work.length === 1 ? work[0]! : undefined;
      if (only?.kind === 'insn' && only.insn.kind === 'jump' && only.insn.to !== block) this.skipped.set(block, only.insn.to);
    }
    if (func.kind !== 'program' && func.blocks.length > 1 && this.stack.sizeBytes > 0) this.asm.store(R10, -this.stack.sizeBytes, 0, 'u64');
    const written = func.blocks.filter((block) => !this.skipped.has(block));
    written.forEach((block, index) => {
      this.asm.place(this.label(block));
      for (const item of blocks[block.index]!) {
        if (item.kind === 'bind') continue;
        if (item.kind === 'move') {
          this.asm.at(item.span);
          this.move(item.move);
        } else {
          this.asm.at(item.insn.span);
          this.insn(item.insn, written[index + 1]);
        }
      }
    });
    return this.asm.finish();
  }

  /** Where a jump to `block` really leads. */
  private destination(block: MachineBlock): MachineBlock {
    let to = block;
    for (let hops = 0; this.skipped.has(to); hops++) {
      // blocks that jump in a circle: an endless loop, which one of them has to be
      if (hops > this.skipped.size) bug('emit', `empty endless loop in ${this.allocated.func.name}`);
      to = this.skipped.get(to)!;
    }
    return to;
  }

  private label(block: MachineBlock): Label {
    let label = this.labels.get(block);
    if (!label) this.labels.set(block, (label = this.asm.label(block.label)));
    return label;
  }

  private spillOffset(location: Location): number {
    return this.stack.spillOffsets[location - SPILL]!;
  }

  private move({ to, from }: Move): void {
    const { asm } = this;
    if (!isRegister(to)) {
      if (from.kind === 'reg') asm.store(R10, this.spillOffset(to), reg(from.reg), 'u64');
      else if (from.kind === 'imm') asm.store(R10, this.spillOffset(to), Number(from.imm), 'u64');
      else bug('emit', `${from.kind} to a spill slot`);
      return;
    }
    const dst = reg(to);
    switch (from.kind) {
      case 'reg':
        if (isRegister(from.reg)) asm.mov64(dst, reg(from.reg));
        else asm.load(dst, R10, this.spillOffset(from.reg), 'u64');
        break;
      case 'imm':
        asm.loadConst(dst, from.imm);
        break;
      case 'slot':
        asm.mov64(dst, R10).add64(dst, this.stack.slotOffsets.get(from.slot)! + from.offset);
        break;
      case 'address':
        if (from.reg !== to) asm.mov64(dst, reg(from.reg));
        if (from.offset !== 0) asm.add64(dst, from.offset);
        break;
      case 'reference':
        switch (from.reference.kind) {
          case 'map': asm.loadMap(dst, from.reference.name); break;
          case 'map_value': asm.loadMapValue(dst, from.reference.name, from.reference.offset); break;
          case 'function': asm.loadFunction(dst, from.reference.name); break;
          case 'field': asm.loadField(dst, from.reference.name, from.reference.offset); break;
          case 'kfunc': case 'argument': bug('emit', `the address of ${from.reference.kind} ${from.reference.name}`);
        }
    }
  }

  private address({ base, offset }: Address): [base: Register, offset: number] {
    return typeof base === 'number' ? [reg(base), offset] : [R10, this.stack.slotOffsets.get(base)! + offset];
  }

  private insn(insn: MachineInsn, next: MachineBlock | undefined): void {
    const { asm } = this;
    switch (insn.kind) {
      case 'arguments':
        break;
      case 'alu': {
        const dst = reg(insn.dst);
        if (insn.dst !== insn.a && 'reg' in insn.b && insn.b.reg === insn.dst) {
          if (!isCommutative(insn.op)) bug('emit', `operand overwritten: ${formatMachineInsn(insn)}`);
          asm.alu64(insn.op, dst, reg(insn.a));
          break;
        }
        if (insn.dst !== insn.a) asm.mov64(dst, reg(insn.a));
        asm.alu64(insn.op, dst, operand(insn.b));
        break;
      }
      case 'unary':
        if (insn.dst !== insn.a) asm.mov64(reg(insn.dst), reg(insn.a));
        if (insn.op === 'neg') asm.neg64(reg(insn.dst));
        else asm.endian(reg(insn.dst), 'be', insn.op === 'be16' ? 16 : insn.op === 'be32' ? 32 : 64);
        break;
      case 'low32':
        asm.mov32(reg(insn.dst), reg(insn.a));
        break;
      case 'load':
        asm.load(reg(insn.dst), ...this.address(insn.address), sizeOf[insn.width], insn.argument === undefined ? undefined : { kind: 'argument', name: insn.argument });
        break;
      case 'store': {
        const [base, offset] = this.address(insn.address);
        asm.store(base, offset, operand(insn.value), sizeOf[insn.width]);
        break;
      }
      case 'atomic': {
        if (insn.op !== 'cmpxchg' && insn.dst !== undefined && insn.dst !== insn.value) asm.mov64(reg(insn.dst), reg(insn.value));
        const source = reg(insn.op === 'cmpxchg' ? insn.value : insn.dst ?? insn.value);
        asm.atomic(insn.op, ...this.address(insn.address), source, insn.width === 4 ? 'u32' : 'u64', insn.dst !== undefined);
        break;
      }
      case 'call':
        if (insn.callee.kind === 'helper') asm.call(insn.callee.number);
        else if (insn.callee.kind === 'function') asm.callFunction(insn.callee.name);
        else asm.callKfunc(insn.callee.name);
        break;
      case 'set': {
        const done = asm.label('set');
        asm.mov64(reg(insn.dst), insn.whenTrue);
        this.jumpIf(insn.bits, insn.a, insn.condition, insn.b, done);
        asm.mov64(reg(insn.dst), insn.whenFalse).place(done);
        break;
      }
      case 'jump':
        this.jump(this.destination(insn.to), next);
        break;
      case 'branch': {
        const whenTrue = this.destination(insn.whenTrue);
        const whenFalse = this.destination(insn.whenFalse);
        const turned = inverse[insn.condition];
        if (whenTrue === whenFalse) this.jump(whenTrue, next);
        else if (whenTrue === next && turned) this.jumpIf(insn.bits, insn.a, turned, insn.b, this.label(whenFalse));
        else {
          this.jumpIf(insn.bits, insn.a, insn.condition, insn.b, this.label(whenTrue));
          this.jump(whenFalse, next);
        }
        break;
      }
      case 'exit':
        asm.exit();
        break;
      case 'copies':
        bug('emit', 'copies that were not allocated');
    }
  }

  private jump(to: MachineBlock, next: MachineBlock | undefined): void {
    if (to !== next) this.asm.jump(this.label(to));
  }

  private jumpIf(bits: 32 | 64, a: number, condition: Condition, b: RegOrImm, to: Label): void {
    if (bits === 32) this.asm.jumpIf32(reg(a), condition, operand(b), to);
    else this.asm.jumpIf(reg(a), condition, operand(b), to);
  }
}

function reg(number: number): Register {
  return Register.all[number] ?? bug('emit', `register ${number}`);
}

function operand(b: RegOrImm): Register | number {
  return 'reg' in b ? reg(b.reg) : b.imm;
}
