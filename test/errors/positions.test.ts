// Every kind of expression in every position is answered: with a program that runs in the simulator, or with errors.
// TBPF_POSITIONS=from-to tries other seeds.

import t from 'tap';
import { scriptsOf, wrongAnswer } from './answers.js';

process.env['TBPF_CHECK'] = '1';

const RANDOM = 300;
const [from = 1, to = from] = (process.env['TBPF_POSITIONS'] ?? '1').split('-').map(Number);

t.test('every kind of expression in every position', async (t) => {
  for (let seed = from; seed <= to; seed++) {
    const scripts = scriptsOf(seed, RANDOM);
    for (const script of scripts) {
      const wrong = wrongAnswer(script, seed);
      if (wrong !== undefined) t.fail(`seed ${seed}: ${wrong}\n${script.text}`);
    }
    t.pass(`${scripts.length} scripts`);
  }
});
