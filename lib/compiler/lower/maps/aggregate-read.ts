// Reading count, sum, min, max, avg as an integer while a program runs: every CPU's element is looked at.
//
//   facts  bpf_map_lookup_percpu_elem, since Linux 5.19. The loop over CPUs is an ordinary bounded loop.

import { type Value, pointer, s64 } from '../../../model/ir/ir.js';
import { Cell } from '../../../model/ir/builder.js';
import type { Span } from '../../../model/source/source.js';
import { countedLoop } from '../../../language/counted-loop.js';
import type { Place } from '../../../language/record.js';
import type { Lowerer } from '../context.js';
import { addressOfPlace } from '../../../language/place.js';
import { mapOf } from './kernel-map.js';
import type { MapPlan } from './plan.js';

export function readAggregate(l: Lowerer, plan: MapPlan, key: Place, span: Span): Value {
  const { b } = l;
  const { record, type } = plan.aggregate!;
  const read = record.lowerRead!;
  b.span = span;
  const sums = Array.from({ length: read.accumulators }, (_, i) => new Cell(`sum${i}`, s64));
  for (const cell of sums) b.write(cell, b.const(0));
  const map = mapOf(l, plan, key);
  const done = b.newBlock('cpus-read');
  countedLoop(b, l.portable ? l.startValue('cpu_count', 8) : l.target.cpuCount, done, (cpu, next) => {
    const element = b.call('map_lookup_percpu_elem', [map, addressOfPlace(b, key), cpu], pointer('map_value', true));
    const found = b.newBlock('cpu-element');
    b.branch('ne', element, b.const(0), found, next, true);
    b.enter(found);
    const after = read.add(b, sums.map((cell) => b.read(cell)), element, type);
    after.forEach((value, i) => b.write(sums[i]!, value));
    b.jump(next);
  });
  b.enter(done);
  return read.finish(b, sums.map((cell) => b.read(cell)), type);
}
