// The ring buffer: what is drained, when the callback comes, and that a flood loses nothing.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { loadNative, packageRoot, RECORD_HEADER_BYTES, type MapHandle, type ProgramHandle, type RingBufferHandle } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { emitter, mapType, programType, rawTracepoint, u64 } from './fixture.js';

const native = loadNative();

interface Rig {
  map: MapHandle;
  ring: RingBufferHandle;
  program: ProgramHandle;
  emit(value: bigint | number): boolean;
  close(): void;
}

function rig(sizeBytes = 4096, recordBytes = 8): Rig {
  const map = native.createMap({ name: 'ring', type: mapType.ringbuf, keySize: 0, valueSize: 0, maxEntries: sizeBytes });
  const program = rawTracepoint(emitter(map, recordBytes));
  const ring = native.openRingBuffer(map);
  return {
    map,
    ring,
    program,
    emit: (value) => program.testRun({ ctxIn: u64(value) }).retval === 0,
    close: () => [ring, map, program].forEach((handle) => handle.close()),
  };
}

/** First eight bytes of each record. */
function valuesOf(buffer: ArrayBuffer, bytes: number): bigint[] {
  const view = new DataView(buffer);
  const values: bigint[] = [];
  for (let at = 0; at < bytes; at += RECORD_HEADER_BYTES + ((view.getUint32(at, true) + 7) & ~7)) {
    values.push(view.getBigUint64(at + RECORD_HEADER_BYTES, true));
  }
  return values;
}

t.test('drains in order, within its limit', async (t) => {
  if (!needs(t, 'root', 'ringbuf')) return;
  const { ring, emit, close } = rig();
  t.same([ring.sizeBytes, ring.pendingBytes], [4096, 0]);
  t.match(ring.drain(1024), { bytes: 0, count: 0, more: false, nextBytes: 0 });
  for (let i = 1; i <= 10; i++) emit(i);
  t.equal(ring.pendingBytes, 160);
  const first = ring.drain(50);
  t.match(first, { bytes: 48, count: 3, more: true, nextBytes: 16 });
  t.equal(first.buffer.byteLength, 48);
  t.same(valuesOf(first.buffer, first.bytes), [1n, 2n, 3n]);
  const into = new ArrayBuffer(1000);
  const rest = ring.drain(1 << 20, into);
  t.equal(rest.buffer, into);
  t.match(rest, { bytes: 112, count: 7, more: false });
  t.same(valuesOf(into, rest.bytes), [4n, 5n, 6n, 7n, 8n, 9n, 10n]);
  t.equal(ring.pendingBytes, 0);
  close();
});

t.test('a record larger than the buffer says how large', async (t) => {
  if (!needs(t, 'root', 'ringbuf')) return;
  const { ring, emit, close } = rig(4096, 100);
  emit(5);
  t.match(ring.drain(4096, new ArrayBuffer(64)), { bytes: 0, count: 0, more: true, nextBytes: 112 });
  const { buffer, bytes } = ring.drain(112);
  t.equal(bytes, 112);
  t.equal(new DataView(buffer).getUint32(0, true), 100);
  close();
});

t.test('a full ring refuses records until it is drained, also around its end', async (t) => {
  if (!needs(t, 'root', 'ringbuf')) return;
  const { ring, emit, close } = rig(4096, 48);
  let next = 0n;
  let expected = 0n;
  for (let round = 0; round < 20; round++) {
    while (emit(next)) next++;
    const { buffer, bytes } = ring.drain(1 << 20);
    for (const value of valuesOf(buffer, bytes)) t.equal(value, expected++);
  }
  t.equal(expected, next);
  t.ok(next >= 20n * 70n);
  close();
});

t.test('calls back once, until armed again', async (t) => {
  if (!needs(t, 'root', 'ringbuf')) return;
  const { ring, emit, close } = rig();
  let calls = 0;
  ring.watch(() => calls++);
  await sleep(20);
  t.equal(calls, 0, 'nothing to read');
  emit(1);
  await sleep(20);
  t.equal(calls, 1);
  emit(2);
  await sleep(20);
  t.equal(calls, 1, 'one-shot, though there is more to read');
  ring.rearm();
  await sleep(20);
  t.equal(calls, 2, 'still data: at once');
  t.equal(ring.drain(4096).count, 2);
  ring.rearm();
  await sleep(20);
  t.equal(calls, 2);
  emit(3);
  await sleep(20);
  t.equal(calls, 3);
  ring.rearm();
  ring.unwatch();
  await sleep(20);
  t.equal(calls, 3);
  t.throws(() => ring.rearm(), { code: 'ERR_ARG', message: /watch/ });
  close();
});

t.test('closing inside the callback is fine', async (t) => {
  if (!needs(t, 'root', 'ringbuf')) return;
  const { ring, emit, close } = rig();
  await new Promise<void>((resolve) => {
    ring.watch(() => {
      close();
      resolve();
    });
    emit(1);
  });
  t.equal(ring.closed, true);
  t.throws(() => ring.drain(100), { code: 'ERR_CLOSED' });
  t.throws(() => ring.watch(() => {}), { code: 'ERR_CLOSED' });
  ring.close();
});

t.test('the map may be closed before its consumer', async (t) => {
  if (!needs(t, 'root', 'ringbuf')) return;
  const { ring, map, program, emit } = rig();
  map.close();
  emit(9);
  const { buffer, bytes } = ring.drain(100);
  t.same(valuesOf(buffer, bytes), [9n]);
  ring.close();
  program.close();
});

t.test('only ring buffers', async (t) => {
  if (!needs(t, 'root')) return;
  const map = native.createMap({ type: mapType.hash, keySize: 4, valueSize: 4, maxEntries: 1 });
  t.throws(() => native.openRingBuffer(map), { code: 'ERR_ARG', message: /not a ring buffer/ });
  map.close();
  t.throws(() => native.openRingBuffer(map), { code: 'ERR_CLOSED' });
});

// The producer runs in a worker thread, so that it floods while this thread drains.
t.test('a flood from another thread: every record arrives, in order', async (t) => {
  if (!needs(t, 'root', 'ringbuf')) return;
  const { map, ring, close } = rig(1 << 20);
  const total = 50_000;
  const producer = new Worker(
    `const { workerData } = require('node:worker_threads');
     const program = require(workerData.addon).loadProgram({ type: workerData.type, insns: workerData.insns });
     const ctxIn = Buffer.alloc(8);
     for (let i = 0; i < workerData.total; i++) {
       ctxIn.writeUInt32LE(i);
       while (program.testRun({ ctxIn }).retval !== 0);
     }
     program.close();`,
    { eval: true, workerData: { addon: join(packageRoot(), 'build/Release/tbpf.node'), type: programType.raw_tracepoint, insns: emitter(map), total } },
  );
  const exited = new Promise((resolve) => producer.on('exit', resolve));
  let seen = 0n;
  let count = 0;
  let wakeUps = 0;
  const into = new ArrayBuffer(256 << 10);
  await new Promise<void>((resolve) => {
    ring.watch(() => {
      wakeUps++;
      setTimeout(() => {
        for (let more = true; more; ) {
          const result = ring.drain(into.byteLength, into);
          more = result.more;
          count += result.count;
          for (const value of valuesOf(into, result.bytes)) if (value === seen) seen++;
        }
        if (count >= total) resolve();
        else ring.rearm();
      }, 1);
    });
  });
  await exited;
  t.equal(count, total);
  t.equal(seen, BigInt(total));
  t.ok(wakeUps < total / 10, `${wakeUps} wake-ups`);
  close();
});
