// Programs: compiled once, run often, also where the compiler is not; what the library tells of machine and kernel.

import t from 'tap';
import { Clock } from '../../../lib/api/clock.js';
import { compile, CompileError, kernelInfo, listProbes, load, openMachine, renderDiagnostic, trace, type Compiled, type Facts, type Histogram, type ListedProbe, type StackValue, type SymbolValue } from '../../../lib/index.js';
import { checkKeysOfAllKinds, keysOfAllKinds } from '../../helpers/keys-of-all-kinds.js';
import { needs } from '../../helpers/needs.js';

async function texts(events: AsyncIterable<{ readonly type: string }>): Promise<string[]> {
  const all: string[] = [];
  for await (const event of events) if ('text' in event) all.push(event.text as string);
  return all;
}

t.test('one program, several sessions; from text and bytes alone', async (t) => {
  if (!needs(t, 'root')) return;
  const program = await compile('begin { printf("%d\\n", 6 * 7); exit(3); }');
  t.strictSame(await texts(await load(program)), ['42\n']);
  const stored = JSON.parse(JSON.stringify({ elf: Buffer.from(program.elf).toString('base64'), manifest: program.manifest })) as { elf: string; manifest: string };
  const compiled: Compiled = { elf: Buffer.from(stored.elf, 'base64'), manifest: stored.manifest };
  const session = await load(compiled);
  t.strictSame(await texts(session), ['42\n']);
  t.match(await session.done, { status: 3, reason: 'exit' });
});

t.test('a machine shared by many', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const machine = openMachine();
  await compile('tracepoint:sched:sched_switch { @[args.next_pid] = count(); }', { machine });
  await compile('tracepoint:sched:sched_switch { @[args.next_comm] = count(); }', { machine });
  t.match(await (await trace('begin { exit(); }', { machine })).done, { reason: 'exit' });
});

t.test('warnings reach whoever traces', async (t) => {
  if (!needs(t, 'root')) return;
  const warned = 'begin { @a[1] = 1; has_key(@a, 1); exit(); }';
  const program = await compile(warned);
  t.match(program.warnings, [{ code: 'T0328', severity: 'warning' }]);
  const traced = await trace(warned);
  t.strictSame(traced.warnings, traced.program.warnings);
  t.strictSame(traced.warnings.map(({ code, message }) => [code, message]), program.warnings.map(({ code, message }) => [code, message]), 'the compiler in its thread says the same');
  await traced.done;
});

t.test('errors of the compiler come with their places, from its thread too', async (t) => {
  if (!needs(t, 'root')) return;
  const error: unknown = await trace('begin { print(1);\n  print(foo); }').catch((thrown: unknown) => thrown);
  if (!(error instanceof CompileError)) return t.fail('no CompileError', { error });
  const [first] = error.diagnostics;
  t.match(first, { message: "Unknown identifier: 'foo'" });
  t.same(first!.span!.source.positionAt(first!.span!.start), { line: 2, column: 9 });
  t.match(error.message, /^script:2:9: Unknown identifier: 'foo'$/);
  t.strictSame(first!.range, { file: 'script', start: { line: 2, column: 9, offset: 26 }, end: { line: 2, column: 12, offset: 29 } });
  t.equal(first!.render(), renderDiagnostic(first!));
  t.match(JSON.parse(JSON.stringify(first)), { code: first!.code, range: { start: { offset: 26 } } });
  t.match(renderDiagnostic(first!), /^script:2:9-12: ERROR: Unknown identifier: 'foo'\n {2}print\(foo\); }\n/);
});

t.test('a feature that the kernel has not is one class of error', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const { features } = await kernelInfo();
  const lacks = (feature: string): boolean => !features.get(feature)!.available;
  const facts: Facts = { version: 1, arch: 'x86_64', kernelRelease: '6.12.0', cpuCount: 1, features: { kprobe: true }, tracepoints: [], rawTracepoints: [], functions: [{ module: 'vmlinux', name: 'vfs_read' }] };
  const cases: readonly [where: string, feature: string, act: () => Promise<unknown>, cause: object][] = [
    ['the kernel says so when a probe is attached', 'hardware', () => trace('hardware:cpu-cycles:1000000 { @ = count(); }'), { name: 'AttachError', attachPoint: 'hardware:cpu-cycles:1000000' }],
    ['the compiler says so', 'kprobe', () => trace('kprobe:vfs_rea* { @ = count(); }'), { name: 'CompileError' }],
    ['compiled elsewhere, it is found when it is loaded', 'kprobe', async () => load(await compile('kprobe:vfs_read { @ = count(); }', { machine: facts })), { name: 'NotSupportedError' }],
  ];
  for (const [where, feature, act, cause] of cases) {
    if (!lacks(feature)) t.comment(`this machine has ${feature}`);
    else await t.rejects(act(), { name: 'NotSupportedError', code: 'ERR_NOT_SUPPORTED', feature, cause }, where);
  }
});

t.test('a program for one process is loaded for that process only', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const program = await compile('tracepoint:raw_syscalls:sys_enter { @ = count(); exit(); }', { pid: process.pid });
  await t.rejects(load(program), { code: 'ERR_OPTION_VALUE', option: 'options.pid', message: new RegExp(`compiled for process ${process.pid}`) });
  const session = await load(program, { pid: process.pid });
  t.match(await session.done, { reason: 'exit' });
});

t.test('sites tell where events come from', async (t) => {
  if (!needs(t, 'root')) return;
  const program = await compile('begin {\n  printf("%s %d", comm, 1);\n  print((1, "x"));\n}');
  t.match(program.sites, [
    { range: { file: 'script', start: { line: 2, column: 3, offset: 10 }, end: { line: 2, column: 27, offset: 34 } }, types: [{ kind: 'string' }, { kind: 'int' }] },
    { range: { start: { line: 3, column: 3 } }, types: [{ kind: 'tuple' }] },
  ]);
  t.strictSame((await compile('tracepoint:sched:sched_switch { @ = count(); }')).needs, ['tracepoint']);
});

t.test('print(@m, 1) has one entry, in entries too', async (t) => {
  if (!needs(t, 'root')) return;
  const session = await trace('begin { @m[1] = 1; @m[2] = 2; print(@m, 1); print(@m); exit(); }');
  const lengths: number[] = [];
  for await (const event of session) if (event.type === 'map') lengths.push(event.entries.length);
  t.strictSame(lengths, [1, 2]);
});

t.test('text is made when it is read', async (t) => {
  if (!needs(t, 'root')) return;
  const session = await trace('begin { printf("%d\\n", 5); exit(); }');
  for await (const event of session) {
    if (event.type !== 'printf') continue;
    t.strictSame(event.values, [5]);
    t.notOk(Object.hasOwn(event, 'text'));
    t.equal(event.text, '5\n');
  }
});

t.test('maps by handle: lookup, delete, zero, clear, format', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace('begin { @m["a", 1] = 10; @m["b", 2] = 20; @h["x"] = hist(7); @h["y"] = hist(8); @s = 5; } interval:s:100 { @c = count(); }');
  const m = session.maps.get('@m');
  t.equal(m.size, 2);
  t.equal(m.lookup(['a', 1]), 10);
  t.equal(m.lookup(['a', 1n]), 10, 'numbers and bigints alike');
  t.equal(m.lookup(['a', 2]), undefined);
  for (const key of ['a', ['a'], ['1', 'b'], [['a', 1]], { 0: 'a', 1: 1 }]) t.throws(() => m.lookup(key as never), { option: 'key', code: 'ERR_OPTION_TYPE', message: /keys of @m are of type readonly \[string, number\]$/ });
  t.throws(() => session.maps.get('@s').lookup('a' as never), { option: 'key', message: 'key is "a": @s has no keys' });
  t.equal(m.format(), '@m[a, 1]: 10\n@m[b, 2]: 20\n');
  t.equal(m.format({ top: 1, divisor: 10 }), '@m[b, 2]: 2\n');
  t.equal(m.delete(['a', 1]), true);
  t.equal(m.delete(['a', 1]), false);
  t.same([...m], [{ key: ['b', 2], value: 20 }]);
  m.zero();
  t.same(await m.read(), [{ key: ['b', 2], value: 0 }]);
  t.equal(session.maps.get('@h').delete('x'), true);
  t.same([...session.maps.get('@h')].map(({ key }) => key), ['y']);
  t.equal(session.maps.get('@c').value, undefined, 'nothing was written to it');
  t.equal(session.maps.get('@s').value, 5);
  t.equal(session.maps.get('@s').delete(undefined), true);
  t.equal(session.maps.get('@s').value, undefined);
  m.clear();
  t.equal(m.size, 0);
  t.match(m.type, { kind: 'hash', key: { kind: 'tuple' }, value: { kind: 'int' } });
  await session.stop();
  t.equal(session.maps.get('@h').size, 1, 'readable after the end');
  t.throws(() => m.clear(), { code: 'ERR_CLOSED' });
  await t.rejects(m.take(), { code: 'ERR_CLOSED' });
});

t.test('every element of a map is found by its key', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace(`${keysOfAllKinds} interval:s:100 { }`);
  checkKeysOfAllKinds(t, session.maps);
  await session.stop();
});

t.test('lookup() by an integer, of maps of every kind', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace('begin { @n[(uint8)200] = "x"; @s[(int16)-3] = 7; @c[1234567890123] = count(); @c[5] = count(); @h[3] = hist(8); @h[3] = hist(9); @h[4] = hist(1); } interval:s:100 { @c[5] = count(); }');
  const found = (name: `@${string}`, key: unknown): unknown => session.maps.get(name).lookup(key as never);
  const rows: readonly [name: `@${string}`, key: unknown, want: unknown][] = [
    ['@n', 200, 'x'], ['@n', 200n, 'x'], ['@n', 201, undefined], ['@n', -56, undefined], ['@n', 456, undefined],
    ['@s', -3, 7], ['@s', 3, undefined], ['@s', 65533, undefined], ['@c', 1234567890123n, 1n], ['@c', 5, 1n], ['@c', 6, undefined],
  ];
  for (const [name, key, want] of rows) t.equal(found(name, key), want, `${name}[${String(key)}]`);
  for (const [name, key, message] of [
    ['@n', '200', 'key is "200": keys of @n are of type number'], ['@n', 1.5, 'key is the number 1.5: keys of @n are of type number'], ['@n', undefined, 'key is undefined: keys of @n are of type number'],
    ['@n', [200], 'key is [200]: keys of @n are of type number'], ['@c', true, 'key is the boolean true: keys of @c are of type bigint'],
  ] as const) {
    t.throws(() => found(name, key), { option: 'key', code: 'ERR_OPTION_TYPE', message });
    t.throws(() => session.maps.get(name).delete(key as never), { option: 'key', code: 'ERR_OPTION_TYPE', message });
  }
  t.equal((found('@h', 3) as Histogram).count, 2n);
  t.same(structuredClone(found('@h', 3)), { count: 2n, rows: (found('@h', 3) as Histogram).rows }, 'what another thread gets by postMessage()');
  await session.maps.get('@c').take();
  t.equal(found('@c', 5), undefined, 'taken: nothing was added since');
  await session.stop();
  t.equal(found('@s', -3), 7, 'after the end');
});

t.test('histograms: percentiles, differences, both layouts', async (t) => {
  if (!needs(t, 'root')) return;
  const session = await trace('begin { for $i : 1..101 { @h = hist($i); @l = lhist($i, 0, 100, 10); } for $i : 0..4 { @few = hist($i); } @below = hist(-1); @below = hist(-5); @below = hist(3); exit(); }');
  await session.done;
  const of = (name: `@${string}`): Histogram => session.maps.get(name).value as Histogram;
  const [h, l, few] = [of('@h'), of('@l'), of('@few')];
  t.equal(h.count, 100n);
  t.equal(h.percentile(50), 63n, '1 to 63 hold the first half');
  t.equal(h.percentile(100), 127n);
  t.equal(h.percentile(0), 1n);
  t.equal(l.percentile(50), 59n, 'rank 50 is 50, in the row up to 59');
  t.equal(l.percentile(100), 100n, 'the last row is open: its lower bound');
  t.equal(h.minus(few).count, 96n);
  t.equal(h.minus(h).rows.length, 0);
  t.match(h.format(), /^\[1\] .*\|@+ *\|\n\[2, 4\)/);
  const rows = of('@below').format('bcc').split('\n');
  t.match(rows.at(-2), /^ {0,20}9223372036854775808 -> 18446744073709551615 : 2 +\|\*{20}\|$/, 'what is below zero stands in the last row, as bcc counts it');
  t.match(rows[1], /: 0 +\|/);
  t.equal(few.format('bcc', 'usecs'), [
    '     usecs               : count     distribution',
    '         0 -> 1          : 2        |****************************************|',
    '         2 -> 3          : 2        |****************************************|', '',
  ].join('\n'));
});

t.test('symbols and clock', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const session = await trace(`begin { print(nsecs); } rawtracepoint:sys_enter /pid == ${process.pid}/ { print(kstack(3)); print(ksym(kaddr("vfs_read"))); exit(); }`);
  const values: unknown[] = [];
  for await (const event of session) if (event.type === 'print') values.push(event.value);
  // threads of this process pass the place at once: what they print is mixed
  const tagged = (tag: string): unknown => values.find((value) => (value as { readonly $?: string }).$ === tag);
  const [ns, stack, symbol] = [values[0] as bigint, tagged('stack') as StackValue, tagged('symbol') as SymbolValue];
  t.ok(Math.abs(session.clock.toDate(ns).getTime() - Date.now()) < 60_000);
  t.ok(session.symbols.frames(stack).some(({ name }) => name !== undefined));
  t.match(session.symbols.frame(symbol), { name: 'vfs_read', offset: 0n });
  t.equal(session.symbols.user(0), 'root');
  t.equal(session.symbols.user(4_000_000_000), undefined);
  t.equal(new Clock(() => 1_000_000_000n).toDate(500_000_000n).toISOString(), '1970-01-01T00:00:01.500Z');
});

t.test('pause and resume', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace('interval:ms:2 { @n = count(); }');
  const count = (): bigint => (session.maps.get('@n').value as bigint | undefined) ?? 0n;
  const until = async (enough: bigint): Promise<void> => {
    while (count() < enough) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  await until(2n);
  await session.pause();
  await session.pause();
  const paused = count();
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(count(), paused, 'nothing fires');
  await session.resume();
  await until(paused + 2n);
  t.match(await session.stop(), { reason: 'stopped' });
});

t.test('stats', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const session = await trace('begin { printf("a"); printf("b"); } interval:s:100 { }');
  const reader = session.events();
  await reader.next();
  t.match(session.stats(), { events: 2n, queued: 1, dropped: 0, lost: [] });
  await session.stop();
});

t.test('listProbes', async (t) => {
  if (!needs(t, 'root', 'tracefs')) return;
  const all = async (found: AsyncIterable<ListedProbe>): Promise<ListedProbe[]> => {
    const probes: ListedProbe[] = [];
    for await (const probe of found) probes.push(probe);
    return probes;
  };
  const [first, ...others] = await all(listProbes('tracepoint:sched:sched_switch'));
  t.equal(others.length, 0);
  t.match(first, { name: 'tracepoint:sched:sched_switch', refused: undefined });
  t.same(first!.signature().slice(0, 2), [{ name: 'prev_comm', type: 'char[16]' }, { name: 'prev_pid', type: 'pid_t' }]);
  t.strictSame((await all(listProbes(/^tracepoint:sched:sched_(switch|wakeup)$/))).map(({ name }) => name), ['tracepoint:sched:sched_switch', 'tracepoint:sched:sched_wakeup']);
  await t.rejects(all(listProbes('nothing:x')), { code: 'ERR_PATTERN' });
});

t.test('kernelInfo', async (t) => {
  if (!needs(t, 'root')) return;
  const info = await kernelInfo();
  t.match(info.release, /^\d+\.\d+/);
  t.ok(info.capabilities.has('CAP_SYS_ADMIN'));
  t.equal(info.features.get('btf')?.available, info.btf);
  for (const [name, { available, advice }] of info.features) t.equal(advice === undefined, available, name);
});
