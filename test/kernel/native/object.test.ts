// Objects: opening, configuring and loading ELF files.

import t from 'tap';
import { writeObject } from '../../../lib/compiler/object/object.js';
import { Assembler } from '../../../lib/model/bpf/assembler.js';
import { encodeInsns } from '../../../lib/model/bpf/insn.js';
import { R0, R1, R10, R2 } from '../../../lib/model/bpf/registers.js';
import type { LoadError } from '../../../lib/model/diagnostics/errors.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { collectGarbage, elfObject, helper, mapType, programType, refused, returns, u32, u64, type Refusal } from './fixture.js';

const native = loadNative();
const two = elfObject([
  { name: 'first', section: 'raw_tp', insns: returns(1) },
  { name: 'second', section: 'tracepoint/syscalls/sys_enter_getpid', insns: returns(2) },
]);

t.test('lists programs before load', async (t) => {
  const object = native.openObject(two, { name: 'pair' });
  t.equal(object.name, 'pair');
  t.same([object.closed, object.loaded], [false, false]);
  t.same(
    object.programs.map((p) => [p.name, p.section, p.type, p.fd, p.autoload]),
    [
      ['first', 'raw_tp', programType.raw_tracepoint, -1, true],
      ['second', 'tracepoint/syscalls/sys_enter_getpid', programType.tracepoint, -1, true],
    ],
  );
  t.same(object.maps, []);
  t.equal(object.program('second'), object.programs[1]);
  t.equal(object.program('third'), undefined);
  t.throws(() => object.programs[0]!.testRun(), { code: 'ERR_ARG', message: /not loaded/ });
  object.close();
  object.close();
  t.equal(object.closed, true);
  t.throws(() => object.load(), { code: 'ERR_CLOSED' });
  t.throws(() => object.programs[0]!.setAutoload(true), { code: 'ERR_CLOSED' });
});

t.test('loads, and leaves out what has no autoload', async (t) => {
  if (!needs(t, 'root')) return;
  const object = native.openObject(two);
  const [first, second] = object.programs;
  second!.setAutoload(false);
  object.load();
  t.equal(object.loaded, true);
  t.ok(first!.fd > 0);
  t.equal(second!.fd, -1);
  t.equal(first!.testRun().retval, 1);
  t.equal(first!.info().name, 'first');
  t.throws(() => second!.testRun(), { code: 'ERR_ARG' });
  t.throws(() => first!.setAutoload(false), { code: 'ERR_ARG', message: /loaded already/ });
  t.throws(() => object.load(), { code: 'ERR_ARG' });
  t.throws(() => first!.close(), { code: 'ERR_ARG' });
  object.close();
  t.equal(first!.fd, -1);
  t.throws(() => first!.testRun(), { code: 'ERR_CLOSED' });
});

t.test('the type and attach type can be changed before load', async (t) => {
  if (!needs(t, 'root')) return;
  const object = native.openObject(elfObject([{ name: 'any', section: 'kprobe', insns: returns(0) }]));
  const program = object.programs[0]!;
  program.setType(programType.raw_tracepoint);
  program.setExpectedAttachType(0);
  t.equal(program.type, programType.raw_tracepoint);
  object.load();
  t.equal(program.info().type, programType.raw_tracepoint);
  object.close();
});

t.test('a program refused: its name and the complete log', async (t) => {
  if (!needs(t, 'root')) return;
  const object = native.openObject(
    elfObject([
      { name: 'good', section: 'raw_tp', insns: returns(0) },
      { name: 'bad', section: 'raw_tp', insns: refused() },
    ]),
  );
  let error: LoadError | undefined;
  try {
    object.load();
  } catch (thrown) {
    error = thrown as LoadError;
  }
  t.match(error, { name: 'LoadError', code: 'EACCES', program: 'bad', syscall: 'bpf_prog_load', message: /^the kernel refused program bad: R6 invalid mem access/ });
  t.match(error!.log, /^0: .*\n[^]*R6 invalid mem access[^]*processed \d insns/m);
  t.equal(object.closed, true, 'libbpf cannot load it again');
});

t.test('a log is there on success when it was asked for', async (t) => {
  if (!needs(t, 'root')) return;
  const object = native.openObject(two);
  object.program('first')!.setLog(2, 65536);
  object.load();
  t.match(object.program('first')!.log, /processed 2 insns/);
  t.equal(object.program('second')!.log, '');
  object.close();
});

t.test('a refused program with its own log buffer', async (t) => {
  if (!needs(t, 'root')) return;
  const object = native.openObject(elfObject([{ name: 'bad', section: 'raw_tp', insns: refused() }]));
  object.programs[0]!.setLog(1, 4096);
  t.throws(() => object.load(), { name: 'LoadError', program: 'bad', log: /invalid mem access/ });
});

t.test('loadAsync: busy meanwhile, then loaded', async (t) => {
  if (!needs(t, 'root')) return;
  const object = native.openObject(two);
  const loading = object.loadAsync();
  t.throws(() => object.load(), { code: 'ERR_BUSY' });
  t.throws(() => object.programs[0]!.setFlags(0), { code: 'ERR_BUSY' });
  t.throws(() => object.takeLibbpfLog(), { code: 'ERR_BUSY' });
  for (const property of ['type', 'expectedAttachType', 'autoload', 'fd', 'log'] as const) t.throws(() => object.programs[0]![property], { code: 'ERR_BUSY' }, property);
  for (const property of ['maxEntries', 'fd'] as const) for (const map of object.maps) t.throws(() => map[property], { code: 'ERR_BUSY' }, property);
  await loading;
  t.equal(object.program('second')!.info().type, programType.tracepoint);
  object.close();
});

t.test('loadAsync rejects with the same error', async (t) => {
  if (!needs(t, 'root')) return;
  const object = native.openObject(elfObject([{ name: 'bad', section: 'raw_tp', insns: refused() }]));
  await t.rejects(object.loadAsync(), { name: 'LoadError', program: 'bad', log: /invalid mem access/ });
});

t.test('close while loading waits for the thread', async (t) => {
  if (!needs(t, 'root')) return;
  const object = native.openObject(two);
  const loading = object.loadAsync();
  object.close();
  t.equal(object.closed, true);
  t.throws(() => object.load(), { code: 'ERR_CLOSED' });
  await loading;
  t.equal(object.programs[0]!.fd, -1);
});

t.test('messages of libbpf only when asked for', async (t) => {
  if (!needs(t, 'root')) return;
  const quiet = native.openObject(two);
  quiet.load();
  t.same(quiet.takeLibbpfLog(), []);
  quiet.close();
  const loud = native.openObject(two, { libbpfLog: 'debug' });
  loud.load();
  const lines = loud.takeLibbpfLog();
  t.ok(lines.some((line) => /found program 'first'/.test(line)), lines.join('\n'));
  t.notOk(lines.some((line) => line.startsWith('libbpf:') || line.endsWith('\n')));
  t.same(loud.takeLibbpfLog(), []);
  loud.close();
});

t.test('a target for BTF programs that does not exist', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  const object = native.openObject(elfObject([{ name: 'traced', section: 'tp_btf', insns: returns(0) }]));
  t.throws(() => object.programs[0]!.setAttachTarget('no_such_tracepoint'), { syscall: 'bpf_program__set_attach_target', code: /ESRCH|ENOENT/ });
  object.programs[0]!.setAttachTarget('sched_switch');
  object.load();
  const link = object.programs[0]!.attach({ kind: 'trace' });
  t.equal(link.kind, 'trace');
  link.close();
  object.close();
});

const broken: [string, Uint8Array, Refusal][] = [
  ['nothing', new Uint8Array(0), { code: 'EINVAL', syscall: 'bpf_object__open_mem' }],
  ['text', Buffer.from('this is not an ELF file, but long enough to be one, as far as its size goes…'), { code: 'LIBBPF_ERRNO__FORMAT' }],
  ['half a file', two.subarray(0, 300), { code: /^LIBBPF_ERRNO__/, name: 'LoadError' }],
  ['an object for another machine', Buffer.from(two).fill(62, 18, 19), { code: /^LIBBPF_ERRNO__/, name: 'LoadError' }],
  ['a section table outside of the file', Buffer.from(two).fill(0xff, 40, 46), { code: /^LIBBPF_ERRNO__/, name: 'LoadError' }],
];
for (const [title, bytes, error] of broken) t.test(`refuses ${title}`, async (t) => { t.throws(() => native.openObject(bytes), error); });

t.test('thousands of programs in one object', async (t) => {
  if (!needs(t, 'root')) return;
  const programs = Array.from({ length: 2000 }, (_, i) => ({ name: `p${i}`, section: 'raw_tp', insns: returns(i) }));
  const object = native.openObject(elfObject(programs));
  t.equal(object.programs.length, 2000);
  object.load();
  t.equal(object.program('p1999')!.testRun().retval, 1999);
  object.close();
});

t.test('programs outlive their object in JavaScript', async (t) => {
  if (!needs(t, 'root')) return;
  const program = ((): ReturnType<typeof native.openObject>['programs'][number] => {
    const object = native.openObject(two);
    object.load();
    return object.programs[0]!;
  })();
  await collectGarbage();
  t.equal(program.testRun().retval, 1);
});

t.test('maps and read-only data of an object', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  const asm = new Assembler();
  const end = asm.label('end');
  asm.store(R10, -4, 7, 'u32').loadMap(R1, 'seen').mov64(R2, R10).add64(R2, -4).call(helper.map_lookup_elem);
  asm.jumpIf(R0, '==', 0, end).loadMapValue(R1, '.rodata', 0).load(R1, R1, 0, 'u64').store(R0, 0, R1, 'u64').place(end).mov64(R0, 0).exit();
  const elf = writeObject({
    programs: [{ name: 'copy', section: 'raw_tp', insns: asm.finish(), argumentCount: 1 }],
    subprograms: [],
    maps: [{ name: 'seen', type: 'hash', keySize: 4, valueSize: 8, maxEntries: 10, flags: 0 }],
    rodata: u64(0x1234),
    license: 'GPL',
  });
  const object = native.openObject(elf);
  const seen = object.map('seen')!;
  t.match(seen, { name: 'seen', type: mapType.hash, keySize: 4, valueSize: 8, maxEntries: 10, fd: -1, internal: false });
  t.throws(() => seen.lookup(u32(7)), { code: 'ERR_ARG', message: /load its object first/ });
  t.same(object.maps.map((map) => map.internal), [false, true]);
  seen.setMaxEntries(3);
  object.load();
  t.equal(seen.maxEntries, 3);
  t.throws(() => seen.setMaxEntries(5), { code: 'ERR_ARG', message: /created already/ });
  t.throws(() => seen.close(), { code: 'ERR_ARG', message: /closed with its object/ });
  seen.update(u32(7), u64(0));
  object.programs[0]!.testRun();
  t.same(seen.lookup(u32(7)), u64(0x1234));
  t.same(object.programs[0]!.info().mapIds.includes(seen.id()), true);
  t.throws(() => object.maps[1]!.update(u32(0), u64(0)), { code: 'EPERM' }, '.rodata is frozen');
  object.close();
  t.throws(() => seen.lookup(u32(7)), { code: 'ERR_CLOSED' });
  t.equal(seen.name, 'seen');
});

t.test('a map that the kernel refuses', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  const insns = new Assembler().loadMap(R1, 'big').mov64(R0, 0).exit().finish();
  const elf = writeObject({
    programs: [{ name: 'p', section: 'raw_tp', insns, argumentCount: 1 }],
    subprograms: [],
    maps: [{ name: 'big', type: 'percpu_array', keySize: 4, valueSize: 100_000, maxEntries: 10, flags: 0 }],
    rodata: new Uint8Array(0),
    license: 'GPL',
  });
  t.throws(() => native.openObject(elf).load(), { code: 'E2BIG', syscall: 'bpf_map_create', message: 'map big is too large' });
});

t.test('a license that does not allow a helper', async (t) => {
  if (!needs(t, 'root')) return;
  const insns = encodeInsns(new Assembler().call(helper.probe_read_kernel).exit().finish());
  const object = native.openObject(elfObject([{ name: 'p', section: 'raw_tp', insns }], 'Proprietary'));
  t.throws(() => object.load(), { name: 'LoadError', log: /GPL/ });
});
