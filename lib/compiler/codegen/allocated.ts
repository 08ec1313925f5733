// Machine code whose registers are allocated.
//
//   made by  regalloc.ts;  read by  check-regalloc.ts, stack.ts (spills), emit.ts

import { bug } from '../../model/diagnostics/errors.js';
import type { Span } from '../../model/source/source.js';
import type { LiveRange } from './live-range.js';
import { formatMachineInsn, type MachineFunc, type MachineInsn, type Operand, type Reg } from './machine.js';
import { formatMove, type Move } from './moves.js';

export type AllocatedItem =
  /** `insn` over machine registers, `original` over virtual ones */
  | { readonly kind: 'insn'; readonly insn: MachineInsn; readonly original: MachineInsn }
  | { readonly kind: 'move'; readonly move: Move; readonly span: Span | undefined }
  /** nothing to execute: from here the destinations of these copies hold their sources */
  | { readonly kind: 'bind'; readonly original: MachineInsn & { kind: 'copies' } };

export interface AllocatedFunc {
  readonly func: MachineFunc;
  /** by block index */
  readonly blocks: readonly AllocatedItem[][];
  /** by spill number: the ranges that are kept there */
  readonly spills: readonly (readonly LiveRange[])[];
  readonly blockStarts: readonly number[];
  readonly ranges: readonly LiveRange[];
}

/** An operand's address moved by a constant, for operands that are made anew. */
export function addOffset(operand: Operand, offset: number): Operand {
  switch (operand.kind) {
    case 'slot': return { ...operand, offset: operand.offset + offset };
    case 'imm': return { kind: 'imm', imm: BigInt.asIntN(64, operand.imm + BigInt(offset)) };
    case 'reference': {
      const { reference } = operand;
      if (reference.kind === 'map_value') return { kind: 'reference', reference: { ...reference, offset: reference.offset + offset } };
      return bug('regalloc', `an offset to ${reference.kind} ${reference.name}`);
    }
    default:
      return bug('regalloc', `an offset to ${operand.kind}`);
  }
}

/** The same instruction over other registers; only for kinds that have no registers of their own to keep to. */
export function mapRegisters(insn: MachineInsn, use: (reg: Reg) => number, dst: (reg: Reg) => number): MachineInsn {
  switch (insn.kind) {
    case 'alu': return { ...insn, dst: dst(insn.dst), a: use(insn.a), b: 'reg' in insn.b ? { reg: use(insn.b.reg) } : insn.b };
    case 'unary':
    case 'low32': return { ...insn, dst: dst(insn.dst), a: use(insn.a) };
    case 'load':
      return { ...insn, dst: dst(insn.dst), address: typeof insn.address.base === 'number' ? { ...insn.address, base: use(insn.address.base) } : insn.address };
    case 'store':
      return {
        ...insn,
        address: typeof insn.address.base === 'number' ? { ...insn.address, base: use(insn.address.base) } : insn.address,
        value: 'reg' in insn.value ? { reg: use(insn.value.reg) } : insn.value,
      };
    case 'set': return { ...insn, dst: dst(insn.dst), a: use(insn.a), b: 'reg' in insn.b ? { reg: use(insn.b.reg) } : insn.b };
    case 'branch': return { ...insn, a: use(insn.a), b: 'reg' in insn.b ? { reg: use(insn.b.reg) } : insn.b };
    default: return insn;
  }
}

/** What `-d regalloc` prints: each range with its register or spill slot, then the code. */
export function formatAllocation({ func, blocks, ranges }: AllocatedFunc): string {
  const lines = [`${func.kind} ${func.name}`];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) lines.push(`  ${range}`);
  func.blocks.forEach((block, index) => {
    lines.push(`${block.label}:`);
    for (const item of blocks[index]!) {
      if (item.kind === 'move') lines.push(`  ${formatMove(item.move)}`);
      else if (item.kind === 'insn') lines.push(`  ${formatMachineInsn(item.insn).padEnd(40)} ; ${formatMachineInsn(item.original)}`);
    }
  });
  return `${lines.join('\n')}\n`;
}
