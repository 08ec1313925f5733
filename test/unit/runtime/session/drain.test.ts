// Draining: batches, order, growth of the buffer, stopping, pausing.

import t from 'tap';
import { Drain } from '../../../../lib/runtime/session/drain.js';
import type { EventRing } from '../../../../lib/runtime/session/kernel.js';

/** A ring that the test writes to. */
class FakeRing implements EventRing {
  ref(): void {}
  unref(): void {}
  readonly records: Uint8Array[] = [];
  private onReadable: (() => void) | undefined;
  private armed = false;
  drains = 0;

  put(id: number, size = 8): void {
    const record = new Uint8Array(size);
    new DataView(record.buffer).setUint32(0, id, true);
    this.records.push(record);
    this.wake();
  }

  get pendingBytes(): number {
    return this.records.reduce((sum, { length }) => sum + padded(length), 0);
  }

  drain(maxBytes: number, into: ArrayBuffer): ReturnType<EventRing['drain']> {
    this.drains++;
    let bytes = 0;
    let count = 0;
    while (this.records.length > 0 && bytes + padded(this.records[0]!.length) <= Math.min(maxBytes, into.byteLength)) {
      const record = this.records.shift()!;
      new DataView(into).setUint32(bytes, record.length, true);
      new Uint8Array(into).set(record, bytes + 8);
      bytes += padded(record.length);
      count++;
    }
    const more = this.records.length > 0;
    return { buffer: into, bytes, count, more, nextBytes: more ? padded(this.records[0]!.length) : 0 };
  }

  watch(onReadable: () => void): void {
    this.onReadable = onReadable;
    this.rearm();
  }

  rearm(): void {
    this.armed = true;
    if (this.records.length > 0) this.wake();
  }

  unwatch(): void {
    this.armed = false;
  }

  private wake(): void {
    if (!this.armed) return;
    this.armed = false;
    this.onReadable!();
  }
}

const padded = (length: number): number => (length + 8 + 7) & ~7;

function setUp(stopped = (): boolean => false) {
  const ring = new FakeRing();
  const seen: string[] = [];
  const failures: unknown[] = [];
  const handlers = [0, 1, 2].map((id) => (view: DataView, offset: number, length: number) => {
    if (view.getUint32(offset, true) !== id) throw new Error('wrong record');
    seen.push(`${id}:${length}`);
  });
  handlers[2] = () => { throw new Error('handler 2'); };
  const drain = new Drain(ring, handlers, stopped, (error) => failures.push(error));
  return { ring, seen, drain, failures };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until a condition holds; the runner ends a test that waits for ever. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}

t.test('all that is there, in order, each with its handler', async (t) => {
  const { ring, seen, drain } = setUp();
  ring.put(0);
  ring.put(1, 13);
  ring.put(0, 4);
  drain.handleAll();
  t.same(seen, ['0:8', '1:13', '0:4']);
  t.equal(ring.pendingBytes, 0);
});

t.test('a record larger than the buffer', async (t) => {
  const { ring, seen, drain } = setUp();
  ring.put(0);
  ring.put(1, 1 << 20);
  ring.put(0);
  drain.handleAll();
  t.same(seen, ['0:8', '1:1048576', '0:8']);
});

t.test('many records', async (t) => {
  const { ring, seen, drain } = setUp();
  for (let i = 0; i < 50_000; i++) ring.put(i & 1, 24);
  drain.handleAll();
  t.equal(seen.length, 50_000);
});

t.test('as they come, in batches', async (t) => {
  const { ring, seen, drain } = setUp();
  drain.start();
  ring.put(0);
  ring.put(1);
  t.same(seen, [], 'the first wake-up waits for more');
  await until(() => seen.length === 2);
  t.equal(ring.drains, 1);
  ring.put(0);
  await until(() => seen.length === 3);
  drain.stop();
  ring.put(0);
  await sleep(20);
  t.equal(seen.length, 3, 'nothing after stop()');
});

t.test('the rest of a batch is thrown away once somebody says stop', async (t) => {
  let stop = false;
  const { ring, seen, drain } = setUp(() => stop || (stop = seen.length === 2));
  for (let i = 0; i < 5; i++) ring.put(0);
  drain.handleAll();
  t.equal(seen.length, 2);
});

t.test('discard', async (t) => {
  const { ring, seen, drain } = setUp();
  for (let i = 0; i < 5000; i++) ring.put(0);
  drain.discard();
  t.equal(ring.pendingBytes, 0);
  t.same(seen, []);
});

t.test('a handler that throws', async (t) => {
  const { ring, drain, failures } = setUp();
  drain.start();
  ring.put(2);
  await until(() => failures.length > 0);
  t.match(failures, [{ message: 'handler 2' }]);
});

t.test('an id that nobody knows', async (t) => {
  const { ring, drain } = setUp();
  ring.put(9);
  t.throws(() => drain.handleAll(), /unknown id 9/);
});

t.test('paused events stay in the ring', async (t) => {
  const { ring, seen, drain } = setUp();
  drain.start();
  drain.hold();
  ring.put(0);
  await sleep(20);
  t.same(seen, []);
  drain.release();
  await until(() => seen.length === 1);
  drain.stop();
  t.equal(ring.pendingBytes, 0);
});
