// What the gate leaves out of guests: files that there are, in guests that there are.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { gatePlan, isInGate } from '../../../scripts/vm/gate-plan.js';
import { knownKernels } from '../../../scripts/vm/kernel.js';
import { packageRoot } from '../../helpers/command.js';

const files = gatePlan.flatMap((row) => row.files);
const guests = knownKernels.map(({ name }) => name);

t.test('each row names test files and guests of the rig, and no file is named twice', async (t) => {
  t.same(files.filter((file) => !existsSync(join(packageRoot, 'test/kernel', `${file}.test.ts`))), []);
  t.same(files.filter((file, index) => files.indexOf(file) !== index), []);
  t.same(gatePlan.flatMap((row) => row.guests).filter((guest) => !guests.includes(guest)), []);
});

t.test('a row says where its files run; what no row names runs everywhere', async (t) => {
  for (const row of gatePlan) {
    for (const file of row.files) t.same(guests.filter((guest) => isInGate(`test/kernel/${file}.test.ts`, guest)), row.guests, file);
  }
  t.same(guests.filter((guest) => isInGate(`test/kernel/${'new'}.test.ts`, guest)), guests);
});
