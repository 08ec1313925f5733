// Wrong arguments throw, for every function and method; nothing crashes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { TbpfError } from '../../../lib/model/diagnostics/errors.js';
import { loadNative, type MapHandle } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { elfObject, mapType, programType, rawTracepoint, returns, u32 } from '../../kernel/native/fixture.js';

const native = loadNative();
// some of what is called writes the file that it is given
const folder = mkdtempSync(join(tmpdir(), 'tbpf-misuse-'));
process.chdir(folder);
t.teardown(() => rmSync(folder, { recursive: true }));

type Call = (...args: unknown[]) => unknown;

const thrower = new Proxy({}, { get: () => { throw new RangeError('from a getter'); } });
const hugeArray = new Array(2 ** 32 - 1);
const detached = new ArrayBuffer(16);
const detachedView = new Uint8Array(detached);
structuredClone(detached, { transfer: [detached] });

/** Things that callers pass by mistake. */
const odd: unknown[] = [
  undefined, null, true, -1, 0, 1, 1.5, NaN, Infinity, 2 ** 53, -(2 ** 40), 0n, -1n, 2n ** 64n, '', 'text', 'nul\0inside', '/', Symbol('s'), [], [1], [null], {},
  { kind: 'tracepoint' }, { kind: 'kprobe', symbol: 'a', address: 1n }, { kind: 'uprobe', path: 'x', offset: -1 }, { kind: 'nothing' }, { kind: 5 },
  new Uint8Array(0), new Uint8Array(3), new Uint8Array(4), new Float64Array(2), new BigUint64Array(2), new DataView(new ArrayBuffer(8)), new ArrayBuffer(8),
  detached, detachedView, new Date(), /x/, () => {}, class {}, new Map(), new Proxy([], {}), thrower, hugeArray, Object.create(null),
];

const second: unknown[] = [null, -1, 1, 5n, 'text', {}, new Uint8Array(8), () => {}, thrower, detachedView];

/** Calls with many combinations; only errors of ours (or from the getter) may come out. */
function bombard(t: { equal: typeof import('tap').default.equal; fail(message: string): boolean }, name: string, call: Call, self: unknown, arity: number): void {
  const attempts: unknown[][] = [[]];
  for (const first of odd) {
    attempts.push([first]);
    if (arity > 1) for (const other of second) attempts.push([first, other]);
  }
  let strange = 0;
  for (const args of attempts) {
    try {
      const result = call.apply(self, args) as { close?: () => void; catch?: (f: () => void) => void } | undefined;
      if (typeof result === 'object' && result !== null) {
        result.catch?.(() => {});
        result.close?.();
      }
    } catch (error) {
      const { code, name: kind } = error as TbpfError;
      if (!(error instanceof Error) || !(typeof code === 'string' || kind === 'RangeError')) {
        strange++;
        t.fail(`${name}(${args.map((arg) => typeof arg).join(', ')}): ${String(error)}`);
      }
    }
  }
  t.equal(strange, 0, `${name}: ${attempts.length} calls`);
}

// These act on the machine or the process, whatever they are given; sendNow writes to descriptors, of which 1 is where this test's results go.
const leftAlone = new Set(['sendNow', 'deferClosing', 'setErrorFactory', 'mount', 'readKallsyms', 'readKallsymsAsync', 'raiseMemlock']);

const methodsOf = (handle: object): string[] => {
  const prototype = Object.getPrototypeOf(handle) as object;
  return Object.getOwnPropertyNames(prototype).filter((name) => {
    const { value } = Object.getOwnPropertyDescriptor(prototype, name)!;
    return typeof value === 'function' && name !== 'constructor';
  });
};

t.test('functions', async (t) => {
  if (!needs(t, 'root')) return;
  for (const [name, value] of Object.entries(native)) {
    if (typeof value !== 'function' || leftAlone.has(name)) continue;
    bombard(t, name, value as Call, native, 2);
  }
  t.throws(() => (native.readKallsyms as Call)(5), { code: 'ERR_ARG' });
  for (const descriptor of odd.filter((value) => typeof value !== 'number')) {
    t.throws(() => (native.sendNow as Call)(descriptor, new Uint8Array(1)), `sendNow to ${typeof descriptor}`);
  }
  for (const bytes of [undefined, null, 1, 'text', {}, detachedView]) t.throws(() => (native.sendNow as Call)(2 ** 20, bytes), `sendNow of ${typeof bytes}`);
  t.throws(() => (native.sendNow as Call)(2 ** 20, new Uint8Array(1)), { code: 'EBADF' });
  t.throws(() => (native.sendNow as Call)(-1, new Uint8Array(1)), 'no descriptor');
  t.throws(() => (native.mount as Call)('tracefs'), { code: 'ERR_ARG' });
  t.throws(() => (native.setErrorFactory as Call)('no function'), { code: 'ERR_ARG' });
});

const perfArray = (): MapHandle => native.createMap({ type: mapType.perf_event_array, keySize: 4, valueSize: 4, maxEntries: 8 });

const makers: [name: string, make: () => object][] = [
  ['object, open', () => native.openObject(elfObject([{ name: 'p', section: 'raw_tp', insns: returns(0) }]))],
  ['object, loaded', () => { const o = native.openObject(elfObject([{ name: 'p', section: 'raw_tp', insns: returns(0) }])); o.load(); return o; }],
  ['program of an object', () => native.openObject(elfObject([{ name: 'p', section: 'raw_tp', insns: returns(0) }])).programs[0]!],
  ['program', () => rawTracepoint(returns(0))],
  ['hash', () => native.createMap({ type: mapType.hash, keySize: 4, valueSize: 8, maxEntries: 10 })],
  ['array', () => native.createMap({ type: mapType.percpu_array, keySize: 4, valueSize: 8, maxEntries: 2 })],
  ['ring buffer map', () => native.createMap({ type: mapType.ringbuf, keySize: 0, valueSize: 0, maxEntries: 4096 })],
  ['link', () => rawTracepoint(returns(0)).attach({ kind: 'rawTracepoint', name: 'sched_process_hang' })],
  ['ring buffer', () => { const map = native.createMap({ type: mapType.ringbuf, keySize: 0, valueSize: 0, maxEntries: 4096 }); return native.openRingBuffer(map); }],
  ['perf buffer', () => native.openPerfBuffer(perfArray(), [0], 1)],
  ['perf event', () => native.openPerfEvent({ type: 1, config: 0, pid: 0 })],
  ['child', () => native.spawnHeld(['true'])],
  ['pid watch', () => native.watchPid(process.pid, () => {})],
  ['job', () => native.attachMany([])],
  ['stats', () => native.enableStats()],
];

for (const [name, make] of makers) {
  t.test(`methods of: ${name}`, async (t) => {
    if (!needs(t, 'root')) return;
    const example = make() as { close?: () => void };
    const methods = methodsOf(example);
    if (name !== 'program of an object') example.close?.();
    t.ok(methods.length > 0);
    for (const method of methods) {
      const handle = make() as Record<string, Call>;
      bombard(t, `${name}.${method}`, handle[method]!, handle, method === 'close' ? 1 : 2);
      // and once more, closed
      if (methods.includes('close') && !(name === 'program of an object')) {
        handle['close']!();
        bombard(t, `${name}.${method}, closed`, handle[method]!, handle, 1);
      }
    }
  });

  t.test(`another receiver: ${name}`, async (t) => {
    if (!needs(t, 'root')) return;
    const handle = make() as Record<string, Call> & { close?: () => void };
    const stranger = native.createMap({ type: mapType.array, keySize: 4, valueSize: 8, maxEntries: 1 });
    for (const method of methodsOf(handle)) {
      for (const self of [undefined, {}, Object.create(Object.getPrototypeOf(handle) as object), name.includes('map') || /hash|array/.test(name) ? native : stranger]) {
        t.throws(() => handle[method]!.call(self), `${name}.${method}`);
      }
    }
    const constructor = handle.constructor as unknown as new (...args: unknown[]) => unknown;
    t.throws(() => new constructor(), { code: 'ERR_ARG', message: /cannot be constructed/ });
    t.throws(() => new constructor({}, 1, handle), { code: 'ERR_ARG' });
    t.throws(() => new (class extends (constructor as new () => object) {})(), { code: 'ERR_ARG' });
    stranger.close();
    if (name !== 'program of an object') handle.close?.();
  });
}

t.test('handles passed where another is meant', async (t) => {
  if (!needs(t, 'root')) return;
  const program = rawTracepoint(returns(0));
  const map = native.createMap({ type: mapType.array, keySize: 4, valueSize: 8, maxEntries: 1 });
  const disguised = Object.setPrototypeOf(native.openPerfEvent({ type: 1, config: 0, pid: 0 }), Object.getPrototypeOf(map) as object) as typeof map;
  t.throws(() => native.openRingBuffer(program as never), { code: 'ERR_ARG', message: 'map must be a Map' });
  t.throws(() => native.openRingBuffer(disguised), { code: 'ERR_ARG' });
  t.throws(() => disguised.lookup(u32(0)));
  t.throws(() => program.attach({ kind: 'perfEvent', event: map as never }), { code: 'ERR_ARG' });
  t.throws(() => native.attachMany([{ program: map as never, kind: 'rawTracepoint', name: 'x' }]), { code: 'ERR_ARG' });
  t.throws(() => native.closeMany([program as never]), { code: 'ERR_ARG' });
  t.throws(() => native.detachMany([program as never]), { code: 'ERR_ARG' });
  program.close();
  map.close();
});

t.test('an error in a getter of options comes through', async (t) => {
  const options = { get type(): number { throw new RangeError('mine'); }, keySize: 4, valueSize: 4, maxEntries: 1 };
  t.throws(() => native.createMap(options), { name: 'RangeError', message: 'mine' });
});

t.test('what a wrong argument of openPerfBuffer says', async (t) => {
  if (!needs(t, 'root')) return;
  const array = perfArray();
  const other = native.createMap({ type: mapType.array, keySize: 4, valueSize: 4, maxEntries: 1 });
  const open = native.openPerfBuffer as Call;
  const rows: [args: unknown[], message: string | RegExp][] = [
    [[], 'map must be a Map'],
    [[{}, [0], 1], 'map must be a Map'],
    [[other, [0], 1], /is not a perf event array$/],
    [[array, 0, 1], /^cpus must be/],
    [[array, ['0'], 1], /^cpus/],
    [[array, [-1], 1], /^cpus/],
    [[array, [0], undefined], /^pages must be/],
    [[array, [0], 0], /^pages must be/],
    [[array, [0], 3], 'pages must be a power of two'],
    [[array, [0], 1 << 17], /^pages must be/],
    [[array, [0], '1'], /^pages must be/],
  ];
  for (const [args, message] of rows) t.throws(() => open.apply(native, args), { code: 'ERR_ARG', message });
  t.throws(() => native.openPerfBuffer(array, [9999], 1), { code: 'EINVAL', message: /CPU 9999/ }, 'no machine has so many CPUs');
  const none = native.openPerfBuffer(array, [], 1);
  t.equal(none.pendingBytes, 0);
  t.throws(() => none.drain(0, new ArrayBuffer(8)), { code: 'ERR_ARG' });
  t.throws(() => none.drain(8, new Uint8Array(8) as never), { code: 'ERR_ARG' });
  t.throws(() => none.watch('no function' as never), { code: 'ERR_ARG' });
  none.close();
  none.close();
  t.equal(none.closed, true);
  t.throws(() => none.drain(8, new ArrayBuffer(8)), { code: 'ERR_CLOSED' });
  array.close();
  t.throws(() => native.openPerfBuffer(array, [0], 1), { code: 'ERR_CLOSED' });
  other.close();
});

t.test('what a wrong argument says', async (t) => {
  if (!needs(t, 'root')) return;
  const map = native.createMap({ type: mapType.hash, keySize: 4, valueSize: 8, maxEntries: 10 });
  t.throws(() => map.lookup(new Uint8Array(3)), { message: 'key must be 4 bytes long, not 3' });
  t.throws(() => map.lookup('abcd' as never), { message: 'key must be a Uint8Array' });
  t.throws(() => map.update(u32(0), u32(0)), { message: 'value must be 8 bytes long, not 4' });
  t.throws(() => native.loadProgram({ type: programType.kprobe } as never), { message: 'insns must be a Uint8Array' });
  t.throws(() => native.openPerfEvent({ type: 1, config: -1 }), { message: 'config must be a bigint or a safe non-negative integer' });
  map.close();
});
