// Maps keyed by a stack lie in two kernel maps, by the length of their keys; to a script they are one.

import t from 'tap';
import type { Firing } from '../../../helpers/sim-session.js';
import { outputOf, runInSim } from '../../../helpers/sim-session.js';

const stackOf = (frames: number): bigint[] => Array.from({ length: frames }, (_, i) => BigInt(0x1000 * frames + i));
const event = 'tracepoint:sched:sched_switch';
const fire: Firing[] = [3, 15, 16, 60, 15, 60, 60].map((frames) => ({ probe: event, stacks: { kernel: stackOf(frames), user: stackOf(frames) } }));

/** kernel maps of the script, and how many elements each has after the firings */
function elements(script: string): Record<string, number> {
  const { machine, compiled, stderr } = runInSim(`config = { print_maps_on_exit = false } ${script}`, { fire });
  if (stderr !== '') throw new Error(stderr);
  return Object.fromEntries(compiled!.object.maps.filter(({ name }) => name.startsWith('AT')).map(({ name }) => [name, machine!.keyedMap(name).entries().length]));
}

const divided: [script: string, want: Record<string, number>][] = [
  [`${event} { @[kstack] = count(); }`, { AT_: 2, ATs_: 2 }],
  [`${event} { @a[ustack] = sum(2); }`, { AT_a: 2, ATs_a: 2 }],
  [`${event} { @a[pid, kstack] = 1; }`, { AT_a: 2, ATs_a: 2 }],
  [`${event} { @a[ustack, kstack]++; }`, { AT_a: 2, ATs_a: 2 }],
  // short enough, not at the end, a bucket behind it, wanted as one map
  [`${event} { @a[kstack(15)] = 1; }`, { AT_a: 4 }],
  [`${event} { @a[kstack, pid] = 1; }`, { AT_a: 4 }],
  [`${event} { @a[kstack] = hist(5); }`, { AT_a: 4 }],
  [`let @a = lruhash(10); ${event} { @a[kstack] = 1; }`, { AT_a: 4 }],
  [`${event} { @a[kstack] = 1; } end { for ($kv : @a) { print($kv.1); } }`, { AT_a: 4 }],
];
for (const [script, want] of divided) t.test(script, async (t) => { t.strictSame(elements(script), want); });

/** count of each stack, by its number of frames */
function counts(text: string): Record<number, number> {
  return Object.fromEntries([...text.matchAll(/\[\n([^\]]*)\]: (\d+)/g)].map(([, frames, count]) => [frames!.trim().split('\n').length, Number(count)]));
}

const raw = 'config = { stack_mode = raw }';
t.test('elements of both are counted, printed, found and deleted', async (t) => {
  t.strictSame(counts(outputOf(`${raw} ${event} { @[kstack] = count(); }`, { fire })), { 3: 1, 15: 2, 16: 1, 60: 3 });
  t.strictSame(counts(outputOf(`${raw} ${event} { @[kstack] += 2; }`, { fire })), { 3: 2, 15: 4, 16: 2, 60: 6 });
  t.strictSame(counts(outputOf(`${raw} ${event} { $s = kstack; @[$s] = @[$s] + 1; }`, { fire })), { 3: 1, 15: 2, 16: 1, 60: 3 });
  t.strictSame(counts(outputOf(`${raw} ${event} { @[kstack] = 1; if (len(kstack) == 15 || len(kstack) == 60) { delete(@, kstack); } }`, { fire })), { 3: 1, 16: 1 });
  t.equal(outputOf(`${event} { @[kstack] = count(); } end { print(len(@)); clear(@); }`, { fire }), '4\n');
  t.equal(outputOf(`${event} { if (has_key(@, kstack)) { @again = count(); } @[kstack] = 1; } end { clear(@); }`, { fire }), '@again: 3\n');
  t.equal(outputOf(`${event} { @[kstack] = count(); if (@[kstack] == 2) { @twice = count(); } } end { clear(@); }`, { fire }), '@twice: 2\n');
  t.strictSame(counts(outputOf(`${raw} ${event} { @[kstack] = count(); } end { zero(@); }`, { fire })), { 3: 0, 15: 0, 16: 0, 60: 0 });
});

t.test('where a stack cannot be read, there is one element for it', async (t) => {
  const out = outputOf(`${event} { @[kstack] = count(); }`, { fire: [{ probe: event, stacks: {} }, { probe: event, stacks: {} }] });
  t.equal(out, '@[\n]: 2\n');
});
