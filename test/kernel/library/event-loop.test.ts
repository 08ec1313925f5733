// Compiling, loading and attaching leave the event loop alone.
//
//   facts  /proc/self/task/TID/schedstat begins with the ns that the thread has run: the load of the machine does not count

import { readFileSync } from 'node:fs';
import t from 'tap';
import { openMachine, trace } from '../../../lib/index.js';
import { needs } from '../../helpers/needs.js';

/** What this thread has run so far. */
const ranMs = (): number => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6;

const script = 'tracepoint:syscalls:sys_enter_* { @[probe, comm] = count(); } tracepoint:sched:sched_switch { @h[args.next_comm] = hist(args.prev_prio); } interval:s:100 { print(@); }';
const MOST_MS = 25;

t.test('a start keeps the event loop for less than 25 ms', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const machine = openMachine();
  const took: number[] = [];
  // the first starts compile the code of the library, too
  for (let i = 0; i < 4; i++) {
    const before = ranMs();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const session = await trace(script, { machine });
    took.push(ranMs() - before);
    clearInterval(timer);
    await session.stop();
    t.ok(turns >= 3, `${turns} turns of the event loop meanwhile`);
  }
  const shown = took.map((ms) => ms.toFixed(1)).join(', ');
  t.ok(Math.min(...took) < MOST_MS, `${shown} ms`);
  t.comment(`on the thread of the event loop: ${shown} ms`);
});

t.test('scripts that start at once are compiled one after the other', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const machine = openMachine();
  const sessions = await Promise.all(Array.from({ length: 5 }, (_, i) => trace(`begin { printf("%d\\n", $1); exit(${i}); }`, { machine, parameters: [i] })));
  t.strictSame(await Promise.all(sessions.map(async ({ done }) => (await done).status)), [0, 1, 2, 3, 4]);
});
