import t from 'tap';
import { parseAvailableEvents, Tracefs } from '../../../../lib/runtime/discover/tracing/tracefs.js';

const root = 'test/fixtures/formats/tracefs';

const cases: [category: string, event: string, want: string[]][] = [
  ['sched', 'sched_switch', ['sched:sched_switch']],
  ['sched', 'nothing', []],
  ['sched', 'sched_*', ['sched:sched_process_exec', 'sched:sched_switch']],
  ['nothing', '*', []],
  ['*', '*sched*', ['sched:sched_process_exec', 'sched:sched_switch']],
  ['s*', '*', ['sched:sched_process_exec', 'sched:sched_switch', 'syscalls:sys_enter_openat']],
  ['*', 'rel', ['demo:rel']],
  ['ftrace', '*', []],
  ['..', '..', []],
  ['sched/..', 'sched', []],
  ['', 'sched', []],
];
for (const [category, event, want] of cases) {
  t.test(`${category}:${event} means ${want.length} tracepoints`, async (t) => {
    t.strictSame(new Tracefs({ root }).match(category, event).map((pair) => pair.join(':')), want);
  });
}

t.test('a format is read once', async (t) => {
  const tracefs = new Tracefs({ root });
  t.equal(tracefs.format('sched', 'sched_switch'), tracefs.format('sched', 'sched_switch'));
  t.equal(tracefs.format('sched', 'gone'), undefined);
});

t.test('constructing looks at nothing', async (t) => {
  t.doesNotThrow(() => new Tracefs({ root: '/nowhere' }));
});

t.test('available_events is sorted by category, then event', async (t) => {
  t.strictSame(parseAvailableEvents('b:a\na:b\nb-c:x\na:a\n\n'), [['a', 'a'], ['a', 'b'], ['b', 'a'], ['b-c', 'x']]);
});
