// The library: events and maps as values, errors with their places.

import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compileScript, CompileError, trace, type TraceEvent } from '../../../lib/index.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';

async function collect(events: AsyncIterable<TraceEvent>): Promise<TraceEvent[]> {
  const all: TraceEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

t.test('events carry values, maps are entries', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const running = await trace('begin { printf("%d %s\\n", 7, "x"); @c[1, "a"] = count(); @h = hist(3); @p = 5; } interval:ms:10 { print(@p); exit(3); }');
  t.equal(running.probes, 2);
  t.same(running.maps.names, ['@c', '@h', '@p']);
  const events = await collect(running);
  t.match(events, [
    { type: 'printf', text: '7 x\n', place: { line: 1 } },
    { type: 'map', name: '@p', text: '@p: 5\n' },
  ]);
  const [first] = events;
  t.same(first && 'values' in first ? first.values.map(String) : [], ['7', 'x']);
  t.same(await running.done, { status: 3, lost: 0, dropped: 0 });
  t.match(running.maps.get('@c'), [{ value: 1n }]);
  t.match(running.maps.get('@h'), [{ key: undefined, value: [{ min: 2n, max: 3n, count: 1n }] }]);
  t.equal(running.maps.get('@none'), undefined);
});

t.test('maps can be read while it runs; close() runs the end probes', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const running = await trace('interval:ms:5 { @n = count(); } end { printf("bye\\n"); }');
  const count = (): bigint => (running.maps.get('@n')?.[0]?.value as bigint | undefined) ?? 0n;
  while (count() < 2n) await new Promise((resolve) => setTimeout(resolve, 5));
  const { status } = await running.close();
  t.equal(status, 0);
  t.match(await collect(running), [{ type: 'printf', text: 'bye\n' }]);
  t.ok(count() >= 2n, 'readable after the end');
});

t.test('a command; a slow reader loses nothing', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const running = await trace('tracepoint:syscalls:sys_enter_read /pid == cpid && args.count == 7/ { printf("%d\\n", args.count); }', {
    command: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=7', 'count=10000', 'status=none'],
  });
  let seen = 0;
  for await (const event of running) {
    if (event.type !== 'printf') t.fail(`event of type ${event.type}`);
    if (++seen % 2000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.equal(seen, 10_000);
  t.match(await running.done, { lost: 0, dropped: 0 });
});

t.test('an AbortSignal ends it', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const abort = new AbortController();
  const running = await trace('interval:s:100 { }', { signal: abort.signal });
  abort.abort();
  t.match(await running.done, { status: 0 });
});

t.test('when it is done, the kernel has nothing of it any more', async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  // without multi links these take seconds to be closed
  const running = await trace('uprobe:libc:str*cmp { @never_seen = count(); }', { pid: process.pid });
  const loaded = (): string[] => loadNative().loadedPrograms().flatMap(({ functions }) => functions).filter((name) => /^uprobe_.*_str\w*cmp/.test(name));
  t.ok(loaded().length > 0);
  await running.close();
  // the kernel frees a program once no CPU can be in it
  for (const until = Date.now() + 10_000; loaded().length > 0 && Date.now() < until;) await new Promise((resolve) => setTimeout(resolve, 20));
  t.strictSame(loaded(), []);
});

t.test('a process that is gone: an error, and nothing is left behind', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  const before = descriptors();
  await t.rejects(trace('tracepoint:raw_syscalls:sys_enter { @never_there = count(); }', { pid: 999_999_999 }));
  // others of this process may come and go; a trace has five and more
  t.ok(descriptors() < before + 5, `${before} descriptors, then ${descriptors()}`);
});

const whatRuns = async (script: string, policy: string): Promise<string[]> => (await collect(await trace(script, { config: { missing_probes: policy } }))).map(({ type }) => type);

t.test('a function that is not there', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const missing = 'kprobe:no_such_function_anywhere { } interval:ms:5 { exit(); }';
  await t.rejects(trace(missing), { name: 'CompileError' });
  for (const policy of ['warn', 'ignore']) t.strictSame(await whatRuns(missing, policy), []);
});

t.test('what the kernel does not attach', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  if (existsSync('/sys/bus/event_source/devices/cpu')) return t.plan(0, 'this machine has hardware counters: here they are what cannot be attached');
  const [alone, probe] = ['hardware:cpu-cycles:1000000 { @ = count(); }', 'hardware:cpu-cycles:1000000'];
  const kinds = { warn: ['complaint'], ignore: [] as string[] };
  await t.rejects(trace(`${alone} interval:ms:5 { exit(); }`), { name: 'AttachError', attachPoint: probe });
  for (const policy of ['warn', 'ignore'] as const) {
    t.strictSame(await whatRuns(`${alone} interval:ms:5 { exit(); }`, policy), kinds[policy]);
    t.strictSame(await whatRuns(`begin { printf("begin"); } ${alone} end { printf("end"); }`, policy), [...kinds[policy], 'printf', 'printf'], 'begin and end are left');
    await t.rejects(trace(alone, { config: { missing_probes: policy } }), { name: 'AttachError', message: 'Attachment failed for all probes.', attachPoint: probe });
  }
});

for (const [title, script] of [['an empty script', ''], ['a wildcard without a match', 'kprobe:no_such_function_anywhere* { }']] as const) {
  t.test(`nothing to run: ${title}`, async (t) => {
    if (!needs(t, 'root')) return;
    await t.rejects(trace(script, { config: { missing_probes: 'warn' } }), { code: 'ERR_NO_PROBES', message: 'No probes to attach' });
  });
}

t.test('the command ends with the trace', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const running = await trace('interval:ms:5 { printf("%d\\n", cpid); exit(); }', { command: ['sleep', '1000'] });
  const [first] = await collect(running);
  await running.done;
  const pid = Number(first && 'text' in first ? first.text : 0);
  t.ok(pid > 0);
  const gone = (): boolean => !existsSync(`/proc/${pid}`) || /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  for (const until = Date.now() + 10_000; !gone() && Date.now() < until;) await new Promise((resolve) => setTimeout(resolve, 20));
  t.ok(gone());
});

t.test('no maps at the end: they are in maps', async (t) => {
  if (!needs(t, 'root')) return;
  const running = await trace('begin { @x = 1; print(@x); }');
  t.strictSame((await collect(running)).map(({ type }) => type), ['map']);
  await running.done;
  t.match(running.maps.get('@x'), [{ value: 1n }]);
});

t.test('iterators', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const running = await trace(`iter:task { if (ctx.task->pid == ${process.pid}) { printf("%d\\n", ctx.task->tgid); @seen = count(); } }`);
  t.match(await collect(running), [{ type: 'iterated', text: `${process.pid}\n` }]);
  t.match(running.maps.get('@seen'), [{ value: 1n }]);
  const path = `/sys/fs/bpf/tbpf-test-${process.pid}`;
  const pinned = await trace(`iter:task:${path} { if (ctx.task->pid == ${process.pid}) { printf("pinned\\n"); } }`);
  try {
    t.strictSame(await collect(pinned), [{ type: 'pinned', path }]);
    await pinned.done;
    t.equal(readFileSync(path, 'utf8'), 'pinned\n');
  } finally {
    rmSync(path);
  }
  await t.rejects(trace('iter:task:/tmp/tbpf-test { }'), { message: '/tmp is no folder of a BPF file system' });
});

t.test('two readers of one trace both come to its end', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const running = await trace('interval:ms:5 { printf("x\\n"); if (++@ == 4) { exit(); } }');
  const [one, two] = await Promise.all([collect(running), collect(running)]);
  t.equal(one.length + two.length, 4);
});

t.test('of two readers one may leave, the other misses nothing', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const running = await trace('interval:ms:1 { if (@i < 9000) { for $i : 0..200 { print($i); } @i = @i + 200; } else { exit(); } }');
  const slow = async (): Promise<number> => {
    let seen = 0;
    for await (const { type } of running) if (type === 'value' && ++seen <= 20) await new Promise((resolve) => setTimeout(resolve, 10));
    return seen;
  };
  const count = slow();
  let taken = 0;
  for await (const { type } of running) {
    taken += Number(type === 'value');
    break;
  }
  t.equal(await count + taken, 9000);
  t.match(await running.done, { lost: 0, dropped: 0 });
});

t.test('a command that turns out not to be one leaves no listeners', async (t) => {
  if (!needs(t, 'root')) return;
  const program = join(t.testdir({ program: '#!/nonexistent/interpreter' }), 'program');
  chmodSync(program, 0o755);
  const before = process.listenerCount('SIGUSR1');
  await t.rejects(trace('self:signal:SIGUSR1 { }', { command: [program] }), { code: 'ENOENT' });
  t.equal(process.listenerCount('SIGUSR1'), before);
});

t.test('self:signal:SIGUSR1 hears the signal of this process', async (t) => {
  if (!needs(t, 'root')) return;
  const before = process.listenerCount('SIGUSR1');
  const running = await trace('self:signal:SIGUSR1 { printf("heard\\n"); exit(); }');
  process.kill(process.pid, 'SIGUSR1');
  t.match(await collect(running), [{ type: 'printf', text: 'heard\n' }]);
  await running.done;
  t.equal(process.listenerCount('SIGUSR1'), before);
});

t.test('errors of the script', async (t) => {
  if (!needs(t, 'root')) return;
  await t.rejects(trace('begin { printf(foo); }'), { name: 'CompileError', code: 'ERR_COMPILE', message: "Unknown identifier: 'foo'" });
  t.throws(() => compileScript('begin { @x = ; }'), CompileError);
  t.throws(() => compileScript('begin { }', { config: { nothing: 1 } }), RangeError);
});

t.test('compiling alone', async (t) => {
  if (!needs(t, 'root')) return;
  const { elf, manifest, warnings } = compileScript('begin { @x = 1; }');
  t.same([...elf.subarray(0, 4)], [0x7f, 0x45, 0x4c, 0x46]);
  t.same(manifest.maps.map(({ scriptName }) => scriptName), ['@x']);
  t.same(warnings, []);
});
