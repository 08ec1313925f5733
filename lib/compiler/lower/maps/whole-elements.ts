// Elements of aggregates that the kernel keeps in pieces: a histogram has one element a bucket, a per-CPU array one a CPU.
// Asking whether one is there and deleting it means all of the pieces.
//
//   keyed histogram    one element of the hash for each bucket that was met: every bucket is asked for in turn
//   scalar aggregate   elements of arrays cannot go: all CPUs' bytes are zeroed. What was never written has a last word of 0
//   facts              bpf_map_lookup_percpu_elem since Linux 5.19; machines without it reach the elements of their own CPU only

import { type Value, pointer, s64, u64 } from '../../../model/ir/ir.js';
import { Cell } from '../../../model/ir/builder.js';
import type { AggregateType } from '../../../model/types/types.js';
import { countedLoop } from '../../../language/counted-loop.js';
import type { Place } from '../../../language/record.js';
import { addressOfPlace } from '../../../language/place.js';
import { callLoop, callback, turnParameters } from '../flow/callback.js';
import type { Lowerer } from '../context.js';
import type { MapPlan } from './plan.js';

const elementPointer = pointer('map_value', true);

/** True where the kernel's key is the user's and a bucket. */
export function hasBuckets(plan: MapPlan): boolean {
  return plan.bucketOffset !== undefined;
}

function bucketCount({ aggregate }: MapPlan): number {
  return aggregate!.record.bucketCount?.(aggregate!.type as AggregateType) ?? 1;
}

/** 1 when `test` of some bucket is not 0. `all`: the buckets behind it are visited too. */
function anyBucket(l: Lowerer, plan: MapPlan, key: Place, all: boolean, test: (key: Value) => Value): Value {
  const { b } = l;
  const result = new Cell('any', u64);
  b.write(result, b.const(0));
  const done = b.newBlock('buckets-asked');
  countedLoop(b, bucketCount(plan), done, (bucket, next) => {
    b.store(key.base, key.offset + plan.bucketOffset!, 8, bucket);
    const hit = b.newBlock('hit');
    b.branch('ne', test(addressOfPlace(b, key)), b.const(0), hit, next);
    b.enter(hit);
    b.write(result, b.const(1));
    b.jump(all ? next : done);
  });
  b.enter(done);
  return b.read(result);
}

/** 1 when the histogram of this key has an event. */
export function hasHistogram(l: Lowerer, plan: MapPlan, key: Place): Value {
  return anyBucket(l, plan, key, false, (address) => l.b.compare('ne', l.b.call('map_lookup_elem', [l.b.map(plan.spec.name), address], elementPointer), 0));
}

/** Deletes all buckets of this key. 1 when there was one. */
export function deleteHistogram(l: Lowerer, plan: MapPlan, key: Place): Value {
  return anyBucket(l, plan, key, true, (address) => l.b.compare('eq', l.b.call('map_delete_elem', [l.b.map(plan.spec.name), address], s64), 0));
}

/** Zeroes the element of a scalar aggregate on every CPU. 1 when it had been written. */
export function deleteScalarAggregate(l: Lowerer, plan: MapPlan): Value {
  const { b } = l;
  const perCpu = l.target.has('helper:map_lookup_percpu_elem');
  const cpus = perCpu ? l.target.cpuCount : 1;
  const word = l.f.frame.allocateFrame(8);
  b.store(l.f.frameBase(), word, 8, 0);
  const { name } = callback(l, turnParameters, (inner) => {
    const at = inner.b.extend(inner.f.parameters[0]!, 4, false);
    const slot = inner.f.slot('key', 4, 4);
    inner.b.store(slot, 0, 4, inner.b.binary('udiv', at, inner.b.const(cpus), u64));
    const map = inner.b.map(plan.spec.name);
    const element = perCpu
      ? inner.b.call('map_lookup_percpu_elem', [map, slot, inner.b.binary('umod', at, inner.b.const(cpus), u64)], elementPointer)
      : inner.b.call('map_lookup_elem', [map, slot], elementPointer);
    inner.branch('ne', element, 0, () => {
      const frame = inner.f.frameBase();
      inner.b.store(frame, word, 8, inner.b.binary('or', inner.b.load(frame, word, 8), inner.b.load(element, plan.spec.valueSize - 8, 8), u64));
      inner.b.zero(element, 0, plan.spec.valueSize);
    }, undefined, true);
  });
  callLoop(l, bucketCount(plan) * cpus, name);
  return b.compare('ne', b.load(l.f.frameBase(), word, 8), 0);
}
