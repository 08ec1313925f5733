// Every operator and cast times every width and sign of integers, on a kernel; in guests a part of the rows.

import t from 'tap';
import { binaryRows, byteRows, castRows, unaryRows } from '../helpers/integer-rows.js';
import { runOnKernel } from '../helpers/kernel-session.js';
import { comparable } from '../helpers/language-cases.js';
import { needs } from '../helpers/needs.js';

/** A guest is emulated: it takes one row in so many. */
const ONE_IN = process.env['TBPF_GUEST'] === undefined ? 1 : 8;

t.test('integers', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  const rows = [...unaryRows(), ...binaryRows(), ...castRows(), ...byteRows()].filter((_, i) => i % ONE_IN === 0 || (ONE_IN > 1 && i % ONE_IN === 3));
  for (const { title, script, stdout } of rows) {
    const result = runOnKernel(script, { warnings: false });
    t.same({ stdout: comparable(result.stdout), stderr: result.stderr }, { stdout, stderr: '' }, title);
  }
});
