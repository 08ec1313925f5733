// The scripts of examples/ on made-up events: those in files, and those that its programs hold.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { simulate, type Simulation, type TraceEvent } from '../../../lib/simulate.js';
import type { Histogram } from '../../../lib/index.js';
import { packageRoot } from '../../helpers/command.js';
import { compiledForCalls } from '../../helpers/many-calls.js';

process.env['TZ'] = 'UTC';

const textOf = (name: string): string => readFileSync(join(packageRoot, 'examples', name), 'utf8');

/** The script of a file, or the one that a program gives trace(). */
function simulated(name: string): Simulation {
  const text = textOf(name);
  const script = name.endsWith('.bt') ? text : /\btrace\((?:bpf)?([`'])([^]*?)\1/.exec(text)![2]!;
  return simulate(compiledForCalls(script));
}

const said = (events: readonly TraceEvent[]): string => events.map((event) => ('text' in event ? event.text : event.type)).join('');
const counts = (simulation: Simulation, map: `@${string}`): unknown => Object.fromEntries([...simulation.maps.get(map)].map(({ key, value }) => [String(key), Number(value)]));
const ENTER = 'tracepoint:syscalls:sys_enter_read';
const EXIT = 'tracepoint:syscalls:sys_exit_read';

t.test('busy-cpus.bt: ten programs, and it starts again', async (t) => {
  const simulation = simulated('busy-cpus.bt');
  for (let i = 0; i < 12; i++) for (let n = 0; n <= i; n++) simulation.fire('profile:hz:49', { pid: 100 + i, comm: `c${i}` });
  simulation.fire('profile:hz:49', { pid: 0, comm: 'idle' });
  const text = said(simulation.fire('interval:s:5'));
  t.match(text, /^\n\d\d:\d\d:\d\d\n@samples\[c2\]: 3\n[^]*@samples\[c11\]: 12\n/);
  t.equal(text.match(/@samples/g)?.length, 10);
  t.equal(simulation.maps.get('@samples').size, 0);
});

t.test('new-processes.bt: a heading, and a line for each', async (t) => {
  const simulation = simulated('new-processes.bt');
  t.equal(said(simulation.begin), 'TIME      PARENT           PID     WORDS\n');
  t.match(said(simulation.fire('tracepoint:sched:sched_process_exec', { pid: 77 })), /^\d\d:\d\d:\d\d {2}\S* +77 +\n$/);
});

for (const name of ['read-latency.bt', 'read-percentiles.mjs']) {
  t.test(`${name}: what was under way is left out`, async (t) => {
    const simulation = simulated(name);
    simulation.fire(EXIT, { tid: 5, comm: 'early', nsecs: 10n });
    simulation.fire(ENTER, { tid: 6, comm: 'cat', nsecs: 100n });
    simulation.fire(ENTER, { tid: 7, comm: 'late', nsecs: 200n });
    simulation.fire(EXIT, { tid: 6, comm: 'cat', nsecs: 1100n });
    const entries = [...simulation.maps.get('@ns')] as { readonly key: unknown; readonly value: Histogram }[];
    t.same(entries.map(({ key }) => key), ['cat']);
    t.match(entries[0]!.value.rows.filter(({ count }) => count > 0n), [{ min: 512n, max: 1023n, count: 1n }]);
  });
}

for (const name of ['worker.mjs', 'top-syscalls.mjs']) {
  t.test(`${name}: calls by their probe`, async (t) => {
    const simulation = simulated(name);
    for (const call of ['read', 'write', 'read']) simulation.fire(`tracepoint:syscalls:sys_enter_${call}`);
    t.same(counts(simulation, '@'), { 'tracepoint:syscalls:sys_enter_read': 2, 'tracepoint:syscalls:sys_enter_write': 1 });
  });
}
