// Drops machine instructions that only compute something nobody reads.
//
//   idea  uses are counted once; when an instruction goes, the counts of what it read go down

import { forEachDefinition, forEachUse, type MachineFunc, type MachineInsn, type Reg } from './machine.js';

const removable = new Set<MachineInsn['kind']>(['alu', 'unary', 'low32', 'load', 'set', 'copies']);

export function dropUnused(func: MachineFunc): void {
  const uses = new Uint32Array(func.regCount);
  const definitions = new Map<Reg, MachineInsn[]>();
  for (const block of func.blocks) {
    for (const insn of block.insns) {
      forEachUse(insn, (reg) => {
        uses[reg]!++;
      });
    }
  }
  const dropped = new Set<MachineInsn>();
  const work: Reg[] = [];
  for (const block of func.blocks) {
    for (const insn of block.insns) {
      if (!removable.has(insn.kind)) continue;
      forEachDefinition(insn, (reg) => {
        const list = definitions.get(reg) ?? [];
        list.push(insn);
        definitions.set(reg, list);
        if (uses[reg] === 0) work.push(reg);
      });
    }
  }
  for (let reg = work.pop(); reg !== undefined; reg = work.pop()) {
    for (const insn of definitions.get(reg)!) {
      if (dropped.has(insn)) continue;
      let needed = false;
      forEachDefinition(insn, (r) => {
        needed ||= uses[r]! > 0;
      });
      if (needed) continue;
      dropped.add(insn);
      forEachUse(insn, (r) => {
        if (--uses[r]! === 0 && definitions.has(r)) work.push(r);
      });
    }
  }
  if (dropped.size > 0) for (const block of func.blocks) block.insns = block.insns.filter((insn) => !dropped.has(insn));
}
