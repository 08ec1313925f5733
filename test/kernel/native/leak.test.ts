// Nothing is left in the kernel or in this process: by close(), by the garbage collector, after failures.

import { readdirSync } from 'node:fs';
import t from 'tap';
import { loadNative, type LinkHandle } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { collectGarbage, counter, counts, elfObject, emitter, mapType, programType, rawTracepoint, refused, returns, u64 } from './fixture.js';

const native = loadNative();
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
