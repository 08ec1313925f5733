// The meaning of the language: every case runs in the simulator, with all internal checks on.

import t from 'tap';
import { caseFiles, comparable, readCases } from '../helpers/language-cases.js';
import { runInSim } from '../helpers/sim-session.js';

process.env.TBPF_CHECK = '1';

for (const file of caseFiles()) {
  t.test(file, async (t) => {
    for (const one of readCases(file)) {
      if (one.settings.has('kernel')) continue;
      t.test(one.title, async (t) => {
        const result = runInSim(one.script, {
          parameters: one.parameters, unsafe: one.settings.has('unsafe'), format: one.format,
          verboseErrors: one.settings.has('verbose'), warnings: one.settings.has('warnings'),
        });
        t.equal(comparable(result.stdout), one.stdout, 'stdout');
        t.equal(comparable(result.stderr), one.stderr, 'stderr');
        t.equal(result.status, one.status, 'status');
      });
    }
  });
}
