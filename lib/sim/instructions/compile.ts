// One function's instructions → steps.
//
//   idea   each instruction becomes a closure over its operands once, so that running is a loop over an array of calls

import type { Insn } from '../../model/bpf/insn.js';
import { decodeOpcode } from '../../model/bpf/opcodes.js';
import type { Step } from '../frame.js';
import type { Machine } from '../machine.js';
import { compileAlu, compileEndian, compileNegate } from './alu.js';
import { compileAtomic } from './atomic.js';
import { compileCall, exit } from './call.js';
import { compileJump } from './jump.js';
import { compileLoad, compileStore } from './load-store.js';

/** `target` is the index of the instruction a jump leads to. A string says what is wrong with the instruction. */
export function compileStep(insn: Insn, index: number, target: number, machine: Machine): Step | string {
  const opcode = decodeOpcode(insn.opcode);
  const next = index + 1;
  switch (opcode.kind) {
    case 'alu': return compileAlu(insn, opcode, next);
    case 'neg': return compileNegate(insn, opcode, next);
    case 'endian': return compileEndian(insn, opcode, next);
    case 'jump': return compileJump(insn, opcode, next, target);
    case 'goto': return () => target;
    case 'load': return compileLoad(insn, opcode, next);
    case 'store': return compileStore(insn, opcode, next);
    case 'atomic': return compileAtomic(insn, opcode, next) ?? `atomic operation 0x${Number(insn.imm).toString(16)} does not exist`;
    case 'lddw': return compileConstant(insn, next, machine);
    case 'call': return compileCall(insn, next, machine);
    case 'exit': return exit;
    case 'unknown': return `unknown opcode 0x${insn.opcode.toString(16)}`;
  }
}

function compileConstant(insn: Insn, next: number, machine: Machine): Step | string {
  const { dst, reference } = insn;
  const value = reference === undefined ? BigInt.asUintN(64, BigInt(insn.imm)) : machine.linked.resolve(reference);
  if (typeof value === 'string') return value;
  return (f) => { f.r[dst] = value; return next; };
}
