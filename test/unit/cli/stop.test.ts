// ^C: the first ends the script, one on its heels is the same, a later one ends at once.

import t from 'tap';
import { StopSignals } from '../../../lib/cli/jobs/stop.js';

t.test('signals', async (t) => {
  const before = { SIGINT: process.listeners('SIGINT'), SIGTERM: process.listeners('SIGTERM') };
  let nowMs = 100;
  let blocked = false;
  const told: (number | string)[] = [];
  const stop = new StopSignals((status) => told.push(status), () => blocked, () => nowMs);
  t.teardown(() => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) for (const listener of process.listeners(signal)) if (!before[signal].includes(listener)) process.off(signal, listener);
  });
  const send = (signal: 'SIGINT' | 'SIGTERM'): void => void (process.listeners(signal).find((listener) => !before[signal].includes(listener)) as () => void)();
  t.equal(stop.heard, false);
  send('SIGINT');
  t.equal(stop.heard, true);
  stop.then(() => told.push('stop'));
  t.strictSame(told, ['stop'], 'heard before anybody asked');
  nowMs += 900;
  send('SIGTERM');
  t.strictSame(told, ['stop']);
  nowMs += 200;
  send('SIGTERM');
  t.strictSame(told, ['stop', 143]);
  nowMs -= 950;
  send('SIGINT');
  t.strictSame(told, ['stop', 143], 'a tenth of a second is what sudo takes');
  blocked = true;
  nowMs += 100;
  send('SIGINT');
  t.strictSame(told, ['stop', 143, 130], 'nobody reads: no need to wait for a second');
});
