// Compiling, loading and attaching leave the event loop alone.
//
//   facts  /proc/self/task/TID/schedstat begins with the ns that the thread has run: the load of the machine does not count

import { readFileSync } from 'node:fs';
import t from 'tap';
import { openMachine, trace } from '../../../lib/index.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

/** What this thread has run so far. */
const ranMs = (): number => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6;

const script = 'tracepoint:syscalls:sys_enter_* { @[probe, comm] = count(); } tracepoint:sched:sched_switch { @h[args.next_comm] = hist(args.prev_prio); } interval:s:100 { print(@); }';
/** Of the time that a start takes when it is compiled on the thread of the event loop. */
const MOST_SHARE = 0.6;
const notInGuests = onThisMachine('it depends on Node, not on the kernel');

/** What starts keep the event loop for, the least of four: the first ones compile the code of the library, too. */
async function startMs(blocking: boolean, whileStarting: () => void = () => undefined): Promise<number> {
  const machine = openMachine();
  const took: number[] = [];
  for (let i = 0; i < 4; i++) {
    const before = ranMs();
    const timer = setInterval(whileStarting, 1);
    const session = await trace(script, { machine, blocking });
    took.push(ranMs() - before);
    clearInterval(timer);
    await session.stop();
  }
  return Math.min(...took);
}

t.test('a start leaves the event loop most of the time', notInGuests, async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const blockingMs = await startMs(true);
  let turns = 0;
  const aside = await startMs(false, () => turns++);
  t.ok(turns >= 12, `${turns} turns of the event loop during four starts`);
  t.ok(aside < blockingMs * MOST_SHARE, `${aside.toFixed(1)} ms on the thread of the event loop, ${blockingMs.toFixed(1)} ms when it compiles there`);
});

t.test('scripts that start at once are compiled one after the other', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const machine = openMachine();
  const sessions = await Promise.all(Array.from({ length: 5 }, (_, i) => trace(`begin { printf("%d\\n", $1); exit(${i}); }`, { machine, parameters: [i] })));
  t.strictSame(await Promise.all(sessions.map(async ({ done }) => (await done).status)), [0, 1, 2, 3, 4]);
});
