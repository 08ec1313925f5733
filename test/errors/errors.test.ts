// Every message has a script that brings it out, and says nothing else.
//
//   facts  TBPF_BLESS=1 writes what is said into the scripts; the diff is the review

import { writeFileSync } from 'node:fs';
import t from 'tap';
import { bless, caseNames, compileCase, directory, readCase, saidOf } from './cases.js';

for (const name of caseNames()) {
  t.test(name, async (t) => {
    let wrong = readCase(name);
    if (process.env.TBPF_BLESS === '1') {
      writeFileSync(`${directory}${name}`, bless(wrong));
      wrong = readCase(name);
    }
    const { diagnostics, output } = compileCase(wrong);
    t.same(saidOf(diagnostics), wrong.expected);
    t.not(diagnostics.length, 0, 'something is said');
    t.equal(output === undefined, diagnostics.some((d) => d.severity === 'error'), 'output unless there is an error');
    const code = name.split('-')[0]!;
    t.ok(diagnostics.some((d) => d.code === code), `among it ${code}`);
  });
}
