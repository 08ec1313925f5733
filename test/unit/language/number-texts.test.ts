// The texts of errors and signals, held against the C library's own.

import { execFileSync } from 'node:child_process';
import t from 'tap';
import { signalTexts } from '../../../lib/language/signals.js';
import { errnoTexts } from '../../../lib/language/strerror.js';
import { needs } from '../../helpers/needs.js';

/** strerror(3) of 0 … 140 and strsignal(3) of 1 … 64; null where the library has no text. */
const script = `import json, os, signal
print(json.dumps([[os.strerror(i) for i in range(141)], [None] + [signal.strsignal(i) for i in range(1, 65)]]))`;

t.test('what the C library says', async (t) => {
  if (!needs(t, 'python3')) return;
  const [errors, signals] = JSON.parse(execFileSync('python3', ['-c', script], { encoding: 'utf8', env: { LC_ALL: 'C' } })) as [string[], (string | null)[]];
  t.strictSame(errors.map((_, i) => errnoTexts[i] || `Unknown error ${i}`), errors);
  t.strictSame(signals.map((text) => text ?? ''), signalTexts);
});
