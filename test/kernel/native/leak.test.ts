// Nothing is left in the kernel or in this process: by close(), by the garbage collector, after failures.

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { loadNative, packageRoot, type LinkHandle } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { collectGarbage, counter, counts, elfObject, emitter, mapType, programType, rawTracepoint, refused, returns, u64 } from './fixture.js';

const native = loadNative();
/** What each of so many workers reads when it ends. */
const [WORKERS, MAP_BYTES] = [12, 32 << 20];
const openFiles = (): number => readdirSync('/proc/self/fd').length;

function mapExists(id: number): boolean {
  try {
    native.openMap({ id }).close();
    return true;
  } catch {
    return false;
  }
}

async function eventually(check: () => boolean): Promise<boolean> {
  for (let i = 0; i < 200 && !check(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (i % 50 === 49) await collectGarbage();
  }
  return check();
}

/** Everything there is, once. */
async function round(close: boolean): Promise<number> {
  const map = counts('leak_counts');
  const program = rawTracepoint(counter(map), 'leak_raw');
  const link = program.attach({ kind: 'rawTracepoint', name: 'sched_process_hang' });
  const ringMap = native.createMap({ name: 'leak_ring', type: mapType.ringbuf, keySize: 0, valueSize: 0, maxEntries: 4096 });
  const ring = native.openRingBuffer(ringMap);
  const emit = rawTracepoint(emitter(ringMap));
  const readable = new Promise<void>((resolve) => ring.watch(resolve));
  emit.testRun({ ctxIn: u64(1) });
  await readable; // an armed watch would keep its ring buffer
  ring.drain(4096);
  const clock = native.openPerfEvent({ type: 1, config: 0, sampleFreq: 10, pid: process.pid });
  const sampler = native.loadProgram({ type: programType.perf_event, insns: returns(0) });
  const sampling = sampler.attach({ kind: 'perfEvent', event: clock });
  const object = native.openObject(elfObject([{ name: 'leak', section: 'raw_tp', insns: returns(0) }]));
  object.programs[0]!.setLog(1);
  await object.loadAsync();
  const links = (await native.attachMany([
    { program: object.programs[0]!, kind: 'rawTracepoint', name: 'sched_process_hang' },
    { program: object.programs[0]!, kind: 'rawTracepoint', name: 'no_such_tracepoint' },
  ]).result) as LinkHandle[];
  t.throws(() => native.openObject(elfObject([{ name: 'bad', section: 'raw_tp', insns: refused() }])).load());
  const child = native.spawnHeld(['true']);
  const exited = new Promise((resolve) => child.onExit(resolve));
  child.resume();
  await exited;
  const stats = native.enableStats();
  const id = map.id();
  if (close) {
    await native.closeMany(links.slice(0, 1)).result;
    for (const handle of [link, sampling, ring, program, emit, sampler, clock, object, ringMap, map, child, stats]) handle.close();
  }
  return id;
}

for (const [title, close] of [['closed', true], ['left to the garbage collector', false]] as const) {
  t.test(title, async (t) => {
    if (!needs(t, 'root', 'ringbuf', 'software')) return;
    await round(close);
    await collectGarbage();
    const before = openFiles();
    const ids: number[] = [];
    for (let i = 0; i < 10; i++) ids.push(await round(close));
    await collectGarbage();
    t.equal(await eventually(() => openFiles() <= before), true, `${openFiles()} open files, ${before} before`);
    t.equal(await eventually(() => !ids.some(mapExists)), true, 'no map is left in the kernel');
  });
}

t.test('a perf buffer that is opened and closed a thousand times', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const map = native.createMap({ type: mapType.perf_event_array, keySize: 4, valueSize: 4, maxEntries: 64 });
  const once = (): void => {
    const buffer = native.openPerfBuffer(map, [0], 8);
    buffer.watch(() => {});
    buffer.close();
  };
  for (let i = 0; i < 50; i++) once();
  await collectGarbage();
  const [files, bytes] = [openFiles(), process.memoryUsage().rss];
  for (let i = 0; i < 1000; i++) once();
  await collectGarbage();
  t.equal(await eventually(() => openFiles() <= files), true, `${openFiles()} open files, ${files} before`);
  // the rings alone would be 36 MB
  const grown = process.memoryUsage().rss - bytes;
  t.ok(grown < 16 << 20, `memory grew by ${grown} bytes`);
  map.close();
});

t.test('a closed watch lets go of its callback', async (t) => {
  const watched = (): [closed: { readonly closed: boolean }, held: WeakRef<object>] => {
    const held = {};
    const watch = native.watchPid(process.pid, () => void held);
    watch.close();
    return [watch, new WeakRef(held)];
  };
  const [watch, held] = watched();
  t.equal(await eventually(() => held.deref() === undefined), true);
  t.equal(watch.closed, true);
});

t.test('a watch whose process has ended lets go of its callback', async (t) => {
  const watched = async (): Promise<[closed: { readonly closed: boolean }, held: WeakRef<object>]> => {
    const held = {};
    const child = native.spawnHeld(['true']);
    let ended = (): void => undefined;
    const end = new Promise<void>((resolve) => (ended = resolve));
    const watch = native.watchPid(child.pid, () => {
      void held;
      ended();
    });
    child.resume();
    await end;
    child.close();
    return [watch, new WeakRef(held)];
  };
  const [watch, held] = await watched();
  t.equal(await eventually(() => held.deref() === undefined), true);
  t.equal(watch.closed, true);
});

t.test('a closed object lets go of the programs it was to be attached to', async (t) => {
  if (!needs(t, 'root')) return;
  const target = rawTracepoint(returns(0));
  await collectGarbage();
  const before = openFiles();
  const objects = Array.from({ length: 20 }, () => {
    const object = native.openObject(elfObject([{ name: 'traced', section: 'fentry', insns: returns(0) }]));
    // a program without BTF has no function of that name: by then its descriptor is held
    t.throws(() => object.programs[0]!.setAttachTarget('nothing', target.fd), { code: 'EINVAL', syscall: 'bpf_program__set_attach_target' });
    object.close();
    return object;
  });
  t.equal(openFiles(), before);
  t.equal(objects.every(({ closed }) => closed), true);
  target.close();
});

t.test('a worker that ends while it reads a map gives back what was read', async (t) => {
  if (!needs(t, 'root')) return;
  if (process.env['TBPF_GUEST']) return t.plan(0, 'it depends on Node, not on the kernel');
  const map = native.createMap({ type: mapType.array, keySize: 4, valueSize: MAP_BYTES / 16, maxEntries: 16 });
  const work = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const worker = new Worker(
        `const { workerData: { addon, id }, parentPort } = require('node:worker_threads'); const map = require(addon).openMap({ id });
         map.readAll(); parentPort.postMessage(1); for (;;) map.readAll();`,
        { eval: true, workerData: { addon: join(packageRoot(), 'build/Release/tbpf.node'), id: map.id() } },
      );
      await once(worker, 'message');
      await worker.terminate();
    }
  };
  await work(2);
  await collectGarbage();
  const before = process.memoryUsage.rss();
  await work(WORKERS);
  await collectGarbage();
  const grown = process.memoryUsage.rss() - before;
  t.ok(grown < (WORKERS * MAP_BYTES) / 4, `${grown >> 20} MiB more`);
  map.close();
});

t.test('logs and drained buffers are given back', async (t) => {
  if (!needs(t, 'root', 'ringbuf')) return;
  const elf = elfObject([{ name: 'bad', section: 'raw_tp', insns: refused() }]);
  const work = (): void => {
    for (let i = 0; i < 200; i++) t.throws(() => native.openObject(elf).load(), { code: 'EACCES' });
  };
  work();
  await collectGarbage();
  const before = process.memoryUsage.rss();
  work();
  work();
  await collectGarbage();
  const grown = process.memoryUsage.rss() - before;
  t.ok(grown < 32 << 20, `${grown >> 10} KiB more`);
});
