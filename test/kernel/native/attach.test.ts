// Attaching by kind, one by one and many at once.

import { closeSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Assembler } from '../../../lib/model/bpf/assembler.js';
import { R0, R1, R10, R2, R3 } from '../../../lib/model/bpf/registers.js';
import { attachType } from '../../../lib/model/bpf/uapi.js';
import { nameAt } from '../../../lib/runtime/native/columns.js';
import { loadNative, type AttachSpec, type LinkHandle, type ProgramHandle } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { assemble, counter, countOf, counts, elfObject, helper, programType, returns, type Refusal } from './fixture.js';

const native = loadNative();
const PERF_TYPE_SOFTWARE = 1;

type SubTest = Pick<typeof t, 'equal' | 'ok'>;

/** A program that counts what this process does. */
function counting(type: number, expectedAttachType = 0) {
  const map = counts();
  const program = native.loadProgram({ name: 'test_count', type, insns: counter(map, process.pid), expectedAttachType });
  return { map, program, count: () => countOf(map), close: () => [program, map].forEach((handle) => handle.close()) };
}

/** Attaches, does something 50 times, detaches, does it again: counted while attached, not after. */
function checkCounting(t: SubTest, type: number, spec: AttachSpec, act: () => void, expectedAttachType = 0): void {
  const { program, count, close } = counting(type, expectedAttachType);
  const link = program.attach(spec);
  t.equal(link.kind, spec.kind);
  t.ok(link.fd > 0);
  for (let i = 0; i < 50; i++) act();
  link.close();
  const seen = count();
  t.ok(seen >= 50n, `${seen} counted`);
  for (let i = 0; i < 50; i++) act();
  t.equal(count(), seen);
  link.close();
  t.equal(link.closed, true);
  close();
}

const getppid = (): void => void process.ppid;

/** Where a function of the C library is. */
function libcFunction(name: string): { path: string; offset: number } {
  const path = /\S*\/libc\.so\.6$/m.exec(readFileSync('/proc/self/maps', 'utf8'))![0];
  const symbols = native.readElfSymbols(path);
  for (let i = 0; i < symbols.count; i++) if (nameAt(symbols, i) === name) return { path, offset: symbols.fileOffsets[i]! };
  throw new Error(`no ${name} in ${path}`);
}

t.test('tracepoint', async (t) => {
  if (!needs(t, 'root', 'tracefs', 'tracepoint')) return;
  checkCounting(t, programType.tracepoint, { kind: 'tracepoint', category: 'syscalls', event: 'sys_enter_getppid' }, getppid);
});

t.test('tracepoint by its id', async (t) => {
  if (!needs(t, 'root', 'tracefs', 'tracepoint')) return;
  const id = Number(readFileSync('/sys/kernel/tracing/events/syscalls/sys_enter_getppid/id', 'utf8'));
  checkCounting(t, programType.tracepoint, { kind: 'tracepoint', category: 'any', event: 'name', id }, getppid);
});

t.test('raw tracepoint', async (t) => {
  if (!needs(t, 'root')) return;
  checkCounting(t, programType.raw_tracepoint, { kind: 'rawTracepoint', name: 'sys_enter' }, getppid);
});

t.test('uprobe', async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  checkCounting(t, programType.kprobe, { kind: 'uprobe', ...libcFunction('getppid') }, getppid);
  checkCounting(t, programType.kprobe, { kind: 'uprobe', ...libcFunction('getppid'), pid: process.pid, cookie: 7n }, getppid);
});

t.test('uretprobe', async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  checkCounting(t, programType.kprobe, { kind: 'uprobe', ...libcFunction('getppid'), retprobe: true }, getppid);
});

t.test('uprobe in many places at once', async (t) => {
  if (!needs(t, 'root', 'uprobe_multi')) return;
  const { path, offset } = libcFunction('getppid');
  const spec: AttachSpec = { kind: 'uprobeMulti', path, offsets: [offset, libcFunction('getuid').offset], cookies: [1n, 2], pid: process.pid };
  checkCounting(t, programType.kprobe, spec, () => { getppid(); process.getuid!(); }, attachType.trace_uprobe_multi);
  const plain = counting(programType.kprobe);
  t.throws(() => plain.program.attach(spec), { code: 'ERR_ARG', message: /not loaded for uprobe_multi/ });
  plain.close();
});

t.test('kprobe and kretprobe', async (t) => {
  if (!needs(t, 'root', 'kprobe')) return;
  checkCounting(t, programType.kprobe, { kind: 'kprobe', symbol: '__x64_sys_getppid' }, getppid);
  checkCounting(t, programType.kprobe, { kind: 'kprobe', symbol: '__x64_sys_getppid', retprobe: true, cookie: 3 }, getppid);
  const symbols = native.readKallsyms();
  const index = Array.from({ length: symbols.count }, (_, i) => i).find((i) => nameAt(symbols, i) === '__x64_sys_getppid')!;
  checkCounting(t, programType.kprobe, { kind: 'kprobe', address: symbols.addresses[index]! }, getppid);
  const { program, close } = counting(programType.kprobe);
  t.throws(() => program.attach({ kind: 'kprobe', symbol: 'no_such_function' }), { code: 'ENOENT', syscall: 'perf_event_open', message: /kprobe no_such_function/ });
  close();
});

t.test('kprobe_multi', async (t) => {
  if (!needs(t, 'root', 'kprobe_multi')) return;
  const spec: AttachSpec = { kind: 'kprobeMulti', symbols: ['__x64_sys_getppid', '__x64_sys_getuid'], cookies: [1, 2] };
  checkCounting(t, programType.kprobe, spec, getppid, attachType.trace_kprobe_multi);
  checkCounting(t, programType.kprobe, { ...spec, retprobe: true }, getppid, attachType.trace_kprobe_multi);
});

t.test('kprobe_session', async (t) => {
  if (!needs(t, 'root', 'kprobe_session')) return;
  const spec: AttachSpec = { kind: 'kprobeMulti', symbols: ['__x64_sys_getppid'], session: true };
  checkCounting(t, programType.kprobe, spec, getppid, attachType.trace_kprobe_session);
});

t.test('a kernel without fprobe says which kind of link it lacks', async (t) => {
  if (!needs(t, 'root')) return;
  if (!existsSync('/sys/bus/event_source/devices/kprobe')) {
    const rows = [[false, attachType.trace_kprobe_multi, 'kprobe_multi'], [true, attachType.trace_kprobe_session, 'kprobe_session']] as const;
    for (const [session, expectedAttachType, feature] of rows) {
      const program = native.loadProgram({ name: 'test_refused', type: programType.kprobe, insns: returns(0), expectedAttachType });
      t.throws(() => program.attach({ kind: 'kprobeMulti', symbols: ['vfs_read'], session }), { name: 'NotSupportedError', feature });
      program.close();
    }
  } else t.plan(0, 'this kernel has kprobes');
});

t.test('fentry', async (t) => {
  if (!needs(t, 'root', 'fentry', 'kprobe')) return;
  const map = counts();
  const object = native.openObject(elfObject([{ name: 'enter', section: 'fentry', insns: counter(map, process.pid) }]));
  object.programs[0]!.setAttachTarget('vfs_read');
  object.load();
  const link = object.programs[0]!.attach({ kind: 'trace' });
  for (let i = 0; i < 50; i++) readFileSync('/proc/self/comm');
  link.close();
  t.ok(countOf(map) >= 50n);
  object.close();
  map.close();
});

t.test('iterator', async (t) => {
  if (!needs(t, 'root', 'iter')) return;
  // if (ctx->task) seq_write(ctx->meta->seq, "........", 8)
  const asm = new Assembler();
  const end = asm.label('end');
  asm.load(R2, R1, 8, 'u64').jumpIf(R2, '==', 0, end).load(R1, R1, 0, 'u64').load(R1, R1, 0, 'u64');
  asm.loadImm64(R3, 0x0a2e2e2e2e2e2e2en).store(R10, -8, R3, 'u64').mov64(R2, R10).add64(R2, -8).mov64(R3, 8).call(helper.seq_write);
  asm.place(end).mov64(R0, 0).exit();
  const object = native.openObject(elfObject([{ name: 'tasks', section: 'iter', insns: assemble(asm) }]));
  object.programs[0]!.setAttachTarget('task');
  object.load();
  const link = object.programs[0]!.attach({ kind: 'iter' });
  const text = link.readIter().toString();
  t.match(text, /^(\.{7}\n)+$/);
  t.match((await link.readIterAsync()).toString(), /^(\.{7}\n)+$/);
  const fd = link.createIterFd();
  t.match(readFileSync(fd, 'utf8'), /^\.{7}\n/);
  closeSync(fd);
  link.close();
  t.throws(() => link.readIter(), { code: 'ERR_CLOSED' });
  object.close();
});

t.test('a sampling clock, stopped and started', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const map = counts();
  const program = native.loadProgram({ type: programType.perf_event, insns: counter(map) });
  const event = native.openPerfEvent({ type: PERF_TYPE_SOFTWARE, config: 0, sampleFreq: 999, pid: process.pid });
  const link = program.attach({ kind: 'perfEvent', event });
  event.close();
  t.equal(event.closed, true);
  t.throws(() => event.read(), { code: 'ERR_CLOSED' });
  const spin = (ms: number): void => { for (const end = performance.now() + ms; performance.now() < end; ); };
  const spinUntil = (count: bigint): void => { for (const end = performance.now() + 10_000; countOf(map) < count && performance.now() < end;) spin(5); };
  spinUntil(10n);
  t.equal(link.disable(), true);
  const seen = countOf(map);
  t.ok(seen >= 10n, `${seen} samples`);
  spin(30);
  t.equal(countOf(map), seen);
  t.equal(link.enable(), true);
  spinUntil(seen + 1n);
  t.ok(countOf(map) > seen);
  link.close();
  t.throws(() => link.disable(), { code: 'ERR_CLOSED' });
  program.close();
  map.close();
});

t.test('a counting event is read', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const event = native.openPerfEvent({ type: PERF_TYPE_SOFTWARE, config: 2, pid: 0 }); // page faults
  t.equal(event.read(), 0n);
  event.enable();
  Buffer.alloc(64 << 20, 1);
  event.disable();
  t.ok(event.read() > 0n);
  event.close();
  event.close();
});

t.test('a link that is not a sampling event cannot be disabled', async (t) => {
  if (!needs(t, 'root')) return;
  const { program, close } = counting(programType.raw_tracepoint);
  const link = program.attach({ kind: 'rawTracepoint', name: 'sys_enter' });
  t.equal(link.disable(), false);
  t.throws(() => link.readIter(), { code: 'ERR_ARG', message: /not an iterator/ });
  t.throws(() => link.pin('/proc/self/exe'), { code: /EEXIST|EPERM/ });
  link.close();
  close();
});

const refusedSpecs: [string, number, AttachSpec, Refusal][] = [
  ['a tracepoint that does not exist', programType.tracepoint, { kind: 'tracepoint', category: 'sched', event: 'nothing' }, { code: 'ENOENT', message: 'tracepoint sched:nothing does not exist' }],
  ['a tracepoint id that does not exist', programType.tracepoint, { kind: 'tracepoint', category: 'a', event: 'b', id: 0x7fffffff }, { code: 'EINVAL', syscall: 'perf_event_open' }],
  ['a raw tracepoint that does not exist', programType.raw_tracepoint, { kind: 'rawTracepoint', name: 'nothing' }, { code: 'ENOENT', message: /raw tracepoint nothing/ }],
  ['a file that does not exist', programType.kprobe, { kind: 'uprobe', path: '/no/such/file', offset: 0 }, { code: 'ENOENT', syscall: 'perf_event_open', message: /\/no\/such\/file/ }],
  ['a process that does not exist', programType.kprobe, { kind: 'uprobe', path: process.execPath, offset: 4096, pid: 0x3fffff }, { code: 'ESRCH', advice: 'Check the pid.' }],
  ['a program of the wrong type', programType.raw_tracepoint, { kind: 'tracepoint', category: 'sched', event: 'sched_switch' }, { code: 'EINVAL', syscall: 'bpf_link_create' }],
];
for (const [title, type, spec, error] of refusedSpecs) {
  t.test(`refuses ${title}`, async (t) => {
    if (!needs(t, 'root', 'tracefs', 'uprobe')) return;
    const { program, close } = counting(type);
    t.throws(() => program.attach(spec), error);
    close();
  });
}

t.test('what this machine has not is said', async (t) => {
  if (!needs(t, 'root')) return;
  if (existsSync('/sys/bus/event_source/devices/kprobe')) return void t.plan(0, 'this kernel has kprobes');
  const { program, close } = counting(programType.kprobe);
  t.throws(() => program.attach({ kind: 'kprobe', symbol: 'do_exit' }), { name: 'NotSupportedError', code: 'ERR_NOT_SUPPORTED', feature: 'kprobe' });
  close();
});

t.test('perf events that cannot be', async (t) => {
  if (!needs(t, 'root')) return;
  t.throws(() => native.openPerfEvent({ type: PERF_TYPE_SOFTWARE, config: 9999, cpu: 0 }), { code: 'ENOENT', message: /does not exist on this machine/ });
  t.throws(() => native.openPerfEvent({ type: PERF_TYPE_SOFTWARE, config: 0, cpu: 9999 }), { code: /EINVAL|ENODEV/ });
  t.throws(() => native.openPerfEvent({ type: PERF_TYPE_SOFTWARE, config: 0, samplePeriod: 1, sampleFreq: 1 }), { code: 'ERR_ARG' });
});

t.test('many at once: every item its link or its error', async (t) => {
  if (!needs(t, 'root', 'tracefs', 'uprobe')) return;
  const { program, map, close } = counting(programType.tracepoint);
  const probe = native.loadProgram({ type: programType.kprobe, insns: counter(map, process.pid) });
  const job = native.attachMany([
    { program, kind: 'tracepoint', category: 'syscalls', event: 'sys_enter_getppid' },
    { program, kind: 'tracepoint', category: 'syscalls', event: 'sys_enter_nothing' },
    { program: probe, kind: 'uprobe', ...libcFunction('getppid') },
  ]);
  t.equal(job.total, 3);
  probe.close(); // the job holds on to it
  const [tracepoint, nothing, uprobe] = await job.result;
  t.same([job.done, job.failed], [3, 1]);
  t.match(nothing, { name: 'TbpfError', code: 'ENOENT', message: /sys_enter_nothing/ });
  getppid();
  t.ok(countOf(map) >= 2n);
  const links = [tracepoint, uprobe] as LinkHandle[];
  const closing = native.closeMany([...links, ...links]);
  t.ok(links.every((link) => link.closed));
  await closing.result;
  t.same([closing.total, closing.done], [2, 2]);
  const seen = countOf(map);
  getppid();
  t.equal(countOf(map), seen);
  close();
});

t.test('programs are taken off many events at once, and the events closed later', async (t) => {
  if (!needs(t, 'root', 'tracefs', 'tracepoint')) return;
  const { program, map, close } = counting(programType.tracepoint);
  const probe: ProgramHandle = native.loadProgram({ type: programType.raw_tracepoint, insns: returns(0) });
  const events = [...readdirSync('/sys/kernel/tracing/events/syscalls').filter((name) => name.startsWith('sys_enter_set')), 'sys_enter_getppid'];
  t.ok(events.length > 10, `${events.length} events`);
  const links = (await native.attachMany([
    ...events.map((event) => ({ program, kind: 'tracepoint' as const, category: 'syscalls', event })),
    { program: probe, kind: 'rawTracepoint', name: 'sched_process_hang' },
  ]).result) as LinkHandle[];
  t.notOk(links.some((link) => (link as unknown) instanceof Error));
  getppid();
  t.ok(countOf(map) > 0n);
  const job = native.detachMany([...links, ...links]);
  await job.result;
  const seen = countOf(map);
  for (let i = 0; i < 100; i++) getppid();
  t.equal(countOf(map), seen, 'no program runs any more');
  t.equal(links.at(-1)!.closed, true, 'a link without an event is closed');
  t.ok(links.slice(0, -1).every(({ closed }) => !closed), 'the events are there');
  await native.detachMany(links).result;
  await native.closeMany(links).result;
  t.ok(links.every(({ closed }) => closed));
  program.close();
  probe.close();
  close();
});

t.test('a job can be cancelled', async (t) => {
  if (!needs(t, 'root')) return;
  const program: ProgramHandle = native.loadProgram({ type: programType.raw_tracepoint, insns: returns(0) });
  const job = native.attachMany(Array.from({ length: 2000 }, () => ({ program, kind: 'rawTracepoint', name: 'sched_process_hang' })));
  job.cancel();
  const result = await job.result;
  t.equal(result.length, 2000);
  t.match(result.at(-1), { code: 'ECANCELED' });
  await native.closeMany(result.filter((item): item is LinkHandle => !(item instanceof Error))).result;
  program.close();
});

t.test('the event loop goes on while a job runs', async (t) => {
  if (!needs(t, 'root', 'tracefs', 'tracepoint')) return;
  const { program, close } = counting(programType.tracepoint);
  const job = native.attachMany(['getppid', 'getuid', 'getgid'].map((name) => ({ program, kind: 'tracepoint', category: 'syscalls', event: `sys_enter_${name}` })));
  const links = (await job.result) as LinkHandle[];
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await native.closeMany(links).result;
  await sleep(2);
  clearInterval(timer);
  t.ok(turns > 0, `${turns} turns`);
  close();
});
