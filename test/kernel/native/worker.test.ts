// The addon in worker threads: several instances, and workers that end in the middle of things.

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { loadNative, packageRoot } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { elfObject, emitter, mapType, programType, rawTracepoint, returns, u64 } from './fixture.js';

const native = loadNative();
/** How often a worker is terminated, of so many times on the machine itself: an emulated guest takes a second to start one. */
const times = (onMachine: number): number => (process.env['TBPF_GUEST'] ? Math.ceil(onMachine / 5) : onMachine);
const addon = join(packageRoot(), 'build/Release/tbpf.node');

/** Runs code with `native`, `data` and `post` in a worker. */
function inWorker(code: string, data: object = {}): Worker {
  const prelude = 'const { workerData: data, parentPort } = require("node:worker_threads"); const native = require(data.addon); const post = (x) => parentPort.postMessage(x);';
  return new Worker(`${prelude}\n(async () => {${code}})()`, { eval: true, workerData: { addon, ...data } });
}

const exitOf = (worker: Worker): Promise<number> => new Promise((resolve) => worker.on('exit', resolve));
const messageOf = (worker: Worker): Promise<unknown> => new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));

t.test('loads, runs and drains in a worker', async (t) => {
  if (!needs(t, 'root', 'ringbuf')) return;
  const map = native.createMap({ type: mapType.ringbuf, keySize: 0, valueSize: 0, maxEntries: 4096 });
  const program = rawTracepoint(emitter(map));
  const worker = inWorker(
    `const object = native.openObject(data.elf);
     await object.loadAsync();
     const retval = object.programs[0].testRun().retval;
     object.close();
     const ring = native.openRingBuffer(native.openMap({ id: data.id }));
     ring.watch(() => { const { count } = ring.drain(4096); ring.close(); post({ retval, count }); });
     post('ready');`,
    { elf: elfObject([{ name: 'p', section: 'raw_tp', insns: returns(5) }]), id: map.id() },
  );
  const exited = exitOf(worker);
  t.equal(await messageOf(worker), 'ready');
  const result = messageOf(worker.removeAllListeners('message'));
  program.testRun({ ctxIn: u64(1) });
  t.same(await result, { retval: 5, count: 1 });
  t.equal(await exited, 0, 'nothing keeps it alive');
  map.close();
  program.close();
});

const ends: [string, string][] = [
  ['with a watched ring buffer', `const m = native.createMap({ type: ${mapType.ringbuf}, keySize: 0, valueSize: 0, maxEntries: 4096 }); const r = native.openRingBuffer(m); r.watch(() => {}); globalThis.keep = [m, r]; post(1);`],
  ['with a watched perf buffer', `const m = native.createMap({ type: ${mapType.perf_event_array}, keySize: 4, valueSize: 4, maxEntries: 8 }); const b = native.openPerfBuffer(m, [0], 8); b.watch(() => {}); globalThis.keep = [m, b]; post(1);`],
  ['with a watched process', 'globalThis.keep = native.watchPid(process.pid, () => {}); post(1);'],
  ['with a running child', 'const c = native.spawnHeld(["sleep", "0.2"]); c.onExit(() => {}); c.resume(); globalThis.keep = c; setInterval(() => {}, 1e6); post(1);'],
  ['with a held child', 'globalThis.keep = native.spawnHeld(["sleep", "0.2"]); setInterval(() => {}, 1e6); post(1);'],
  ['with everything open', `
    const p = native.loadProgram({ type: ${programType.raw_tracepoint}, insns: data.insns });
    const link = p.attach({ kind: 'rawTracepoint', name: 'sched_process_hang' });
    globalThis.keep = [p, link, native.openObject(data.elf), native.openPerfEvent({ type: 1, config: 0, pid: 0 }), native.enableStats()];
    setInterval(() => {}, 1e6);
    post(1);`],
  ['while it loads', 'const o = native.openObject(data.elf); o.loadAsync().catch(() => {}); post(1); for (;;) await new Promise(setImmediate);'],
  ['while it attaches', `
    const p = native.loadProgram({ type: ${programType.raw_tracepoint}, insns: data.insns });
    native.attachMany(Array.from({ length: 300 }, () => ({ program: p, kind: 'rawTracepoint', name: 'sched_process_hang' })));
    post(1);
    for (;;) await new Promise(setImmediate);`],
  ['while it reads symbols', 'native.readKallsymsAsync(); post(1); for (;;) await new Promise(setImmediate);'],
  ['in a callback', `
    const m = native.createMap({ type: ${mapType.ringbuf}, keySize: 0, valueSize: 0, maxEntries: 4096 });
    const r = native.openRingBuffer(m);
    globalThis.keep = native.spawnHeld(['true']);
    keep.onExit(() => { post(1); for (;;); });
    keep.resume();`],
];
for (const [title, code] of ends) {
  t.test(`terminated ${title}`, async (t) => {
    if (!needs(t, 'root', 'ringbuf')) return;
    for (let i = 0; i < times(3); i++) {
      const worker = inWorker(code, { elf: elfObject(Array.from({ length: 200 }, (_, k) => ({ name: `p${k}`, section: 'raw_tp', insns: returns(k) }))), insns: returns(0) });
      await messageOf(worker);
      t.equal(await worker.terminate(), 1);
    }
  });
}

t.test('terminated at any moment', async (t) => {
  if (!needs(t, 'root', 'ringbuf')) return;
  const code = `
    post(1);
    for (;;) {
      const map = native.createMap({ type: ${mapType.hash}, keySize: 4, valueSize: 8, maxEntries: 10 });
      map.update(new Uint8Array(4), new Uint8Array(8)); map.lookup(new Uint8Array(4)); map.readAll(); map.nextKey(); map.close();
      const object = native.openObject(data.elf);
      object.load();
      const program = object.programs[0];
      program.testRun(); program.info(); program.xlatedInsns();
      try { program.attach({ kind: 'rawTracepoint', name: 'no_such_tracepoint' }); } catch {}
      native.attachMany([{ program, kind: 'rawTracepoint', name: 'sched_process_hang' }]);
      object.close();
      native.elfInfo('/bin/true'); native.readElfSymbols('/bin/true'); native.readKallsyms(data.kallsyms); native.onlineCpus(); native.demangle('_ZN1a1bEv');
    }`;
  const kallsyms = join(t.testdir({ kallsyms: 'ffffffff81000000 T _text\n'.repeat(1000) }), 'kallsyms');
  for (let i = 0; i < times(30); i++) {
    const worker = inWorker(code, { elf: elfObject([{ name: 'p', section: 'raw_tp', insns: returns(0) }]), kallsyms });
    await messageOf(worker);
    await new Promise((resolve) => setTimeout(resolve, i % 10));
    t.equal(await worker.terminate(), 1);
  }
});

t.test('an exception in a callback is uncaught there', async (t) => {
  const worker = inWorker('const c = native.spawnHeld(["true"]); c.onExit(() => { throw new Error("thrown in onExit"); }); c.resume();');
  await t.rejects(messageOf(worker), { message: 'thrown in onExit' });
});

t.test('a worker that exits by itself leaves nothing', async (t) => {
  if (!needs(t, 'root')) return;
  const worker = inWorker(`const map = native.createMap({ name: 'worker_map', type: ${mapType.array}, keySize: 4, valueSize: 8, maxEntries: 1 }); globalThis.keep = map; post(map.id());`);
  const exited = exitOf(worker);
  const id = (await messageOf(worker)) as number;
  await exited;
  // maps are freed after a grace period
  for (let i = 0; i < 200 && exists(id); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  t.equal(exists(id), false);
});

function exists(id: number): boolean {
  try {
    native.openMap({ id }).close();
    return true;
  } catch {
    return false;
  }
}
