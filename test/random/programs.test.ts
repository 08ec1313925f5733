// Random programs of the language print what chapter 2 of it says: in the simulator optimized and as lowered, and on the kernel where
// we may. A failure prints its seed; TBPF_PROGRAMS=from-to runs other seeds, TBPF_PROGRAMS=n just one.

import t from 'tap';
import { FixtureTarget } from '../helpers/fixture-target.js';
import { lacking } from '../helpers/needs.js';
import { runOnKernel } from '../helpers/kernel-session.js';
import { randomProgram } from '../helpers/random-programs.js';
import { runInSim } from '../helpers/sim-session.js';

process.env.TBPF_CHECK = '1';

const [from = 1, to = from] = (process.env.TBPF_PROGRAMS ?? '1-120').split('-').map(Number);
const withoutKernel = lacking('root', 'btf', 'bpf_loop');

const target = new FixtureTarget();
type Way = readonly [name: string, run: (script: string) => { readonly stdout: string; readonly stderr: string }];
const ways: readonly Way[] = [
  ['optimized', (script) => runInSim(script, { target, warnings: false })],
  ['as lowered', (script) => runInSim(script, { target, warnings: false, optimizes: false })],
  ...(withoutKernel === undefined ? [['kernel', (script: string) => runOnKernel(script, { warnings: false })] satisfies Way] : []),
];

t.test('random programs print what the language says', async (t) => {
  if (withoutKernel !== undefined) t.comment(`not on the kernel: ${withoutKernel}`);
  for (let seed = from; seed <= to; seed++) {
    const { script, expected } = randomProgram(seed, seed % 10 === 0 ? 40 : 12);
    for (const [name, run] of ways) {
      let printed: string;
      try {
        const { stdout, stderr } = run(script);
        printed = stdout === '' ? stderr : stdout.replace(/\n+$/, '\n');
      } catch (error) {
        printed = (error as Error).message;
      }
      if (printed === expected) continue;
      t.equal(printed, expected, `seed ${seed}, ${name}`);
      t.comment(script);
    }
  }
  t.pass(`seeds ${from} to ${to}`);
});
