// map.take() under load: what all takes gave together is what the load made.

import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { trace, type Histogram, type Session } from '../../../lib/index.js';
import { needs } from '../../helpers/needs.js';

const PROCESSES = 3;
const CALLS = 20_000;
const MADE = BigInt(PROCESSES * CALLS);

/** Each process has the same name, calls as often as it can and ends. Perl tells the kernel what $0 is. */
const load: [string, ...string[]] = ['perl', '-e', `$0 = "tbpf-take"; for (1..${PROCESSES}) { fork or do { getppid for 1..${CALLS}; exit } } 1 while wait > 0`];

const filter = 'comm == "tbpf-take"';
const probe = 'tracepoint:syscalls:sys_enter_getppid';

async function sumOfTakes<T>(session: Session, name: `@${string}`, valueOf: (value: T) => bigint): Promise<{ sum: bigint; takes: number }> {
  let sum = 0n;
  let takes = 0;
  let running = true;
  const done = session.done.then(() => (running = false));
  const add = (entries: readonly { readonly value: unknown }[]): void => {
    for (const { value } of entries) sum += valueOf(value as T);
  };
  const map = session.maps.get(name);
  while (running) {
    // a map without keys is read at once: the event loop gets its turn between two
    await turn();
    try {
      add(await map.take());
      takes++;
    } catch (error) {
      // the trace has ended between the look at it and the take
      if ((error as { code?: string }).code !== 'ERR_CLOSED') throw error;
    }
  }
  await done;
  // what came after the last take
  add([...map]);
  return { sum, takes };
}

const number = (value: bigint): bigint => value;
const rows: [title: string, script: string, valueOf: (value: never) => bigint][] = [
  ['count by key', `@[pid % 2, comm] = count();`, number],
  ['sum by key', `@[pid] = sum(1);`, number],
  ['@x++ by key', `@[pid % 2]++;`, (value: bigint | number) => BigInt(value)],
  ['hist by key', `@[pid % 2] = hist(pid);`, ({ count }: Histogram) => count],
  ['stats by key', `@[comm] = stats(2);`, ({ count }: { count: bigint }) => count],
  ['many keys, most of them idle', `@[pid, @i % 1000] = count(); @i++;`, number],
  ['count without keys', `@ = count();`, number],
  ['hist without keys', `@ = hist(pid);`, ({ count }: Histogram) => count],
];
for (const [title, body, valueOf] of rows) {
  t.test(title, async (t) => {
    if (!needs(t, 'root', 'tracepoint')) return;
    const session = await trace(`${probe} /${filter}/ { ${body} }`, { command: load, config: { max_map_keys: 4500 } });
    const { sum, takes } = await sumOfTakes(session, '@', valueOf as (value: unknown) => bigint);
    t.equal(sum, MADE);
    t.ok(takes >= 2, `${takes} takes`);
    t.comment(`${takes} takes`);
    t.match(await session.done, { reason: 'process-ended', lost: 0 });
  });
}

t.test('elements without an addition are not taken; the map shows what came since', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace('begin { @[1] = count(); @[2] = count(); } interval:s:100 { @[3] = count(); }');
  const map = session.maps.get('@');
  t.equal((await map.take()).length, 2);
  t.same(await map.take(), []);
  t.equal(map.size, 0);
  t.equal(map.lookup(1), undefined);
  t.equal(map.format(), '');
  map.clear();
  t.same(await map.take(), []);
  await session.stop();
  t.equal(session.maps.get('@').size, 0);
});

t.test('several takes at once: one after the other', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace('begin { @[1] = count(); } interval:s:100 { @[3] = count(); }');
  const map = session.maps.get('@');
  const taken = await Promise.all([map.take(), map.take(), map.take()]);
  t.strictSame(taken.map(({ length }) => length), [1, 0, 0]);
  await session.stop();
});

t.test('values that programs read are read and deleted', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace('begin { @[1] = 5; @max = max(7); if (@[1]) { @s = 3; } } interval:s:100 { @[1] = @s; }');
  t.same(await session.maps.get('@').take(), [{ key: 1, value: 5 }]);
  t.same(await session.maps.get('@').take(), []);
  t.same(await session.maps.get('@max').take(), [{ key: undefined, value: 7n }]);
  t.same(await session.maps.get('@max').take(), []);
  await session.stop();
});

t.test('a take that is under way when the trace ends: each addition is in it or in what the map holds at last', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const kinds: [string, string][] = [['added to', 'count()'], ['read by the program', '$i']];
  for (const [title, value] of kinds) {
    for (let n = 0; n < 10; n++) {
      const session = await trace(`begin { for ($i : 0..4000) { @[$i] = ${value}; } } interval:s:100 { @[5000] = ${value.replace('$i', '1')}; }`);
      const map = session.maps.get('@');
      const [taken] = await Promise.all([map.take(), session.stop()]);
      t.equal(taken.length + [...map].length, 4000, `${title}, ${n}`);
    }
  }
});
