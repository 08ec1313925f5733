// What a program did that the verifier would refuse, with everything needed to find the spot.

import type { Insn } from '../model/bpf/insn.js';
import { formatInsn } from '../model/bpf/disassembler.js';
import { formatSpan, textOf } from '../model/source/source.js';

/** Where a fault happened; the innermost function first in `callers`. */
export interface FaultPlace {
  /** the program that was run */
  readonly program: string;
  /** the function the instruction is in: the program itself, a subprogram or a callback */
  readonly functionName: string;
  /** index into the function's `insns` */
  readonly index: number;
  /** what disassemblers count: 8-byte slots */
  readonly slot: number;
  readonly insn: Insn;
  /** r0–r10; undefined = never written, or clobbered by a call */
  readonly registers: readonly (bigint | undefined)[];
  /** says what a value is when it is an address: `fp-8`, `map_value @x+0` */
  readonly explain: (value: bigint) => string;
  readonly callers: readonly string[];
}

/** A program or object that the kernel would not take, or that reached a state the verifier rules out. */
export class SimFault extends Error {
  constructor(
    /** what is wrong, without the place */
    readonly reason: string,
    readonly place?: FaultPlace,
  ) {
    super(place === undefined ? reason : `${place.program}: ${at(place)}: ${reason}`);
    this.name = 'SimFault';
  }

  /** Reason, place, script text and registers, over several lines. */
  override toString(): string {
    const place = this.place;
    if (place === undefined) return `SimFault: ${this.reason}`;
    const lines = [`SimFault: ${this.reason}`, `  at ${place.program}: ${at(place)}`];
    if (place.insn.span !== undefined) lines.push(`  script: ${formatSpan(place.insn.span)}: ${textOf(place.insn.span).split('\n')[0]}`);
    if (place.callers.length > 0) lines.push(`  called by ${place.callers.join(', by ')}`);
    place.registers.forEach((value, number) => {
      const meaning = value === undefined ? 'unset' : `0x${value.toString(16)}${place.explain(value)}`;
      lines.push(`  ${`r${number}`.padEnd(3)} ${meaning}`);
    });
    return lines.join('\n');
  }
}

function at(place: FaultPlace): string {
  const where = place.functionName === place.program ? '' : `${place.functionName} `;
  return `${where}instruction ${place.index} (slot ${place.slot}) '${formatInsn(place.insn)}'`;
}
