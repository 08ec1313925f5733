// One activation of a program, subprogram or callback: registers and 512 bytes of stack.

import type { Insn } from '../model/bpf/insn.js';
import type { FaultPlace } from './fault.js';
import { SimFault } from './fault.js';
import type { Memory, Region } from './memory.js';

export const STACK_SIZE = 512;

/** Executes one instruction, answers the index of the next, or EXIT. */
export type Step = (frame: Frame) => number;
export const EXIT = -1;

/** A function ready to run. */
export interface Code {
  readonly name: string;
  /** of programs only */
  readonly section: string | undefined;
  readonly insns: readonly Insn[];
  /** 8-byte slot each instruction starts at */
  readonly slots: readonly number[];
  /** bytes of stack the instructions name, rounded up to 32 as the verifier counts them */
  readonly stackDepth: number;
  readonly steps: readonly Step[];
}

export class Frame {
  /** r0–r10; undefined = nobody wrote it, or a call clobbered it */
  readonly r: (bigint | undefined)[];
  /** index of the running instruction */
  at = 0;
  /** combined stack depth up to and with this frame */
  readonly depthBytes: number;
  /** frames on the chain, this one included */
  readonly depth: number;

  constructor(
    readonly code: Code,
    readonly stack: Region,
    readonly memory: Memory,
    readonly caller: Frame | undefined,
  ) {
    const fp = stack.base + BigInt(STACK_SIZE);
    this.r = [undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined, fp];
    this.depthBytes = code.stackDepth + (caller?.depthBytes ?? 0);
    this.depth = (caller?.depth ?? 0) + 1;
  }

  /** The register's value; a fault when it was never written. */
  read(register: number): bigint {
    const value = this.r[register];
    if (value === undefined) this.fault(`r${register} is read but was never written, or was clobbered by a call (R${register} !read_ok)`);
    return value;
  }

  fault(reason: string): never {
    throw new SimFault(reason, this.place());
  }

  place(): FaultPlace {
    const callers: string[] = [];
    let program = this.code.name;
    for (let frame = this.caller; frame !== undefined; frame = frame.caller) {
      callers.push(`${frame.code.name} instruction ${frame.at}`);
      program = frame.code.name;
    }
    return {
      program,
      functionName: this.code.name,
      index: this.at,
      slot: this.code.slots[this.at] ?? 0,
      insn: this.code.insns[this.at]!,
      registers: [...this.r],
      explain: (value) => this.memory.explain(value),
      callers,
    };
  }
}
