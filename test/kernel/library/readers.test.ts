// Who reads a trace: loops that own it, several readers, slow ones, none.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { trace, type Session, type TraceEvent } from '../../../lib/index.js';
import { packageRoot, runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const counting = 'begin { printf("first\\n"); } interval:ms:2 { printf("%d\\n", @n); @n++; }';
const numbers = (events: readonly TraceEvent[]): string[] => events.flatMap((event) => (event.type === 'printf' ? [event.text.trim()] : []));
/** 9,000 events in floods of 200. */
const flood = 'interval:ms:1 { if (@i < 9000) { for $i : 0..200 { print($i); } @i = @i + 200; } else { exit(); } }';

async function ended(session: Session): Promise<string> {
  return (await session.done).reason;
}

t.test('break stops the session', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(counting);
  for await (const event of session) if (event.type === 'printf') break;
  t.equal(await ended(session), 'stopped');
});

t.test('a throw in the loop stops the session', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(counting);
  await t.rejects(async () => {
    for await (const event of session) throw new Error(`thrown at ${event.type}`);
  }, { message: 'thrown at printf' });
  t.equal(await ended(session), 'stopped');
});

t.test('await using stops the session', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(counting);
  await session[Symbol.asyncDispose]();
  t.equal(await ended(session), 'stopped');
});

t.test('two readers both get every event, made one after the other in the same breath', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace('begin { printf("b\\n"); } interval:ms:3 { printf("x\\n"); if (++@ == 4) { exit(); } }');
  const [one, two] = await Promise.all([collect(session), collect(session)]);
  t.strictSame(numbers(one), ['b', 'x', 'x', 'x', 'x']);
  t.strictSame(numbers(two), numbers(one));
});

t.test('a reader that comes later begins with what happens then', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(counting);
  const early = session.events();
  t.match(await early.next(), { value: { text: 'first\n' } });
  const late = session.events();
  const { value } = await late.next() as IteratorYieldResult<TraceEvent>;
  t.match('text' in value ? value.text : '', /^\d+\n$/);
  await session.stop();
});

t.test('of two readers one may leave, the other misses nothing', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(flood);
  const slow = async (): Promise<number> => {
    let seen = 0;
    for await (const { type } of session.events()) if (type === 'print' && ++seen <= 20) await sleep(10);
    return seen;
  };
  const count = slow();
  for await (const { type } of session.events()) if (type === 'print') break;
  t.equal(await count, 9000);
  t.match(await session.done, { reason: 'exit', lost: 0, dropped: 0 });
});

t.test('a full queue holds the session, also within one turn', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(flood, { queue: { size: 10 } });
  let most = 0;
  let seen = 0;
  for await (const event of session) {
    if (event.type === 'print') seen++;
    most = Math.max(most, session.stats().queued);
    if (seen % 1000 === 0) await sleep(5);
  }
  t.equal(seen, 9000);
  t.ok(most <= 10, `${most} queued`);
  t.match(await session.done, { lost: 0, dropped: 0 });
});

t.test('drop-oldest: the newest are kept, the others counted', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(flood, { queue: { size: 100, whenFull: 'drop-oldest' } });
  const events = session.events();
  t.match(await events.next(), { value: { type: 'print' } });
  await session.done;
  const kept = await collect({ [Symbol.asyncIterator]: () => events });
  t.equal(kept.length, 100);
  t.match(kept.at(-1), { type: 'print', value: 199 });
  t.equal((await session.done).dropped, 9000 - 1 - 100);
});

t.test('nobody reads: the session is not held, the oldest are dropped and counted', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(flood, { queue: { size: 50 } });
  const { dropped } = await session.done;
  t.equal(dropped, 9000 - 50);
  t.equal((await collect(session)).length, 50, 'what was kept is there for a reader that comes after the end');
});

t.test('batches have all events, one promise for many', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(flood);
  const batches = await collect(session.batches());
  const values = batches.flat().flatMap((event) => (event.type === 'print' ? [event.value] : []));
  t.equal(values.length, 9000);
  t.ok(batches.length < 1000, `${batches.length} batches`);
  t.ok(batches.every((batch) => batch.length > 0));
});

t.test('a signal ends one reader', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(counting);
  const abort = new AbortController();
  const reading = collect(session.events({ signal: abort.signal }));
  abort.abort();
  await t.rejects(reading, { name: 'AbortError', code: 'ABORT_ERR' });
  await t.rejects(collect(session.events({ signal: AbortSignal.abort() })), { name: 'AbortError' });
  t.match(await session.events().next(), { value: { type: 'printf' } }, 'others read on');
  await session.stop();
});

t.test('stop() delivers what was sent; discard throws it away and counts it', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const script = 'begin { for $i : 0..100 { printf("%d\\n", $i); } } interval:s:100 { } end { printf("end\\n"); }';
  const drained = await trace(script);
  t.match(await drained.stop(), { reason: 'stopped', discarded: 0, lost: 0 });
  t.equal(numbers(await collect(drained)).length, 101);
  const discarded = await trace(script);
  t.match(await discarded.stop('discard'), { discarded: 100, dropped: 0 });
  t.strictSame(numbers(await collect(discarded)), ['end']);
});

t.test('events that exit() leaves behind are counted', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace('interval:us:50 { @sent++; printf("%d\\n", @sent); } interval:ms:20 { exit(); }');
  const { reason, discarded, lost } = await session.done;
  t.equal(reason, 'exit');
  t.equal(lost, 0);
  t.equal(numbers(await collect(session)).length + discarded, Number(session.maps.get('@sent').value));
});

t.test('a session that breaks throws in the loop, after what it told before', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const clock = Date.now;
  t.teardown(() => (Date.now = clock));
  const session = await trace('begin { printf("before\\n"); } interval:ms:50 { time("%H"); }');
  const events: TraceEvent[] = [];
  Date.now = () => {
    if (new Error().stack!.includes('nowNs')) throw new Error('the clock is broken');
    return clock();
  };
  await t.rejects(async () => {
    for await (const event of session) events.push(event);
  }, { message: 'the clock is broken' });
  t.strictSame(numbers(events), ['before']);
  await t.rejects(session.done, { message: 'the clock is broken' });
  await t.rejects(session.stop(), { message: 'the clock is broken' });
});

t.test('unref: a process may end while it traces', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(counting);
  t.equal(session.unref().ref(), session);
  await session.stop();
  const library = pathToFileURL(join(packageRoot, 'dist/cjs/index.mjs')).href;
  const program = `import { trace } from '${library}'; (await trace('interval:s:100 { @n++; }')).unref(); console.log('traced');`;
  const { stdout, status } = await runCommand(['--input-type=module', '-e', program], { program: process.execPath });
  t.equal(stdout, 'traced\n');
  t.equal(status, 0);
});

t.test('what fails in the script is counted', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace('begin { for $i : 0..1000 { @m[$i] = $i; } exit(); }', { config: { max_map_keys: 1 } });
  const failures = (await collect(session)).flatMap((event) => (event.type === 'helper-error' ? [event] : []));
  t.match(failures[0], { code: 'E2BIG', helper: 'map_update_elem', count: 1 });
  t.equal(failures.reduce((sum, { count }) => sum + count, 0), 999);
});

t.test('events that find no room are counted, by probe and in all', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace('begin { for $i : 0..3000 { printf("%d\\n", $i); } } interval:ms:5 { exit(); }', { config: { perf_rb_pages: 1 } });
  const events = await collect(session);
  const told = events.flatMap((event) => (event.type === 'lost' ? [event] : []));
  const { lost } = await session.done;
  t.ok(lost > 0, `${lost} lost`);
  t.same([...new Set(told.map(({ probe }) => probe))], ['begin']);
  t.equal(told.reduce((sum, { count }) => sum + count, 0), lost);
  t.equal(numbers(events).length + lost, 3000);
  t.same(session.stats().lost, [{ probe: 'begin', count: BigInt(lost) }]);
});
