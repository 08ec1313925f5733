// docs/errors has a section for every message: its example brings the message out, its cured form compiles without it.

import t from 'tap';
import '../../lib/compile.js';
import '../../lib/trace/load-report.js';
import { type ExplainedScript, readExplanations } from '../../lib/cli/jobs/explanations.js';
import { diagnosticKinds } from '../../lib/model/diagnostics/diagnostic.js';
import { compileCase, saidOf } from './cases.js';

const explanations = readExplanations();

/** Messages whose example would be too long, or needs what recorded facts do not have: the same as in errors.test.ts, and limits of size. */
const withoutExample = [
  'A0141', 'A0142', 'A0143', 'A0145', 'A0213', 'F0110', 'F0114', 'F0120', 'F0152', 'F0359', 'F0372', 'F0373', 'F0609', 'F0611', 'L0101', 'L0102', 'P0061', 'P0062', 'T0330', 'T0360', 'T0361',
  'T0418', 'T0430', 'T0507', 'T0612', 'T0613', 'T0614', 'V0001', 'V0002', 'V0003', 'V0004', 'V0005', 'X0039', 'X0057', 'X0058', 'X0059', 'X0067', 'X0068',
];

t.test('every message is explained, and nothing else', async (t) => {
  t.strictSame([...explanations.keys()].sort(), [...diagnosticKinds.keys()].sort());
  for (const [code, { message, text }] of explanations) {
    t.equal(message, diagnosticKinds.get(code)!.template('command').message.trim(), `${code} has the words of the record`);
    t.ok(text.length > 40, `${code} says more than the message`);
  }
});

t.test('examples', async (t) => {
  t.strictSame([...explanations].filter(([, { wrong }]) => !wrong).map(([code]) => code).sort(), withoutExample);
  for (const [code, { wrong, cured }] of explanations) {
    if (!wrong) continue;
    const first = compiled(wrong);
    if (!first.codes.includes(code)) t.fail(`${code}: the example says ${first.said}\n${wrong.script}`);
    if (!t.ok(cured, `${code} has a cured form`)) continue;
    const { codes, errors, said } = compiled(cured!);
    if (errors || codes.includes(code)) t.fail(`${code}: the cured form says ${said}\n${cured!.script}`);
  }
});

function compiled({ script, settings }: ExplainedScript): { codes: string[]; errors: boolean; said: string } {
  const { unsafe, btf, portable, ...rest } = settings;
  const { diagnostics } = compileCase({ text: script, settings: { ...rest, unsafe: unsafe === 'yes', btf: btf !== 'no', portable: portable === 'yes' } });
  return { codes: diagnostics.map(({ code }) => code), errors: diagnostics.some(({ severity }) => severity === 'error'), said: saidOf(diagnostics).join('; ') };
}
