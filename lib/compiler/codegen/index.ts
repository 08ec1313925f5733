// IR to BPF instructions.
//
//   in     ir.Module that passes validateIr
//   out    programs and subprograms of an ObjectSpec; maps and data are the caller's
//   steps  select → drop unused → layout → allocate registers → (check) → place stack → emit

import type { FunctionSpec, ProgramSpec } from '../../model/bpf/object-spec.js';
import type { Func, Module } from '../../model/ir/ir.js';
import { formatAllocation } from './allocated.js';
import { Chains, type Frame, referencesOf } from './chains.js';
import { checkRegalloc } from './check-regalloc.js';
import { emit } from './emit.js';
import { layoutBlocks } from './layout.js';
import { formatMachineFunc } from './machine.js';
import { allocateRegisters } from './regalloc.js';
import { select } from './select.js';
import { placeStack, STACK_BYTES } from './stack.js';
import { dropUnused } from './unused.js';

export interface CodegenOptions {
  /** prove each allocation; default: environment variable TBPF_CHECK is 1 */
  readonly check?: boolean;
  /** receives what a step made: `select` the machine code over virtual registers, `regalloc` the ranges and the allocated code */
  readonly dump?: (stage: 'select' | 'regalloc', text: string) => void;
}

export interface Generated {
  readonly programs: readonly ProgramSpec[];
  readonly subprograms: readonly FunctionSpec[];
  readonly chains: Chains;
  /** names of programs that need more stack than there is, with their callbacks; the verifier refuses them */
  readonly tooLarge: readonly string[];
}

/** @throws Bug         an error of our own that the check found
 *  @throws JumpTooFar  a function has more code than a jump can pass over */
export function generate(module: Module, options: CodegenOptions = {}): Generated {
  const programs: ProgramSpec[] = [];
  const subprograms: FunctionSpec[] = [];
  const frames = new Map<string, Frame>();
  for (const func of module.functions) {
    const { spec, sizeBytes } = generateFunction(func, options);
    frames.set(func.name, { sizeBytes, callees: referencesOf(spec.insns, 'function'), maps: referencesOf(spec.insns, 'map', 'map_value') });
    if (func.kind === 'program') programs.push({ ...spec, section: func.section });
    else subprograms.push(spec);
  }
  const chains = new Chains(frames);
  return { programs, subprograms, chains, tooLarge: programs.map(({ name }) => name).filter((name) => chains.largestFrom(name) > STACK_BYTES) };
}

function generateFunction(func: Func, options: CodegenOptions): { spec: FunctionSpec; sizeBytes: number } {
  const machine = select(func);
  layoutBlocks(machine);
  dropUnused(machine);
  options.dump?.('select', formatMachineFunc(machine));
  const allocated = allocateRegisters(machine);
  options.dump?.('regalloc', formatAllocation(allocated));
  const stack = placeStack(machine, allocated.blockStarts, allocated.spills);
  if (options.check) checkRegalloc(allocated, stack);
  return { spec: { name: func.name, insns: emit(allocated, stack), argumentCount: machine.argumentCount, ...func.facts }, sizeBytes: stack.sizeBytes };
}
