// min(n) and max(n): the smallest and the largest value seen.
//
//   element  u64 value, u64 flag: 1 once written
//   facts    printed in the order of their bits taken as unsigned (language.md 5.4)

import type { IrBuilder } from '../../model/ir/builder.js';
import { Cell } from '../../model/ir/builder.js';
import type { Comparison } from '../../model/ir/ir.js';
import { u64 } from '../../model/ir/ir.js';
import { type AggregateRecord, defineAggregate } from '../aggregate.js';
import { numberOf, numberPrinting } from './number-layout.js';
import { readWord } from './words.js';

function defineExtreme(name: 'min' | 'max', doc: string): AggregateRecord {
  /** true when a replaces b */
  const better = (a: bigint, b: bigint): boolean => (name === 'min' ? a < b : a > b);
  /** the comparison under which the value kept so far stays */
  const keeps = (signed: boolean): Comparison => (name === 'min' ? (signed ? 'sle' : 'ule') : signed ? 'sge' : 'uge');

  return defineAggregate({
    name,
    doc,
    params: [{ name: 'n', accepts: 'value', doc: 'the value to compare' }],
    castable: true,
    keepsClock: true,
    valueBytes: () => 16,
    lowerUpdate(b, element, [n], type) {
      const compare = b.newBlock(`${name}_compare`);
      const take = b.newBlock(`${name}_take`);
      const done = b.newBlock(`${name}_done`);
      b.branch('ne', b.load(element, 8, 8), b.const(0), compare, take, true);
      b.enter(compare);
      b.branch(keeps(type.signed), b.load(element, 0, 8, type.signed), n!, done, take);
      b.enter(take);
      b.store(element, 0, 8, n!);
      b.store(element, 8, 8, 1);
      b.jump(done);
      b.enter(done);
    },
    lowerInitial(b, to, offset, [n]) {
      b.store(to, offset, 8, n!);
      b.store(to, offset + 8, 8, 1);
    },
    lowerRead: {
      accumulators: 2,
      add(b: IrBuilder, [best, any], element, type) {
        const value = new Cell('best', best!.type);
        const flag = new Cell('any', u64);
        const written = b.newBlock(`${name}_written`);
        const compare = b.newBlock(`${name}_compare`);
        const take = b.newBlock(`${name}_take`);
        const done = b.newBlock(`${name}_done`);
        b.write(value, best!);
        b.write(flag, any!);
        b.branch('ne', b.load(element, 8, 8), b.const(0), written, done);
        b.enter(written);
        const here = b.load(element, 0, 8, type.signed);
        b.branch('ne', any!, b.const(0), compare, take);
        b.enter(compare);
        b.branch(keeps(type.signed), best!, here, done, take);
        b.enter(take);
        b.write(value, here);
        b.write(flag, b.const(1));
        b.jump(done);
        b.enter(done);
        return [b.read(value), b.read(flag)];
      },
      finish: (_, [best]) => best!,
    },
    isPresent: (perCpu) => perCpu.some((view) => view.getBigUint64(8, true) !== 0n),
    merge(elements, type) {
      let best: bigint | undefined;
      for (const { perCpu } of elements) {
        for (const view of perCpu) {
          if (view.getBigUint64(8, true) === 0n) continue;
          const value = readWord(view, 0, type.signed);
          if (best === undefined || better(value, best)) best = value;
        }
      }
      return { kind: 'number', value: best ?? 0n };
    },
    printing: numberPrinting('map', (merged) => numberOf(name, merged)),
    sortKey: (merged) => BigInt.asUintN(64, numberOf(name, merged)),
    toValue: (merged) => numberOf(name, merged),
  });
}

export const min = defineExtreme('min', 'Keeps the smallest value it has seen; the first is always taken.');
export const max = defineExtreme('max', 'Keeps the largest value it has seen; the first is always taken.');
