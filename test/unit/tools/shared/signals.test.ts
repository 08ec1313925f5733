// ^C of a tool: the first ends the trace, one on its heels is the same, a later one ends the tool at once.

import t from 'tap';
import { stopOnSignals } from '../../../../tools/shared/session.js';

t.test('signals', async (t) => {
  const before = { SIGINT: process.listeners('SIGINT'), SIGTERM: process.listeners('SIGTERM') };
  let nowMs = 100;
  let blocked = false;
  const told: (number | string)[] = [];
  stopOnSignals({ now: () => told.push('stop') }, () => blocked, (status) => told.push(status), () => nowMs);
  t.teardown(() => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) for (const listener of process.listeners(signal)) if (!before[signal].includes(listener)) process.off(signal, listener);
  });
  const send = (signal: 'SIGINT' | 'SIGTERM'): readonly (number | string)[] => {
    told.length = 0;
    (process.listeners(signal).find((listener) => !before[signal].includes(listener)) as () => void)();
    return [...told];
  };
  t.strictSame(send('SIGINT'), ['stop']);
  nowMs += 950;
  t.strictSame(send('SIGTERM'), ['stop'], 'what sudo and npm pass on');
  nowMs += 100;
  t.strictSame(send('SIGTERM'), [143, 'stop']);
  t.strictSame(send('SIGINT'), [130, 'stop']);
  nowMs -= 800;
  t.strictSame(send('SIGINT'), ['stop']);
  blocked = true;
  t.strictSame(send('SIGINT'), [130, 'stop'], 'nobody reads: no need to wait for a second');
});
