// Reading count, sum, min, max, avg as an integer while a program runs: every CPU's element is looked at.
//
//   facts  bpf_map_lookup_percpu_elem, since Linux 5.19. The loop over CPUs is an ordinary bounded loop.

import { type Value, pointer, s64, u64 } from '../../../model/ir/ir.js';
import { Cell } from '../../../model/ir/builder.js';
import type { Span } from '../../../model/source/source.js';
import type { Place } from '../../../language/record.js';
import type { Lowerer } from '../context.js';
import { mapOf } from './kernel-map.js';
import type { MapPlan } from './plan.js';

export function readAggregate(l: Lowerer, plan: MapPlan, key: Place, span: Span): Value {
  const { b } = l;
  const { record, type } = plan.aggregate!;
  const read = record.lowerRead!;
  b.span = span;
  const sums = Array.from({ length: read.accumulators }, (_, i) => new Cell(`sum${i}`, s64));
  const cpu = new Cell('cpu', u64);
  for (const cell of sums) b.write(cell, b.const(0));
  b.write(cpu, b.const(0));
  const map = mapOf(l, plan, key);
  const head = b.newBlock('cpu');
  const body = b.newBlock('read-cpu');
  const found = b.newBlock('cpu-element');
  const next = b.newBlock('next-cpu');
  const done = b.newBlock('cpus-read');
  b.jump(head);
  b.enter(head, { seal: false });
  b.branch('ult', b.read(cpu), b.const(l.target.cpuCount), body, done);
  b.enter(body);
  const keyAddress = key.offset === 0 ? key.base : b.add(key.base, key.offset);
  const element = b.call('map_lookup_percpu_elem', [map, keyAddress, b.read(cpu)], pointer('map_value', true));
  b.branch('ne', element, b.const(0), found, next, true);
  b.enter(found);
  const after = read.add(b, sums.map((cell) => b.read(cell)), element, type);
  after.forEach((value, i) => b.write(sums[i]!, value));
  b.jump(next);
  b.enter(next);
  b.write(cpu, b.add(b.read(cpu), 1));
  b.jump(head);
  b.seal(head);
  b.enter(done);
  return read.finish(b, sums.map((cell) => b.read(cell)), type);
}
