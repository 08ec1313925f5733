// Random programs of the language print what chapter 2 of it says, optimized and as lowered, in the simulator. On the kernel: kernel/codegen/random-programs-*.test.ts.

import t from 'tap';
import { FixtureTarget } from '../helpers/fixture-target.js';
import { comparePrograms, seedsOf } from '../helpers/random-run.js';

t.test('random programs print what the language says', async (t) => {
  // those that are proved, of programs that the kernel does not run besides
  comparePrograms(t, seedsOf(2001, 2600).filter((seed) => seed % 10 === 9 || process.env['TBPF_PROGRAMS'] !== undefined), new FixtureTarget(), false);
});
