// Every operator and cast times every width and sign of integers, on a kernel; in guests a part of the rows.

import t from 'tap';
import { binaryRows, byteRows, castRows, unaryRows } from '../helpers/integer-rows.js';
import { runOnKernel } from '../helpers/kernel-session.js';
import { comparable } from '../helpers/language-cases.js';
import { needs } from '../helpers/needs.js';
import { rowsOf } from '../helpers/rows-of-guest.js';

t.test('integers', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  const rows = rowsOf([...unaryRows(), ...binaryRows(), ...castRows(), ...byteRows()], 8);
  for (const { title, script, stdout } of rows) {
    const result = runOnKernel(script, { warnings: false });
    t.same({ stdout: comparable(result.stdout), stderr: result.stderr }, { stdout, stderr: '' }, title);
  }
});
