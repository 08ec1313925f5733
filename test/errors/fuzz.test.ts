// compile() answers with output or with errors, whatever it is given: never an exception, never neither.

import t from 'tap';
import { compile } from '../../lib/compile.js';
import { renderDiagnostics } from '../../lib/model/diagnostics/render.js';
import { Source } from '../../lib/model/source/source.js';
import { FixtureTarget } from '../helpers/fixture-target.js';
import { mutants, random } from './mutate.js';

const SCRIPTS = 800;

for (const [seed, title, options, machine] of [
  [101, 'a machine with everything', {}, {}],
  [202, 'unsafe, with parameters', { unsafe: true, verboseErrors: true, parameters: ['5', 'hello'], pid: 1 }, {}],
  [303, 'a machine without types', {}, { btf: false, lacks: ['helper:loop', 'kprobe_multi', 'helper:get_attach_cookie'] }],
] as const) {
  t.test(`${title}, seed ${seed}`, async (t) => {
    const target = new FixtureTarget(machine);
    let compiled = 0;
    for (const text of mutants(random(seed), SCRIPTS)) {
      try {
        const { diagnostics, output } = compile(new Source('stdin', text), target, options);
        if (output) compiled++;
        if ((output === undefined) !== diagnostics.some((d) => d.severity === 'error')) t.fail(`neither output nor an error, or both:\n${text}`);
        for (const { span } of diagnostics) if (span && (span.start > span.end || span.end > span.source.text.length)) t.fail(`a place outside of the script:\n${text}`);
        renderDiagnostics(diagnostics);
      } catch (error) {
        t.fail(`${(error as Error).stack}\n${text}`);
      }
    }
    t.ok(compiled > SCRIPTS / 20 && compiled < SCRIPTS, `${compiled} of ${SCRIPTS} compile`);
  });
}
