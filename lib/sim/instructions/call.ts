// Calls: helpers by number, kernel functions by name, functions of the object; exit.
//
//   facts  r1–r5 are gone after any call, r0 too when a helper returns nothing

import type { Insn } from '../../model/bpf/insn.js';
import { helperName } from '../../model/bpf/uapi.js';
import type { Frame, Step } from '../frame.js';
import { EXIT } from '../frame.js';
import { Call } from '../helpers/helper.js';
import { helperByName } from '../helpers/table.js';
import { kfuncByName } from '../kfuncs.js';
import type { Machine } from '../machine.js';

const PSEUDO_CALL = 1;
const PSEUDO_KFUNC = 2;

/** A string says why there is no such call. */
export function compileCall(insn: Insn, next: number, machine: Machine): Step | string {
  const { reference } = insn;
  if (insn.src === PSEUDO_CALL) return reference?.kind === 'function' ? callFunction(reference.name, next, machine) : 'a BPF-to-BPF call needs a reference to its function';
  if (insn.src === PSEUDO_KFUNC) return reference?.kind === 'kfunc' ? callKfunc(reference.name, next, machine) : 'a kfunc call needs a reference to its function';
  if (reference !== undefined) return `a call with a ${reference.kind} reference has src 0, as if it called a helper`;
  return callHelper(Number(insn.imm), next, machine);
}

export const exit: Step = () => EXIT;

function finishCall(frame: Frame, result: bigint | undefined): void {
  const { r } = frame;
  r[0] = result;
  r[1] = r[2] = r[3] = r[4] = r[5] = undefined;
}

function callHelper(number: number, next: number, machine: Machine): Step | string {
  const name = helperName(number);
  if (name === undefined) return `no kernel has a helper ${number}`;
  const helper = helperByName.get(name);
  if (helper === undefined) return (f) => f.fault(`helper ${name} (${number}) is not modelled`);
  return (f) => {
    for (let i = 1; i <= helper.args; i++) f.read(i);
    machine.environment.onHelper?.(name, machine);
    const result = helper.run(new Call(machine, f, helper));
    finishCall(f, result === undefined ? undefined : BigInt.asUintN(64, BigInt(result)));
    return next;
  };
}

function callKfunc(name: string, next: number, machine: Machine): Step {
  return (f) => {
    const kfunc = machine.environment.kfuncs?.[name] ?? kfuncByName[name] ?? f.fault(`kernel function ${name} is not modelled: give it in environment.kfuncs`);
    const result = kfunc(machine, f.r.slice(1, 6));
    finishCall(f, BigInt.asUintN(64, result));
    return next;
  };
}

function callFunction(name: string, next: number, machine: Machine): Step | string {
  const callee = machine.linked.codeByName.get(name);
  if (callee === undefined) return `there is no function ${name}`;
  return (f) => {
    finishCall(f, machine.invoke(callee, f, f.r.slice(1, 6)));
    return next;
  };
}
