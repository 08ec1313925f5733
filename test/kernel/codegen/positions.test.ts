// What compiles of random expressions in random positions, the verifier accepts. TBPF_POSITIONS=from-to tries other seeds.

import t from 'tap';
import { dice } from '../../helpers/dice.js';
import { loadOnKernel } from '../../helpers/kernel-session.js';
import { needs } from '../../helpers/needs.js';
import { randomScript } from '../../helpers/positions.js';

const COUNT = process.env['TBPF_GUEST'] === undefined ? 400 : 80;
const [from = 1, to = from] = (process.env['TBPF_POSITIONS'] ?? '1').split('-').map(Number);

t.test('every kind of expression in every position loads, or is refused by the compiler', async (t) => {
  if (!needs(t, 'root', 'btf', 'bpf_loop', 'tracepoint', 'iter')) return;
  let loaded = 0;
  for (let seed = from; seed <= to; seed++) {
    const choice = dice(seed);
    for (let i = 0; i < COUNT; i++) {
      const { text } = randomScript(choice, 'kernel');
      try {
        if (loadOnKernel(text, { unsafe: true, config: { unstable_typeinfo: 'enable' } })) loaded++;
      } catch (error) {
        t.fail(`seed ${seed}: ${(error as Error).message}\n${text}`);
      }
    }
  }
  t.ok(loaded > COUNT / 20, `${loaded} programs of ${COUNT * (to - from + 1)} load`);
});
