// Every operator and cast times every width and sign of integers, in the simulator.

import t from 'tap';
import { binaryRows, byteRows, castRows, refusedBytes, unaryRows } from '../helpers/integer-rows.js';
import { comparable } from '../helpers/language-cases.js';
import { runInSim } from '../helpers/sim-session.js';

process.env.TBPF_CHECK = '1';

for (const { title, script, stdout } of [...unaryRows(), ...binaryRows(), ...castRows(), ...byteRows()]) {
  const result = runInSim(script, { warnings: false });
  t.same({ stdout: comparable(result.stdout), stderr: result.stderr }, { stdout, stderr: '' }, title);
}
for (const { script, message } of refusedBytes()) t.equal(runInSim(script).diagnostics.find(({ severity }) => severity === 'error')?.message, message, script);
