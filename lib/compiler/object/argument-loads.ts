// Where programs load arguments from the records of tracepoints: the instructions whose offsets are set anew where records look otherwise.

import { bug } from '../../model/diagnostics/errors.js';
import { type Insn, slotCount } from '../../model/bpf/insn.js';
import { decodeOpcode } from '../../model/bpf/opcodes.js';
import type { ProgramSpec } from '../../model/bpf/object-spec.js';
import type { ArgumentLoads } from '../../model/layout/origin.js';

/** By the programs' names. @param programs  in the order in which the object has them: those of one section stand one behind the other */
export function argumentLoads(programs: readonly ProgramSpec[]): ReadonlyMap<string, ArgumentLoads> {
  const ends = new Map<string, number>();
  return new Map(programs.map(({ name, section, insns }) => {
    let at = ends.get(section) ?? 0;
    const loads: { at: number; argument: string; width: number }[] = [];
    for (const insn of insns) {
      if (insn.reference?.kind === 'argument') loads.push({ at, argument: insn.reference.name, width: widthOf(insn) });
      at += slotCount(insn) * 8;
    }
    ends.set(section, at);
    return [name, { section, loads }];
  }));
}

function widthOf(insn: Insn): number {
  const opcode = decodeOpcode(insn.opcode);
  return opcode.kind === 'load' ? Number(opcode.size.slice(1)) / 8 : bug('object', `an argument is read by opcode ${insn.opcode}`);
}
