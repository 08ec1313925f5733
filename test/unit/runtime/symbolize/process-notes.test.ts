// What is noted of processes, and the kernel's records that say it.

import t from 'tap';
import { ProcessNotes, type NotedMapping } from '../../../../lib/runtime/symbolize/process-notes.js';
import { TaskRecords } from '../../../../lib/runtime/symbolize/task-records.js';

const mapping = (path: string, start: bigint, bytes = 0x1000n): NotedMapping => ({ path, buildId: undefined, device: '08:01', inode: 7, deleted: false, start, end: start + bytes, fileOffset: 0n, executable: true });

/** Path at an address; `unnoted PID` where a parent was asked that nothing is noted of. */
function pathAt(notes: ProcessNotes, pid: number, address: bigint): string | undefined {
  const found = notes.find(pid, address, (parent) => ({ path: `unnoted ${parent}` }));
  return found?.path;
}

t.test('lives of a process', async (t) => {
  const notes = new ProcessNotes();
  notes.exec(5, 10n);
  notes.map(5, mapping('/first', 0x1000n), 11n);
  notes.exec(5, 20n);
  notes.map(5, mapping('/second', 0x5000n), 21n);
  notes.map(5, mapping('/late', 0x7000n), 15n);
  notes.exit(5);
  t.equal(pathAt(notes, 5, 0x5fffn), '/second');
  t.equal(pathAt(notes, 5, 0x1000n), '/first', 'what it ran before');
  t.equal(pathAt(notes, 5, 0x7000n), '/late');
  t.equal(pathAt(notes, 5, 0x6000n), undefined);
  t.equal(pathAt(notes, 6, 0x1000n), undefined);
  notes.map(7, mapping('/library', 0x1000n), 30n);
  notes.fork(8, 7, 31n);
  t.strictSame([5, 6, 7, 8].map((pid) => notes.isComplete(pid)), [true, false, false, true]);
});

t.test('what is mapped last lies on top', async (t) => {
  const notes = new ProcessNotes();
  notes.map(5, mapping('/old', 0x1000n, 0x4000n), 1n);
  notes.map(5, mapping('/new', 0x2000n), 2n);
  t.strictSame([0x1fffn, 0x2000n, 0x3000n].map((address) => pathAt(notes, 5, address)), ['/old', '/new', '/old']);
});

t.test('children have the memory of their parents', async (t) => {
  const notes = new ProcessNotes();
  notes.exec(5, 1n);
  notes.map(5, mapping('/shell', 0x1000n), 2n);
  notes.fork(6, 5, 3n);
  notes.fork(7, 6, 4n);
  notes.map(7, mapping('/own', 0x9000n), 5n);
  notes.fork(8, 99, 6n);
  t.equal(pathAt(notes, 7, 0x1000n), '/shell');
  t.equal(pathAt(notes, 7, 0x9000n), '/own');
  t.equal(pathAt(notes, 8, 0x1000n), 'unnoted 99');
  notes.fork(5, 5000, 7n);
  t.equal(pathAt(notes, 5, 0x1000n), 'unnoted 5000', 'the number is used again');
  notes.fork(20, 21, 8n);
  notes.fork(21, 20, 8n);
  t.equal(notes.find(20, 1n, () => undefined), undefined, 'parents in a circle');
});

t.test('a thread goes on as the process whose leader has ended', async (t) => {
  const notes = new ProcessNotes();
  notes.map(5, mapping('/first', 0x1000n), 1n);
  notes.exit(5);
  notes.exec(5, 2n);
  notes.map(5, mapping('/second', 0x5000n), 3n);
  t.strictSame([0x1000n, 0x5000n].map((address) => pathAt(notes, 5, address)), ['/first', '/second']);
});

t.test('of too many those that ended first are forgotten', async (t) => {
  const notes = new ProcessNotes();
  const most = 1 << 14;
  notes.map(1, mapping('/lives', 0x1000n), 1n);
  for (let pid = 2; pid < most + 100; pid++) {
    notes.map(pid, mapping('/ended', 0x1000n), 1n);
    notes.exit(pid);
  }
  t.equal(pathAt(notes, 1, 0x1000n), '/lives');
  t.equal(pathAt(notes, 2, 0x1000n), undefined);
  t.equal(pathAt(notes, most + 99, 0x1000n), '/ended');
});

t.test('of one that maps and maps the latest are kept, and of all together so many', async (t) => {
  const notes = new ProcessNotes();
  for (let i = 0; i < 5000; i++) notes.map(1, mapping(`/${i}`, BigInt(i) << 12n), 1n);
  t.strictSame([0n, 4999n << 12n].map((address) => pathAt(notes, 1, address)), [undefined, '/4999']);
  for (let pid = 2; pid < 42; pid++) for (let i = 0; i < 4096; i++) notes.map(pid, mapping(`/${i}`, BigInt(i) << 12n), 1n);
  t.equal(pathAt(notes, 1, 4999n << 12n), undefined);
  t.equal(pathAt(notes, 41, 0n), '/0');
});

// ---- records, as include/uapi/linux/perf_event.h lays them out

function record(type: number, misc: number, body: Buffer, timeNs: bigint): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt16LE(misc, 4);
  head.writeUInt16LE(8 + body.length + 8, 6);
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE(timeNs);
  return Buffer.concat([head, body, time]);
}

const words = (...numbers: number[]): Buffer => Buffer.from(Uint32Array.from(numbers).buffer);
const text = (value: string): Buffer => Buffer.concat([Buffer.from(value), Buffer.alloc(8 - (value.length % 8))]);
const comm = (pid: number, name: string, exec: boolean, timeNs: bigint): Buffer => record(3, exec ? 1 << 13 : 0, Buffer.concat([words(pid, pid), text(name)]), timeNs);
const fork = (pid: number, parent: number, timeNs: bigint): Buffer => record(7, 0, words(pid, parent, pid, parent, 0, 0), timeNs);
function mmap(pid: number, start: bigint, path: string, timeNs: bigint, { buildId, protection = 5 }: { buildId?: string; protection?: number } = {}): Buffer {
  const body = Buffer.alloc(64);
  body.writeUInt32LE(pid, 0);
  body.writeBigUInt64LE(start, 8);
  body.writeBigUInt64LE(0x1000n, 16);
  body.writeBigUInt64LE(0x2000n, 24);
  if (buildId === undefined) {
    body.writeUInt32LE(0xfe, 32);
    body.writeUInt32LE(1, 36);
    body.writeBigUInt64LE(77n, 40);
  } else {
    body.writeUInt8(buildId.length / 2, 32);
    body.write(buildId, 36, 'hex');
  }
  body.writeUInt32LE(protection, 56);
  return record(10, buildId === undefined ? 0 : 1 << 14, Buffer.concat([body, text(path)]), timeNs);
}

t.test('mappings', async (t) => {
  const notes = new ProcessNotes();
  const records = new TaskRecords(notes);
  const id = '00112233445566778899aabbccddeeff00112233';
  t.equal(records.note(Buffer.concat([mmap(5, 0x1000n, '/bin/a', 1n), mmap(5, 0x2000n, '/bin/b', 1n, { buildId: id }), mmap(5, 0x3000n, '/bin/c', 1n, { protection: 1 }), mmap(5, 0x4000n, '//anon', 1n)])), 0);
  const at = (address: bigint): unknown => notes.find(5, address, () => undefined);
  t.match(at(0x1800n), { path: '/bin/a', start: 0x1000n, end: 0x2000n, fileOffset: 0x2000n, device: 'fe:01', inode: 77, buildId: undefined });
  t.match(at(0x2800n), { path: '/bin/b', buildId: id, inode: -1 });
  t.equal(at(0x3800n), undefined, 'no code');
  t.match(at(0x4800n), { path: '//anon', inode: 0 });
});

t.test('records of several CPUs are put in order', async (t) => {
  const notes = new ProcessNotes();
  // the process moved: its exec is on the CPU that is read last
  new TaskRecords(notes).note(Buffer.concat([mmap(6, 0x1000n, '/new', 30n), fork(6, 5, 10n), comm(6, 'thread', false, 25n), comm(6, 'new', true, 20n), mmap(5, 0x5000n, '/parent', 1n)]));
  t.equal(pathAt(notes, 6, 0x1000n), '/new');
  t.equal(pathAt(notes, 6, 0x5000n), '/parent');
});

t.test('threads, processes of other PID namespaces, lost and damaged records', async (t) => {
  const notes = new ProcessNotes();
  const records = new TaskRecords(notes);
  const lost = record(2, 0, words(1, 0, 12, 0), 3n);
  records.note(mmap(5, 0x1000n, '/a', 1n));
  t.equal(records.note(Buffer.concat([fork(5, 5, 2n), mmap(0, 0x1000n, '/a', 2n), mmap(0xffffffff, 0x1000n, '/a', 2n), lost, lost])), 24);
  t.equal(pathAt(notes, 5, 0x1000n), '/a', 'a thread is no new process');
  t.strictSame([0, 0xffffffff].map((pid) => pathAt(notes, pid, 0x1000n)), [undefined, undefined]);
  t.equal(records.note(Buffer.from([1, 2, 3])), 0);
  t.equal(records.note(Buffer.alloc(64)), 0, 'a record of no length ends what can be read');
});
