// Waiting for seconds and for weeks.
//
//   facts  a made-up clock starts a timer that another timer sets where its step ends: steps are short, and a day is left for them

import { mock } from 'node:test';
import t from 'tap';
import { later } from '../../../../tools/shared/timer.js';

const HOUR_MS = 3600 * 1000;

/** Lets so many hours pass. */
function pass(hours: number): void {
  for (let hour = 0; hour < hours; hour++) mock.timers.tick(HOUR_MS);
}

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
t.afterEach(() => mock.timers.reset());

for (const days of [1, 24, 25, 49, 50, 365]) {
  t.test(`${days} days`, async (t) => {
    let calls = 0;
    later(days * 24 * HOUR_MS, () => calls++);
    pass(days * 24 - 1);
    t.equal(calls, 0, 'not before');
    pass(24);
    t.equal(calls, 1);
    pass(days * 24);
    t.equal(calls, 1, 'once');
  });
}

t.test('forgotten in its second wait', async (t) => {
  let calls = 0;
  const forget = later(30 * 24 * HOUR_MS, () => calls++);
  pass(29 * 24);
  forget();
  pass(9 * 24);
  t.equal(calls, 0);
});
