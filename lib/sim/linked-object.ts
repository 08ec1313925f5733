// An object in the address space of a machine: maps created, references resolved, functions compiled.
//
//   in     ObjectSpec
//   out    maps and functions by name and by address; SimFault for what libbpf or the kernel refuse whatever the path taken

import type { Reference } from '../model/bpf/insn.js';
import type { FunctionSpec, ObjectSpec } from '../model/bpf/object-spec.js';
import { decode } from './decode.js';
import { SimFault } from './fault.js';
import type { Code, Step } from './frame.js';
import { STACK_SIZE } from './frame.js';
import { compileStep } from './instructions/compile.js';
import type { Machine } from './machine.js';
import { ArrayMap } from './maps/array.js';
import type { CreateOptions } from './maps/create.js';
import { createMap } from './maps/create.js';
import type { SimMap } from './maps/map.js';
import type { Memory, Region } from './memory.js';

const RODATA = '.rodata';

interface LinkedFunction {
  readonly code: Code;
  readonly steps: Step[];
  readonly targets: readonly number[];
}

export class LinkedObject {
  readonly mapByName = new Map<string, SimMap>();
  readonly codeByName = new Map<string, Code>();
  /** contents of .rodata; a runtime fills in values that are known only at start */
  readonly rodata: Uint8Array;
  private readonly rodataRegion: Region;
  private readonly functions: LinkedFunction[] = [];
  private readonly addressByFunction = new Map<string, bigint>();
  private readonly mapByAddress = new Map<bigint, SimMap>();
  private readonly codeByAddress = new Map<bigint, Code>();

  constructor(
    object: ObjectSpec,
    private readonly memory: Memory,
    options: CreateOptions,
  ) {
    for (const spec of object.maps) {
      if (this.mapByName.has(spec.name)) throw new SimFault(`two maps are named ${spec.name}`);
      const map = createMap(spec, memory, options);
      this.mapByName.set(spec.name, map);
      this.mapByAddress.set(map.handle.base, map);
    }
    this.rodata = object.rodata.slice();
    this.rodataRegion = memory.allocate('map_value', RODATA, this.rodata, { constant: true });
    for (const program of object.programs) this.addFunction(program, program.section);
    for (const subprogram of object.subprograms) this.addFunction(subprogram, undefined);
  }

  /** Makes the functions runnable; all must be known before, as they call each other. */
  compile(machine: Machine): void {
    for (const { code, steps, targets } of this.functions) {
      code.insns.forEach((insn, index) => {
        const step = compileStep(insn, index, targets[index]!, machine);
        if (typeof step !== 'string') steps.push(step);
        else {
          throw new SimFault(step, {
            program: code.name, functionName: code.name, index, slot: code.slots[index]!, insn, registers: [], explain: () => '', callers: [],
          });
        }
      });
    }
  }

  findMap(address: bigint): SimMap | undefined {
    return this.mapByAddress.get(address);
  }

  findCode(address: bigint): Code | undefined {
    return this.codeByAddress.get(address);
  }

  /** What libbpf would put into an lddw; a string says why it can't. */
  resolve(reference: Reference): bigint | string {
    const { name } = reference;
    switch (reference.kind) {
      case 'map': return this.mapByName.get(name)?.handle.base ?? `there is no map ${name}`;
      case 'map_value': return this.resolveValue(name, reference.offset);
      case 'function': return this.addressByFunction.get(name) ?? `there is no function ${name}`;
      case 'field': return BigInt(reference.offset);
      case 'kfunc': return `the address of kernel function ${name} can't be taken`;
      case 'argument': return `argument ${name} has no address`;
    }
  }

  private resolveValue(name: string, offset: number): bigint | string {
    const region = name === RODATA ? this.rodataRegion : this.onlyValueOf(name);
    if (typeof region === 'string') return region;
    if (offset < 0 || offset >= region.bytes.length) return `offset ${offset} is outside the ${region.bytes.length} bytes of ${name}`;
    return region.base + BigInt(offset);
  }

  private onlyValueOf(name: string): Region | string {
    const map = this.mapByName.get(name);
    if (map === undefined) return `there is no map ${name}`;
    if (map instanceof ArrayMap && map.spec.type === 'array' && map.spec.maxEntries === 1) return map.valueAt(0, 0);
    return `map ${name}: the address of a value can be loaded only from an array with one element`;
  }

  private addFunction({ name, insns }: FunctionSpec, section: string | undefined): void {
    if (this.codeByName.has(name)) throw new SimFault(`two functions are named ${name}`);
    const { slots, targets, stackDepth } = decode(name, insns);
    if (stackDepth > STACK_SIZE) throw new SimFault(`${name} uses ${stackDepth} bytes of stack, ${STACK_SIZE} is the limit`);
    const steps: Step[] = [];
    const code: Code = { name, section, insns, slots, stackDepth, steps };
    this.functions.push({ code, steps, targets });
    this.codeByName.set(name, code);
    const { base } = this.memory.allocate('function', name, new Uint8Array(0));
    this.addressByFunction.set(name, base);
    this.codeByAddress.set(base, code);
  }
}
