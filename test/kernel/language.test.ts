// The meaning of the language on a kernel: the same cases as in the simulator, and the verifier accepts every one of them.
//
//   facts  on the machine's own kernel all of them; in guests a quarter

import t from 'tap';
import { caseFiles, comparable, readCases } from '../helpers/language-cases.js';
import { needs } from '../helpers/needs.js';
import { runOnKernel } from '../helpers/kernel-session.js';
import { isTaken } from '../helpers/rows-of-guest.js';

// what the compiler checks of itself is the same on every kernel
if (process.env['TBPF_GUEST'] === undefined) process.env.TBPF_CHECK = '1';
let number = 0;

for (const file of caseFiles()) {
  t.test(file, async (t) => {
    if (!needs(t, 'root', 'btf', 'bpf_loop')) return;
    for (const one of readCases(file)) {
      if (one.settings.has('sim')) continue;
      if (process.env['TBPF_FROM_FILE'] === '1' && one.stdout.includes('WARNING: Positional parameter')) {
        t.pass(one.title, { skip: 'a program in a file says it when it is run, without a place in the script' });
        continue;
      }
      if (!isTaken(number++, 10)) continue;
      const result = runOnKernel(one.script, {
        parameters: one.parameters, unsafe: one.settings.has('unsafe'), format: one.format,
        verboseErrors: one.settings.has('verbose'), warnings: one.settings.has('warnings'),
      });
      t.same(
        { stdout: comparable(result.stdout), stderr: comparable(result.stderr), status: result.status },
        { stdout: one.stdout, stderr: one.stderr, status: one.status }, one.title,
      );
    }
  });
}
