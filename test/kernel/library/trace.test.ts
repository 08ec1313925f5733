// The library: events and maps as values, errors with their places.

import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compile, CompileError, trace, type TraceEvent, type TraceOptions } from '../../../lib/index.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import type { Histogram } from '../../../lib/index.js';
import { needs } from '../../helpers/needs.js';

async function collect(events: AsyncIterable<TraceEvent>): Promise<TraceEvent[]> {
  const all: TraceEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

t.test('events carry values, maps are entries', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const running = await trace(`begin { printf("%d %s\\n", 7, "x"); @c[1, "a"] = count(); @h = hist(3); @p = 5; }
    interval:ms:10 { print(@p); exit(3); }`);
  t.same(running.probes, [{ name: 'begin', count: 1 }, { name: 'interval:ms:10', count: 1 }]);
  t.same(running.maps.names, ['@c', '@h', '@p']);
  const events = await collect(running);
  t.match(events, [
    { type: 'printf', text: '7 x\n' },
    { type: 'map', name: '@p', text: '@p: 5\n', entries: [{ key: undefined, value: 5 }] },
  ]);
  const [first] = events;
  t.same(first && 'values' in first ? first.values.map(String) : [], ['7', 'x']);
  t.match(running.program.sites[first && 'site' in first ? first.site : -1], { range: { file: 'script', start: { line: 1, column: 9 } } });
  t.match(await running.done, { reason: 'exit', status: 3, lost: 0, dropped: 0 });
  t.match([...running.maps.get('@c')], [{ key: [1n, 'a'], value: 1n }]);
  t.match((running.maps.get('@h').value as Histogram).rows, [{ min: 2n, max: 3n, count: 1n }]);
  t.throws(() => running.maps.get('@none'), { name: 'OptionError', code: 'ERR_OPTION_VALUE', option: 'name', message: "the script has no map '@none': it has @c, @h, @p" });
  t.throws(() => running.maps.get('c' as '@c'), { message: "the script has no map 'c': did you mean '@c'?" });
});

t.test('emit() gives a record with a name', async (t) => {
  if (!needs(t, 'root')) return;
  const running = await trace('begin { emit("opened", (pid = 7, path = "/a")); exit(); }');
  const [event] = await collect(running);
  t.match(event, { type: 'emit', name: 'opened', fields: { pid: 7, path: '/a' }, text: 'opened: { .pid = 7, .path = /a }\n' });
});

t.test('maps can be read while it runs; stop() runs the end probes', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const running = await trace('interval:ms:5 { @n = count(); } end { printf("bye\\n"); }');
  const count = (): bigint => (running.maps.get('@n').value as bigint | undefined) ?? 0n;
  while (count() < 2n) await new Promise((resolve) => setTimeout(resolve, 5));
  t.match(await running.stop(), { reason: 'stopped', status: 0 });
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
  t.match(await running.done, { reason: 'process-ended', child: { code: 0, signal: null }, lost: 0, dropped: 0 });
});

t.test('an AbortSignal ends it', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const abort = new AbortController();
  const running = await trace('interval:s:100 { }', { signal: abort.signal });
  abort.abort();
  t.match(await running.done, { reason: 'aborted', status: 0 });
});

t.test('when it is done, the kernel has nothing of it any more', async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  // without multi links these take seconds to be closed
  const running = await trace('uprobe:libc:str*cmp { @never_seen = count(); }', { pid: process.pid });
  const loaded = (): string[] => loadNative().loadedPrograms().flatMap(({ functions }) => functions).filter((name) => /^uprobe_.*_str\w*cmp/.test(name));
  t.ok(loaded().length > 0);
  await running.stop();
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
  const skipping = await trace(missing, { missing: 'skip' });
  t.match(skipping.warnings.map(({ message }) => message), [/no_such_function_anywhere|kprobe/]);
  await skipping.done;
});

t.test('what the kernel does not attach', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  if (existsSync('/sys/bus/event_source/devices/cpu')) return t.plan(0, 'this machine has hardware counters: here they are what cannot be attached');
  const [alone, probe] = ['hardware:cpu-cycles:1000000 { @ = count(); }', 'hardware:cpu-cycles:1000000'];
  await t.rejects(trace(`${alone} interval:ms:5 { exit(); }`), { name: 'NotSupportedError', feature: 'hardware', cause: { name: 'AttachError', attachPoint: probe } });
  const skipping = await trace(`${alone} interval:ms:5 { exit(); }`, { missing: 'skip' });
  t.strictSame(skipping.skipped.map((each) => each.probe), [probe]);
  await skipping.done;
  for (const policy of ['warn', 'ignore'] as const) {
    t.strictSame(await whatRuns(`${alone} interval:ms:5 { exit(); }`, policy), []);
    t.strictSame(await whatRuns(`begin { printf("begin"); } ${alone} end { printf("end"); }`, policy), ['printf', 'printf'], 'begin and end are left');
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
  t.equal(running.maps.get('@x').value, 1);
});

t.test('what failed is counted at the end', async (t) => {
  if (!needs(t, 'root')) return;
  const script = 'begin { for $i : 0..20 { @full[$i] = 1; } $none = *(int32 *)uptr((uint64)1); exit(); }';
  const ended = async (options: TraceOptions): Promise<number> => (await (await trace(script, { config: { max_map_keys: 5 }, ...options })).done).failed;
  t.equal(await ended({}), 15, 'elements that found no room');
  t.equal(await ended({ verboseErrors: true }), 16, 'and a read');
});

t.test('iterators', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  const running = await trace(`iter:task { if (ctx.task->pid == ${process.pid}) { printf("%d\\n", ctx.task->tgid); @seen = count(); } }`);
  t.match(await collect(running), [{ type: 'iterator', text: `${process.pid}\n` }]);
  t.equal(running.maps.get('@seen').value, 1n);
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
  await t.rejects(compile('begin { @x = ; }'), CompileError);
  await t.rejects(compile('begin { }', { config: { nothing: 1 } }), { name: 'OptionError', code: 'ERR_OPTION_VALUE', option: 'options.config.nothing' });
});

t.test('compiling alone', async (t) => {
  if (!needs(t, 'root')) return;
  const { elf, manifest, warnings } = await compile('begin { @x = 1; }');
  t.same([...elf.subarray(0, 4)], [0x7f, 0x45, 0x4c, 0x46]);
  t.match(JSON.parse(manifest), { version: 1, maps: [{ scriptName: '@x' }] });
  t.same(warnings, []);
});
