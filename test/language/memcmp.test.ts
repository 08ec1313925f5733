// memcmp() of random bytes with a length that is known only at run time, in the simulator.

import t from 'tap';
import { comparable } from '../helpers/language-cases.js';
import { memcmpRows } from '../helpers/memcmp-rows.js';
import { runInSim } from '../helpers/sim-session.js';

process.env.TBPF_CHECK = '1';

for (const { title, script, stdout } of memcmpRows(1, 4)) {
  const result = runInSim(script, { warnings: false });
  t.same({ stdout: comparable(result.stdout), stderr: result.stderr }, { stdout, stderr: '' }, title);
}
