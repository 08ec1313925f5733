// Random IR: allocations proved, and the compiled program does in the simulator what the IR does in the interpreter.
// TBPF_SEEDS=from-to runs other seeds, TBPF_SEEDS=n just one.

import t from 'tap';
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
      try {
        const found = simulate(module, context);
        if (found.retval === wanted.retval && found.out === wanted.out && found.elements.join() === wanted.elements.join()) continue;
        t.same(found, wanted, `seed ${seed}\n${printModule(module)}`);
      } catch (error) {
        t.fail(`seed ${seed}: ${(error as Error).message}\n${printModule(module)}`);
      }
      return;
    }
    t.pass(`seeds ${from} to ${to}`);
  });
}
