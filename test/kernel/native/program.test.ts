// Programs by themselves: loading, running, looking at them.

import t from 'tap';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { counter, countOf, counts, emitter, mapType, programType, rawTracepoint, refused, returns, u64, type Refusal } from './fixture.js';

const native = loadNative();

t.test('loads and runs', async (t) => {
  if (!needs(t, 'root')) return;
  const program = rawTracepoint(returns(42), 'answer');
  t.same([program.name, program.section, program.type, program.autoload, program.log], ['answer', '', programType.raw_tracepoint, true, '']);
  t.same(program.testRun(), { retval: 42, durationNs: 0, dataOut: Buffer.alloc(0) });
  t.equal(program.testRun({ cpu: native.onlineCpus().at(-1)! }).retval, 42);
  const info = program.info();
  t.match(info, { type: programType.raw_tracepoint, name: 'answer', xlatedBytes: 16, mapIds: [], verifiedInsns: Number });
  t.ok(info.id > 0);
  t.same(program.xlatedInsns(), Buffer.from(returns(42)));
  program.close();
  program.close();
  t.equal(program.fd, -1);
  t.throws(() => program.testRun(), { code: 'ERR_CLOSED' });
  t.throws(() => program.info(), { code: 'ERR_CLOSED' });
});

t.test('the context of a test run', async (t) => {
  if (!needs(t, 'root')) return;
  const ring = native.createMap({ type: mapType.ringbuf, keySize: 0, valueSize: 0, maxEntries: 4096 });
  const program = rawTracepoint(emitter(ring));
  const consumer = native.openRingBuffer(ring);
  program.testRun({ ctxIn: u64(0x1122334455667788n) });
  const { buffer, bytes, count } = consumer.drain(4096);
  t.same([bytes, count], [16, 1]);
  t.same(Buffer.from(buffer), Buffer.concat([u64(8), u64(0x1122334455667788n)]));
  t.throws(() => program.testRun(), { code: 'EINVAL', syscall: 'bpf_prog_test_run_opts' }, 'a context that is too short');
  t.throws(() => program.testRun({ ctxIn: u64(0), cpu: 100000 }), { code: 'ENXIO' });
  for (const handle of [consumer, ring, program]) handle.close();
});

t.test('data of a test run', async (t) => {
  if (!needs(t, 'root')) return;
  const program = native.loadProgram({ type: programType.socket_filter, insns: returns(7) });
  const dataIn = Buffer.alloc(64, 1);
  const result = program.testRun({ dataIn, dataOutBytes: 128, repeat: 10 });
  t.equal(result.retval, 7);
  t.ok(result.dataOut.length > 0 && result.dataOut.length <= 64);
  program.close();
});

t.test('a refused program has its log', async (t) => {
  if (!needs(t, 'root')) return;
  t.throws(() => rawTracepoint(refused(), 'bad'), { name: 'LoadError', program: 'bad', log: /invalid mem access/, message: /refused program bad/ });
});

t.test('run time is counted when asked for', async (t) => {
  if (!needs(t, 'root')) return;
  const program = rawTracepoint(returns(0));
  const map = counts();
  const other = rawTracepoint(counter(map));
  const stats = native.enableStats();
  const link = program.attach({ kind: 'rawTracepoint', name: 'sys_enter' });
  for (let i = 0; i < 100; i++) process.getuid!();
  link.close();
  stats.close();
  stats.close();
  const { runCount, runTimeNs } = program.info();
  t.ok(runCount >= 100n, `${runCount} runs`);
  t.ok(runTimeNs > 0n);
  t.same(other.info().mapIds, [map.id()]);
  t.equal(countOf(map), 0n);
  for (const handle of [program, other, map]) handle.close();
});

t.test('pins', async (t) => {
  if (!needs(t, 'root')) return;
  const program = rawTracepoint(returns(0));
  t.throws(() => program.pin('/sys/no/such/place'), { syscall: 'bpf_obj_pin', code: 'ENOENT' });
  t.throws(() => program.pin('/proc/self/exe'), { code: /EEXIST|EPERM/, syscall: 'bpf_obj_pin' });
  program.close();
});

const wrong: [string, Parameters<typeof native.loadProgram>[0], Refusal][] = [
  ['no instructions', { type: 1, insns: new Uint8Array(0) }, { code: 'ERR_ARG' }],
  ['half an instruction', { type: 1, insns: new Uint8Array(12) }, { code: 'ERR_ARG', message: /8 bytes per instruction/ }],
  ['an unknown type', { type: 9999, insns: returns(0) }, { name: 'LoadError', code: 'EINVAL' }],
  ['garbage', { type: 1, insns: Buffer.alloc(64, 0xee) }, { code: 'EINVAL', name: 'LoadError', log: /unknown opcode 8d|jump out of range/ }],
];
for (const [title, options, error] of wrong) {
  t.test(`refuses ${title}`, async (t) => {
    if (!needs(t, 'root')) return;
    t.throws(() => native.loadProgram(options), error);
  });
}
