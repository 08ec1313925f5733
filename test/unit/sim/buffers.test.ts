import t from 'tap';
import { R0, R1, R2, R3, R4, R5, R6, R7, R10 } from '../../../lib/model/bpf/registers.js';
import { helper } from '../../../lib/model/bpf/uapi.js';
import { errnoText, GARBAGE } from '../../../lib/sim/index.js';
import type { Build } from './support.js';
import { faults, machineOf, map, retval, run, u32, u64, words } from './support.js';

const errnoOf = (value: bigint): string => errnoText(Number(BigInt.asIntN(64, value)));
const maps = [map('ring', 'ringbuf', 0, 0, 4096), map('events', 'perf_event_array', 4, 4, 0), map('stacks', 'stack_trace', 4, 32, 3)];

/** Reserves `size` bytes, stores context[0] in the first 8, then does what is said; answers 1 when there was no room. */
const record = (size: number, end: 'ringbuf_submit' | 'ringbuf_discard'): Build => (asm) => {
  const full = asm.label('full');
  asm.load(R6, R1, 0, 'u64').loadMap(R1, 'ring').mov64(R2, size).mov64(R3, 0).call(helper.ringbuf_reserve).jumpIf(R0, '==', 0, full)
    .store(R0, 0, R6, 'u64').mov64(R1, R0).mov64(R2, 0).call(helper[end]).mov64(R0, 0).exit().place(full).mov64(R0, 1).exit();
};

t.test('records come out in order', async (t) => {
  const machine = machineOf(record(12, 'ringbuf_submit'), { maps });
  for (const n of [1, 2, 3]) machine.run('main', { context: u64(n) });
  t.equal(machine.ringBuffer('ring').usedBytes, 72, '8 bytes of header, 12 rounded up to 16');
  const drained = machine.ringBuffer('ring').drain();
  t.same(drained.map((bytes) => words(bytes)[0]), [1n, 2n, 3n]);
  t.same(drained[0]!.subarray(8), new Uint8Array(4).fill(GARBAGE), 'what was not written is garbage');
  t.same(machine.ringBuffer('ring').drain(), []);
  t.equal(machine.ringBuffer('ring').usedBytes, 0);
});

t.test('discarded records hold their space until consumed but do not come out', async (t) => {
  const machine = machineOf(record(8, 'ringbuf_discard'), { maps });
  machine.run('main', { context: u64(1) });
  t.equal(machine.ringBuffer('ring').usedBytes, 16);
  t.same(machine.ringBuffer('ring').drain(), []);
  t.equal(machine.ringBuffer('ring').usedBytes, 0);
});

t.test('a full ring refuses, and one byte always stays free', async (t) => {
  const machine = machineOf(record(1016, 'ringbuf_submit'), { maps });
  const results = [1, 2, 3, 4, 5].map((n) => machine.run('main', { context: u64(n) }).retval);
  t.same(results, [0n, 0n, 0n, 1n, 1n], 'three of 1024 bytes fit into 4096, the fourth would fill it');
  t.equal(machine.ringBuffer('ring').failures, 2);
  machine.ringBuffer('ring').drain();
  t.equal(machine.run('main', { context: u64(6) }).retval, 0n);
  t.equal(machineOf(record(4096, 'ringbuf_submit'), { maps }).run('main', { context: u64(1) }).retval, 1n, 'larger than the ring');
});

t.test('a record that is still being written stops the consumer', async (t) => {
  let drained: readonly Uint8Array[] | undefined;
  const build: Build = (asm) => {
    const end = asm.label('end');
    asm.loadMap(R1, 'ring').mov64(R2, 8).mov64(R3, 0).call(helper.ringbuf_reserve).jumpIf(R0, '==', 0, end).mov64(R6, R0).store(R6, 0, 1, 'u64')
      .store(R10, -8, 2, 'u64').loadMap(R1, 'ring').mov64(R2, R10).add64(R2, -8).mov64(R3, 8).mov64(R4, 0).call(helper.ringbuf_output).mov64(R7, R0)
      .call(helper.get_smp_processor_id).mov64(R1, R6).mov64(R2, 0).call(helper.ringbuf_submit).mov64(R0, R7).exit().place(end).exit();
  };
  const machine = machineOf(build, {
    maps, environment: { onHelper: (name, on) => { if (name === 'get_smp_processor_id') drained = on.ringBuffer('ring').drain(); } },
  });
  t.equal(machine.run('main').retval, 0n);
  t.same(drained, []);
  t.same(machine.ringBuffer('ring').drain().map((bytes) => words(bytes)[0]), [1n, 2n]);
});

t.test('ringbuf_output', async (t) => {
  const output = (size: number, flags: number): Build => (asm) => {
    for (let at = 8; at <= 496; at += 8) asm.store(R10, -at, at, 'u64');
    asm.loadMap(R1, 'ring').mov64(R2, R10).add64(R2, -496).mov64(R3, size).mov64(R4, flags).call(helper.ringbuf_output).exit();
  };
  const machine = machineOf(output(496, 1), { maps });
  t.same(Array.from({ length: 9 }, () => errnoOf(machine.run('main').retval)), ['0', '0', '0', '0', '0', '0', '0', '0', '-EAGAIN']);
  t.equal(machine.ringBuffer('ring').drain()[7]!.length, 496);
  t.equal(errnoOf(retval(output(8, 4), { maps })), '-EINVAL');
});

t.test('ringbuf_query', async (t) => {
  const machine = machineOf((asm) => asm.load(R2, R1, 0, 'u64').loadMap(R1, 'ring').call(helper.ringbuf_query).exit(), { maps });
  const ring = machine.ringBuffer('ring');
  ring.reserve(8);
  const query = (what: number): bigint => machine.run('main', { context: u64(what) }).retval;
  t.same([0, 1, 2, 3, 4].map(query), [16n, 4096n, 0n, 16n, 0n]);
});

t.test('what must not be done with records', async (t) => {
  const reserve: Build = (asm) => asm.loadMap(R1, 'ring').mov64(R2, 8).mov64(R3, 0).call(helper.ringbuf_reserve).mov64(R6, R0);
  const finish: Build = (asm) => asm.mov64(R2, 0).call(helper.ringbuf_submit);
  const cases: [build: Build, reason: RegExp][] = [
    [(asm) => { reserve(asm); asm.mov64(R1, R6).add64(R1, 8); finish(asm); asm.mov64(R0, 0).exit(); }, /r1 is not the start of a reserved record/],
    [(asm) => { reserve(asm); asm.mov64(R1, R6); finish(asm); asm.mov64(R1, R6); finish(asm); asm.mov64(R0, 0).exit(); }, /was submitted or discarded before/],
    [(asm) => { asm.mov64(R1, R10); finish(asm); asm.mov64(R0, 0).exit(); }, /r1 is not the start of a reserved record/],
    [(asm) => { reserve(asm); asm.store(R6, 8, 1, 'u8').mov64(R0, 0).exit(); }, /store of 1 bytes at offset 8 of record of ring, which has 8 bytes/],
    [(asm) => asm.loadMap(R1, 'events').mov64(R2, 8).mov64(R3, 0).call(helper.ringbuf_reserve).exit(), /cannot pass map events of type perf_event_array/],
    [(asm) => asm.loadMap(R1, 'ring').mov64(R2, -8).mov64(R3, 0).call(helper.ringbuf_reserve).exit(), /size in r2 is -8/],
  ];
  for (const [build, reason] of cases) faults(t, () => run(build, { maps }), reason);
  t.equal(retval((asm) => asm.loadMap(R1, 'ring').mov64(R2, 8).mov64(R3, 1).call(helper.ringbuf_reserve).exit(), { maps }), 0n, 'flags give NULL');
});

/** Sends context[0] with the flags in context[1]. */
const perfOutput = (size: number): Build => (asm) => asm.load(R2, R1, 0, 'u64').store(R10, -8, R2, 'u64').load(R3, R1, 8, 'u64').store(R10, -16, 0, 'u64')
  .loadMap(R2, 'events').mov64(R4, R10).add64(R4, size > 8 ? -16 : -8).mov64(R5, size).call(helper.perf_event_output).exit();

t.test('perf_event_output', async (t) => {
  const machine = machineOf(perfOutput(8), { maps, environment: { cpus: 2, perfBufferBytes: 64 } });
  const CURRENT = 0xffffffffn;
  const send = (value: number, flags: bigint, cpu: number): string => errnoOf(machine.run('main', { cpu, context: u64(value, flags) }).retval);
  t.equal(send(1, CURRENT, 1), '0');
  t.equal(send(2, 0n, 0), '0');
  t.equal(send(3, 1n, 0), '-EOPNOTSUPP', 'another CPU');
  t.equal(send(3, 2n, 0), '-E2BIG');
  t.equal(send(3, 1n << 32n, 0), '-EINVAL');
  t.equal(send(4, CURRENT, 1), '0');
  t.equal(send(5, CURRENT, 1), '-ENOSPC', 'two samples of 24 bytes fit into 64');
  const events = machine.perfEventArray('events');
  t.equal(events.lostOn(1), 1);
  t.equal(events.lostOn(0), 0);
  t.same(events.drain().map(({ cpu, bytes }) => [cpu, words(bytes)[0], bytes.length]), [[1, 1n, 12], [0, 2n, 12], [1, 4n, 12]], 'padded by 4 so that size and data fill 8-byte words');
  t.equal(send(6, CURRENT, 1), '0');
  const exact = machineOf(perfOutput(12), { maps });
  exact.run('main', { context: u64(1, 0) });
  t.equal(exact.perfEventArray('events').drain()[0]!.bytes.length, 12, 'no padding needed');
  faults(t, () => run((asm) => asm.add64(R1, 8).loadMap(R2, 'events').mov64(R3, 0).mov64(R4, R10).mov64(R5, 0).call(helper.perf_event_output).exit(), { maps }), /r1 is not the context/);
});

const stacks = { kernel: [10n, 11n, 12n, 13n, 14n], user: [20n, 21n] };
const getStack = (size: number, flags: number): Build => (asm) => asm.mov64(R6, R1).mov64(R2, R10).add64(R2, -64).mov64(R3, size).mov64(R4, flags).call(helper.get_stack)
  .mov64(R7, R0).loadMap(R1, 'ring').mov64(R2, R10).add64(R2, -64).mov64(R3, size).mov64(R4, 0).call(helper.ringbuf_output).mov64(R0, R7).exit();
const stackCases: [title: string, size: number, flags: number, r0: string, frames: bigint[]][] = [
  ['kernel', 64, 0, '40', [10n, 11n, 12n, 13n, 14n, 0n, 0n, 0n]],
  ['kernel, cut', 16, 0, '16', [10n, 11n]],
  ['kernel, skipping', 24, 3, '16', [13n, 14n, 0n]],
  ['user', 24, 256, '16', [20n, 21n, 0n]],
  ['skipping more than there are', 16, 256 + 3, '-EFAULT', [0n, 0n]],
  ['odd size', 12, 0, '-EINVAL', [0n]],
  ['unknown flag', 16, 1 << 12, '-EINVAL', [0n, 0n]],
];
for (const [title, size, flags, r0, frames] of stackCases) {
  t.test(`get_stack: ${title}`, async (t) => {
    const machine = machineOf(getStack(size, flags), { maps, environment: { stacks } });
    t.equal(errnoOf(machine.run('main').retval), r0);
    t.same(words(machine.ringBuffer('ring').drain()[0]!), frames);
  });
}
t.test('get_stack of a kernel thread has no user stack', async (t) => {
  t.equal(errnoOf(retval(getStack(16, 256), { maps }, { stacks: { kernel: [1n] } })), '-EFAULT');
});

t.test('get_stackid', async (t) => {
  const machine = machineOf((asm) => asm.load(R3, R1, 0, 'u64').loadMap(R2, 'stacks').call(helper.get_stackid).exit(), { maps });
  const map = machine.stackTraceMap('stacks');
  const idOf = (flags: number, kernel: readonly bigint[] | undefined): number => Number(BigInt.asIntN(64, machine.run('main', { context: u64(flags), stacks: { kernel, user: [20n] } }).retval));
  t.equal(map.bucketCount, 4);
  const id = idOf(0, [1n, 2n, 3n]);
  t.ok(id >= 0 && id < 4);
  t.equal(idOf(0, [1n, 2n, 3n]), id, 'the same stack has the same id');
  t.same(words(map.lookup(u32(id))!), [1n, 2n, 3n, 0n]);
  t.equal(idOf(1, [0n, 1n, 2n, 3n]), id, 'frames are skipped before');
  t.equal(errnoText(idOf(0, undefined)), '-EFAULT');
  t.equal(errnoText(idOf(1 << 11, [1n])), '-EINVAL');
  t.ok(idOf(256 | 1024, [1n]) >= 0, 'user stack');
  map.clear();
  const results = Array.from({ length: 20 }, (_, i) => idOf(0, [BigInt(i), 7n]));
  t.ok(results.includes(-17), 'with 20 stacks in 4 buckets some collide');
  t.ok(map.entries().length <= 4);
  const collided = results.indexOf(-17);
  const reused = idOf(1024, [BigInt(collided), 7n]);
  t.ok(reused >= 0);
  t.same(words(map.lookup(u32(reused))!)[0], BigInt(collided), 'BPF_F_REUSE_STACKID replaces');
  t.equal(map.delete(u32(reused)), 0);
  t.equal(errnoText(map.delete(u32(reused))), '-ENOENT');
  t.equal(map.lookup(u32(reused)), undefined);
});
