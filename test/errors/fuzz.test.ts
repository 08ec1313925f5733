// compile() answers with output or with errors, whatever it is given, within a second: never an exception, never neither.
// TBPF_MUTANTS=n tries n scripts; a failure prints its script.

import t, { type Test } from 'tap';
import { compile, type CompileOptions } from '../../lib/compile.js';
import { renderDiagnostics } from '../../lib/model/diagnostics/render.js';
import { Source } from '../../lib/model/source/source.js';
import type { Target } from '../../lib/model/target/target.js';
import { FixtureTarget } from '../helpers/fixture-target.js';
import { mutants, noise, random } from './mutate.js';

const SCRIPTS = process.env['TBPF_MUTANTS'] === undefined ? 800 : Math.ceil(Number(process.env['TBPF_MUTANTS']) / 4);
/** of CPU: the machine may be busy. The first scripts also pay for what is read once */
const MOST_MS = 1000;
/** where `unroll` or macros that use macros make a short script long: it is refused when it has grown to more than any kernel takes */
const MOST_GROWN_MS = 5000;
const grows = (text: string): boolean => /unroll|(?:macro .*){10}/s.test(text);
const WARM = 20;

for (const [seed, title, options, machine] of [
  [101, 'a machine with everything', {}, {}],
  [202, 'unsafe, with parameters', { unsafe: true, verboseErrors: true, parameters: ['5', 'hello'], pid: 1 }, {}],
  [303, 'a machine without types', {}, { btf: false, lacks: ['helper:loop', 'kprobe_multi', 'helper:get_attach_cookie'] }],
] as const) {
  t.test(`${title}, seed ${seed}`, async (t) => {
    const compiled = tryAll(t, mutants(random(seed), SCRIPTS), new FixtureTarget(machine), options);
    t.ok(compiled > SCRIPTS / 20 && compiled < SCRIPTS, `${compiled} of ${SCRIPTS} compile`);
  });
}

t.test('random bytes and words, seed 404', async (t) => {
  const compiled = tryAll(t, noise(random(404), SCRIPTS), new FixtureTarget(), {});
  t.ok(compiled < SCRIPTS / 2, `${compiled} of ${SCRIPTS} compile`);
});

/** How many of them compile. */
function tryAll(t: Pick<Test, 'fail'>, scripts: Iterable<string>, target: Target, options: CompileOptions): number {
  let compiled = 0;
  let tried = 0;
  for (const text of scripts) {
    const before = process.cpuUsage();
    try {
      const { diagnostics, output } = compile(new Source('stdin', text), target, options);
      if (output) compiled++;
      if ((output === undefined) !== diagnostics.some((d) => d.severity === 'error')) t.fail(`neither output nor an error, or both:\n${text}`);
      for (const { span } of diagnostics) if (span && (span.start > span.end || span.end > span.source.text.length)) t.fail(`a place outside of the script:\n${text}`);
      renderDiagnostics(diagnostics);
    } catch (error) {
      t.fail(`${(error as Error).stack}\n${text}`);
    }
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    if (++tried > WARM && ms > (grows(text) ? MOST_GROWN_MS : MOST_MS)) t.fail(`takes ${ms.toFixed()} ms:\n${text}`);
  }
  return compiled;
}
