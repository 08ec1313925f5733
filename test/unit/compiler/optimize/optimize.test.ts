import t from 'tap';
import { optimize, passNames } from '../../../../lib/compiler/optimize/index.js';
import type { Pass } from '../../../../lib/compiler/optimize/pass.js';
import { buildPipeline } from '../../../../lib/compiler/optimize/passes.js';
import { parseModule, printModule } from '../../../../lib/model/ir/text.js';
import { randomModule } from '../../../random/ir-generator.js';

const pass = (name: string, ...after: string[]): Pass => ({ name, after, run: () => false });

t.test('the pipeline is checked when it is built', async (t) => {
  t.throws(() => buildPipeline([pass('a', 'b')], [pass('b')], []), /BUG: optimize: pass a must come after b/);
  t.throws(() => buildPipeline([pass('a')], [pass('a')], []), /pass a stands twice/);
  t.same(buildPipeline([pass('a')], [pass('b', 'a')], [pass('c', 'b')]).finish.map((p) => p.name), ['c']);
});

t.test('every pass is dumped under its name, later rounds with their number', async (t) => {
  const seen: string[] = [];
  optimize(randomModule(2, { size: 30, variables: 4 }), { dump: (name) => seen.push(name) });
  t.same(new Set(seen.filter((name) => !name.includes(':'))), new Set(passNames));
  t.ok(seen.includes('fold:2'));
});

t.test('a broken module is found before the first pass', async (t) => {
  const module = parseModule('program p "raw_tp" {\nb0 entry(v0: ctx):\n  v1: u64 = add v2, v2\n  v2: u64 = const 1\n  return v1\n}');
  t.throws(() => optimize(module, { check: true }), /BUG: ir: p: 'v1: u64 = add v2, v2' uses v2/);
});

t.test('nothing is left to do for the passes that are repeated', async (t) => {
  for (let seed = 1; seed < 15; seed++) {
    const once = printModule(optimize(randomModule(seed, { size: 40, variables: 5 })));
    optimize(parseModule(once), { dump: (name, module) => name === 'sink' || t.equal(printModule(module), once, `seed ${seed}: ${name}`) });
  }
});
