// memcmp() of random bytes with a length that is known only at run time, on a kernel; in guests a part of the rows.

import t from 'tap';
import { runOnKernel } from '../helpers/kernel-session.js';
import { comparable } from '../helpers/language-cases.js';
import { memcmpRows } from '../helpers/memcmp-rows.js';
import { needs } from '../helpers/needs.js';
import { rowsOf } from '../helpers/rows-of-guest.js';

t.test('memcmp', async (t) => {
  if (!needs(t, 'root', 'btf', 'bpf_loop')) return;
  for (const { title, script, stdout } of rowsOf(memcmpRows(2, 2), 4)) {
    const result = runOnKernel(script, { warnings: false });
    t.same({ stdout: comparable(result.stdout), stderr: result.stderr }, { stdout, stderr: '' }, title);
  }
});
