// Runs a random module both ways: in the IR interpreter, and compiled in the simulator.

import { generate } from '../../lib/compiler/codegen/index.js';
import type { MapSpec, ObjectSpec } from '../../lib/model/bpf/object-spec.js';
import type { Module } from '../../lib/model/ir/ir.js';
import { Machine } from '../../lib/sim/index.js';
import { flowProblem } from '../helpers/check-cfg.js';
import { IrInterpreter, type Memory, type Pointer, range } from '../helpers/ir-interpreter.js';
import { CONTEXT_BYTES, ELEMENT_BYTES, ELEMENTS, OUT_BYTES, Random } from './ir-generator.js';

const maps: readonly MapSpec[] = [
  { name: 'out', type: 'array', keySize: 4, valueSize: OUT_BYTES, maxEntries: 1, flags: 0 },
  { name: 'elements', type: 'array', keySize: 4, valueSize: ELEMENT_BYTES, maxEntries: ELEMENTS, flags: 0 },
];

export interface Outcome {
  readonly retval: bigint;
  readonly out: string;
  readonly elements: readonly string[];
}

export function contextFor(seed: number): Uint8Array {
  const random = new Random(seed + 77);
  return Uint8Array.from({ length: CONTEXT_BYTES }, () => (random.chance(40) ? 0 : random.below(256)));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export function interpret(module: Module, context: Uint8Array): Outcome {
  const out: Memory = { name: 'out', bytes: new Uint8Array(OUT_BYTES) };
  const elements: Memory = { name: 'elements', bytes: new Uint8Array(ELEMENT_BYTES * ELEMENTS) };
  const interpreter = new IrInterpreter(module, {
    context,
    maps: { out, elements },
    helpers: {
      get_current_pid_tgid: () => (1234n << 32n) | 1234n,
      get_current_uid_gid: () => (1000n << 32n) | 1000n,
      ktime_get_ns: () => 1_000_000_000_000n,
      map_lookup_elem: ([, key]) => {
        const index = range(key!, 0, 4)[0]!;
        return index < ELEMENTS ? { memory: elements, offset: index * ELEMENT_BYTES } : 0n;
      },
      probe_read_kernel: ([to, size, from]) => {
        range(to!, 0, Number(size)).set(range(from!, 0, Number(size)));
        return 0n;
      },
    },
  });
  const retval = interpreter.run('main');
  return { retval, out: hex(out.bytes), elements: Array.from({ length: ELEMENTS }, (_, i) => hex(range({ memory: elements, offset: 0 } as Pointer, i * ELEMENT_BYTES, ELEMENT_BYTES))) };
}

export function objectOf(module: Module): ObjectSpec {
  const code = generate(module, { check: true });
  for (const { name, insns } of [...code.programs, ...code.subprograms]) {
    const problem = flowProblem(insns);
    if (problem) throw new Error(`${name}: ${problem}`);
  }
  return { ...code, maps, rodata: new Uint8Array(0), license: 'GPL' };
}

export function simulate(module: Module, context: Uint8Array): Outcome {
  const machine = new Machine(objectOf(module));
  const { retval } = machine.run('main', { context });
  const element = (name: string, index: number): string => hex(machine.keyedMap(name).lookup(Uint8Array.of(index, 0, 0, 0)) as Uint8Array);
  return { retval, out: element('out', 0), elements: Array.from({ length: ELEMENTS }, (_, i) => element('elements', i)) };
}
