// Random IR: allocations proved, and the compiled program, with and without optimization, does in the simulator what the IR does in
// the interpreter; so does the IR after each pass.
// TBPF_SEEDS=from-to runs other seeds, TBPF_SEEDS=n just one.

import t from 'tap';
import { optimize } from '../../lib/compiler/optimize/index.js';
import { printModule } from '../../lib/model/ir/text.js';
import { type GeneratorOptions, randomModule } from './ir-generator.js';
import { contextFor, interpret, simulate } from './ir-run.js';

const [from = 1, to = from] = (process.env.TBPF_SEEDS ?? '1-60').split('-').map(Number);
const shapes: readonly GeneratorOptions[] = [
  { size: 12, variables: 3 },
  { size: 60, variables: 7 },
  { size: 150, variables: 16 },
];

for (const shape of shapes) {
  t.test(`${shape.size} statements over ${shape.variables} variables`, async (t) => {
    for (let seed = from; seed <= to; seed++) {
      const module = randomModule(seed, shape);
      const context = contextFor(seed);
      const wanted = interpret(module, context);
      const text = printModule(module);
      let step = 'plain';
      try {
        t.same(simulate(module, context), wanted, `seed ${seed} as generated`);
        optimize(module, {
          check: true,
          dump(pass, changed) {
            step = pass;
            t.same(interpret(changed, context), wanted, `seed ${seed} after ${pass}`);
          },
        });
        t.same(simulate(module, context), wanted, `seed ${seed} optimized`);
      } catch (error) {
        t.fail(`seed ${seed}, ${step}: ${(error as Error).message}`);
      }
      if (t.passing()) continue;
      t.comment(text);
      return;
    }
    t.pass(`seeds ${from} to ${to}`);
  });
}
