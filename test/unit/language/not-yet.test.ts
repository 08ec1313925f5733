// What is said to be missing is missing; docs/language.test.ts looks after the functions.

import t from 'tap';
import { probesNotYet } from '../../../lib/language/not-yet.js';
import { providersMatching } from '../../../lib/language/probes/index.js';

t.test('kinds of probes', async (t) => {
  t.ok(probesNotYet.size > 0);
  t.strictSame([...probesNotYet.keys()].filter((name) => providersMatching(name).length > 0), []);
});
