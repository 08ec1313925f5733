// Maps that only count by `probe` are arrays with an element for each probe; to a script they are maps.

import t from 'tap';
import type { Firing } from '../../../helpers/sim-session.js';
import { outputOf, runInSim } from '../../../helpers/sim-session.js';

const many = 'tracepoint:sched:sched_*';
const event = 'tracepoint:sched:sched_switch';
const other = 'tracepoint:sched:sched_process_exec';
const fire: (Firing | string)[] = [event, other, event, event];

/** kernel type of `@`, and how many elements its array has */
function kindOf(script: string): { readonly type: string; readonly indexed: boolean } {
  const { compiled, stderr } = runInSim(script, { run: false });
  if (compiled === undefined) throw new Error(stderr);
  const { mapType, keyTexts } = compiled.manifest.maps.find(({ scriptName }) => scriptName === '@')!;
  return { type: mapType, indexed: keyTexts !== undefined };
}

const kinds: [script: string, indexed: boolean][] = [
  [`${many} { @[probe] = count(); }`, true],
  [`${many} { @[probe] = sum(pid); }`, true],
  [`${many} { @[probe] = avg(pid); }`, true],
  [`${many} { @[probe] = stats(pid); }`, true],
  [`${event}, ${other} { @[probe] = count(); }`, true],
  [`${many} { @[probe] = count(); } interval:s:1 { print(@); clear(@); }`, true],
  [`${many} { @[probe] = count(); } kprobe:vfs_read { @[probe] = count(); }`, true],
  // what elements of an array cannot be, or what looks at them
  [`${many} { @[probe] = hist(pid); }`, false],
  [`${many} { @[probe] = max(pid); }`, false],
  [`${many} { @[probe]++; }`, false],
  [`${many} { @[probe, pid] = count(); }`, false],
  [`${many} { @[probe] = count(); @[comm] = count(); }`, false],
  [`${many} { @[probe] = count(); print(@[probe]); }`, false],
  [`${many} { @[probe] = count(); } end { print(len(@)); }`, false],
  [`${many} { @[probe] = count(); } end { zero(@); }`, false],
  [`${many} { @[probe] = count(); } end { for ($kv : @) { print($kv.0); } }`, false],
  [`${many} { @[probe] = count(); delete(@, probe); }`, false],
  [`let @ = percpuhash(5); ${many} { @[probe] = count(); }`, false],
  // one name for two
  [`a=${event}, a=${other} { @[probe] = count(); }`, false],
  [`${event} { @[probe] = count(); } ${event} { @[probe] = count(); }`, false],
];
for (const [script, indexed] of kinds) t.test(script, async (t) => { t.strictSame(kindOf(script), { type: indexed ? 'percpu_array' : script.includes('++') ? 'hash' : 'percpu_hash', indexed }); });

t.test('counts print as those of any map: without what never happened, in order', async (t) => {
  const want = `@[${other}]: 1\n@[${event}]: 3\n`;
  t.equal(outputOf(`${many} { @[probe] = count(); }`, { fire }), want);
  t.equal(outputOf(`${event}, ${other} { @[probe] = count(); }`, { fire }), want);
  t.equal(outputOf(`kprobe:vfs_read, ${many} { @[probe] = count(); }`, { fire: [...fire, 'kprobe:vfs_read', 'kprobe:vfs_read'] }), `@[${other}]: 1\n@[kprobe:vfs_read]: 2\n@[${event}]: 3\n`);
  t.equal(outputOf(`${many} { @[probe] = count(); }`, {}), '');
});

t.test('many functions of one link, told apart by its cookie', async (t) => {
  const script = 'kprobe:vfs_read|vfs_write { @[probe] = count(); } kprobe:vfs_* { for $i : 0..2 { @b[probe] = count(); } }';
  t.equal(outputOf(script, { fire: [{ probe: 0, cookie: 1n, times: 3 }, { probe: 0, cookie: 0n }, { probe: 1, cookie: 1n }] }), '@[kprobe:vfs_read]: 1\n@[kprobe:vfs_write]: 3\n@b[kprobe:vfs_write]: 2\n');
});

t.test('a sum of 0 is there', async (t) => {
  t.equal(outputOf(`${many} { @[probe] = sum(0); }`, { fire: [event] }), `@[${event}]: 0\n`);
});

t.test('the other words of stats', async (t) => {
  t.equal(outputOf(`${many} { @[probe] = stats(6); }`, { fire }), `@[${other}]: { .count = 1, .average = 6, .total = 6 }\n@[${event}]: { .count = 3, .average = 6, .total = 18 }\n`);
});

t.test('what was printed and cleared is not printed again', async (t) => {
  const script = `${many} { @[probe] = count(); } interval:s:1 { print(@); clear(@); }`;
  t.equal(outputOf(script, { fire: [event, event, 'interval:s:1', other, 'interval:s:1', event] }), `@[${event}]: 2\n@[${other}]: 1\n@[${event}]: 1\n`);
});

t.test('json', async (t) => {
  t.match(runInSim(`${many} { @[probe] = count(); }`, { fire, format: 'json' }).stdout, `{"type": "map", "data": {"@": {"${other}": 1, "${event}": 3}}}`);
});

t.test('calls that are joined in one program count by their number', async (t) => {
  const script = 'tracepoint:syscalls:sys_enter_* { @[probe] = count(); }';
  t.ok(kindOf(script).indexed);
});
