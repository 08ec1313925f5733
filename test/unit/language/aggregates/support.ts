// Runs the lowering halves of map functions: IR built here, compiled, executed by the BPF machine.

import { generate } from '../../../../lib/compiler/codegen/index.js';
import type { MapSpec } from '../../../../lib/model/bpf/object-spec.js';
import { IrBuilder } from '../../../../lib/model/ir/builder.js';
import { Func, type Value, pointer } from '../../../../lib/model/ir/ir.js';
import type { AggregateType } from '../../../../lib/model/types/types.js';
import type { AggregateRecord } from '../../../../lib/language/aggregate.js';
import { aggregateOf } from '../../../../lib/language/aggregates/index.js';
import { Machine } from '../../../../lib/sim/index.js';

export const CPUS = 4;

export function typeOf(name: string, options: Partial<AggregateType> = {}): AggregateType {
  return { kind: 'aggregate', name, signed: true, parameters: [], ...options };
}

/** One program over a context of u64 words; `body` answers its return value. */
export function machineOf(body: (b: IrBuilder, word: (index: number) => Value) => Value, maps: MapSpec[] = []): Machine {
  const func = new Func('main', 'program', 'raw_tp');
  const b = new IrBuilder(func);
  const context = b.parameter(pointer('ctx'));
  b.return(body(b, (index) => b.load(context, index * 8, 8)));
  const { programs, subprograms } = generate({ functions: [func] }, { check: true });
  return new Machine({ programs, subprograms, maps, rodata: new Uint8Array(0), license: 'GPL' }, { cpus: CPUS });
}

export function run(machine: Machine, words: readonly bigint[], cpu = 0): { readonly retval: bigint; readonly instructions: number } {
  return machine.run('main', { cpu, context: new Uint8Array(BigInt64Array.from(words.map((word) => BigInt.asIntN(64, word))).buffer) });
}

/** Writes key 0 to the stack and looks up the element; in `missing` the program returns 1. */
function lookup(b: IrBuilder): Value {
  const key = b.slot(b.func.newSlot('key', 4, 4));
  b.store(key, 0, 4, 0);
  const element = b.call('map_lookup_elem', [b.map('m'), key], pointer('map_value', true));
  const found = b.newBlock('found');
  const missing = b.newBlock('missing');
  b.branch('ne', element, b.const(0), found, missing, true);
  b.enter(missing);
  b.return(b.const(1));
  b.enter(found);
  return element;
}

/** An element in a per-CPU array, updated by a program run on any CPU. */
export class Element {
  readonly record: AggregateRecord;
  private readonly machine: Machine;

  constructor(readonly type: AggregateType, how: 'lowerUpdate' | 'lowerInitial' = 'lowerUpdate') {
    this.record = aggregateOf(type);
    const spec: MapSpec = { name: 'm', type: 'percpu_array', keySize: 4, valueSize: this.record.valueBytes(type), maxEntries: 1, flags: 0 };
    this.machine = machineOf((b, word) => {
      const args = [word(0), word(1)];
      const element = lookup(b);
      if (how === 'lowerUpdate') this.record.lowerUpdate(b, element, args, type);
      else this.record.lowerInitial(b, element, 0, args, type);
      return b.const(0);
    }, [spec]);
  }

  update(cpu: number, n: bigint, now = 0n): this {
    const { retval } = run(this.machine, [n, now], cpu);
    if (retval !== 0n) throw new Error('the element was not found');
    return this;
  }

  get perCpu(): DataView[] {
    const bytes = this.machine.keyedMap('m').lookup(new Uint8Array(4))!;
    const size = this.record.valueBytes(this.type);
    return Array.from({ length: CPUS }, (_, cpu) => new DataView(bytes.buffer, bytes.byteOffset + cpu * size, size));
  }

  get present(): boolean {
    return this.record.isPresent(this.perCpu, this.type);
  }

  merge(): ReturnType<AggregateRecord['merge']> {
    return this.record.merge([{ bucket: 0, perCpu: this.perCpu }], this.type);
  }

  /** What a program sees that reads the element of all CPUs, whose words lie in the context. */
  read(): bigint {
    const { lowerRead } = this.record;
    if (!lowerRead) throw new Error(`${this.record.name} cannot be read`);
    const size = this.record.valueBytes(this.type);
    const machine = machineOf((b, word) => {
      let accumulators: readonly Value[] = Array.from({ length: lowerRead.accumulators }, () => b.const(0));
      for (let cpu = 0; cpu < CPUS; cpu++) {
        const copy = b.slot(b.func.newSlot(`cpu${cpu}`, size, 8));
        for (let i = 0; i < size / 8; i++) b.store(copy, i * 8, 8, word((cpu * size) / 8 + i));
        accumulators = lowerRead.add(b, accumulators, copy, this.type);
      }
      return lowerRead.finish(b, accumulators, this.type);
    });
    const words = this.perCpu.flatMap((view) => Array.from({ length: size / 8 }, (_, i) => view.getBigInt64(i * 8, true)));
    const { retval } = run(machine, words);
    return this.type.signed ? BigInt.asIntN(64, retval) : BigInt.asUintN(64, retval);
  }
}
