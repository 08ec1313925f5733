// The small parts of a session: attach order, ring size, start values, losses.

import t from 'tap';
import type { AttachSpec, Manifest, ManifestProgram } from '../../../../lib/model/layout/manifest.js';
import type { SessionKernel } from '../../../../lib/runtime/session/kernel.js';
import { LostCounter } from '../../../../lib/runtime/session/lost.js';
import { attachOrder } from '../../../../lib/runtime/session/order.js';
import { parseAvailableMemory, ringBytes } from '../../../../lib/runtime/session/ring-size.js';
import { findSection, patchStartValues } from '../../../../lib/runtime/session/start-values.js';
import { compile } from '../../../../lib/compile.js';
import { Source } from '../../../../lib/model/source/source.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';

const perf = (cpus: 'all' | 'first'): AttachSpec => ({ kind: 'perf_event', type: 1, config: 0n, samplePeriod: 1n, cpus });
const kprobe = (symbol: string, atReturn = false): AttachSpec => ({ kind: 'kprobe', symbol, offset: 0, return: atReturn });
const program = (probe: string, attach: AttachSpec, name = probe): ManifestProgram => ({ name, probe, attach, probeCount: 1, block: 0 });
const manifestOf = (programs: ManifestProgram[], config: Manifest['config'] = {}): Manifest => ({ version: 1, programs, maps: [], events: [], config, startValues: [], lostEvents: 'lost' });

t.test('returns and events first in source order, functions backwards', async (t) => {
  const order = attachOrder([
    program('begin', { kind: 'begin' }), program('kprobe:a', kprobe('a')), program('tracepoint:x:y', { kind: 'tracepoint', category: 'x', event: 'y' }),
    program('kprobe:b', kprobe('b')), program('kretprobe:a', kprobe('a', true)), program('interval:s:1', perf('first')),
    program('uretprobe:u', { kind: 'uprobe', path: '/x', fileOffset: 1n, return: true }), program('end', { kind: 'end' }),
  ]);
  t.same(order.map(({ probe }) => probe), ['tracepoint:x:y', 'kretprobe:a', 'interval:s:1', 'uretprobe:u', 'kprobe:b', 'kprobe:a']);
});

t.test('of software events the last made fires first; clocks fire by themselves', async (t) => {
  const counter = (config: bigint): AttachSpec => ({ kind: 'perf_event', type: 1, config, samplePeriod: 1n, cpus: 'all' });
  const order = attachOrder([program('faults a', counter(2n)), program('cpu-clock a', counter(0n)), program('faults b', counter(2n)), program('task-clock', counter(1n)), program('cpu-clock b', counter(0n))]);
  t.same(order.map(({ probe }) => probe), ['cpu-clock a', 'task-clock', 'cpu-clock b', 'faults b', 'faults a']);
});

const KIB = 1024;
const GIB = KIB ** 3;
const busy = [program('t', { kind: 'tracepoint', category: 'x', event: 'y' })];
const calm = [program('begin', { kind: 'begin' }), program('interval', perf('first'))];
const sizes: [title: string, programs: ManifestProgram[], pages: number, available: number, want: number][] = [
  ['little memory: the least', busy, 0, 32 * KIB * KIB, 64 * 4 * KIB],
  ['a thousandth, rounded down to a power of two', busy, 0, 3 * GIB, 512 * 4 * KIB],
  ['much memory: the most', busy, 0, 64 * GIB, 4096 * 4 * KIB],
  ['unknown memory', busy, 0, 0, 64 * 4 * KIB],
  ['only timers fire', calm, 0, 64 * GIB, 256 * 4 * KIB],
  ['a timer on every CPU', [program('profile', perf('all'))], 0, 64 * GIB, 4096 * 4 * KIB],
  ['asked for', busy, 16, 64 * GIB, 16 * 4 * KIB],
  ['asked for, no power of two', busy, 100, 64 * GIB, 128 * 4 * KIB],
];
for (const [title, programs, pages, available, want] of sizes) {
  t.test(title, async (t) => t.equal(ringBytes(manifestOf(programs, { perf_rb_pages: pages }), available), want));
}

t.test('memory that is available', async (t) => {
  t.equal(parseAvailableMemory('MemTotal:   100 kB\nMemAvailable:    2048 kB\n'), 2048 * KIB);
  t.equal(parseAvailableMemory(''), 0);
});

t.test('start values stand in .rodata of a copy', async (t) => {
  const { output } = compile(new Source('stdin', 'begin { @ = elapsed; @c = cpid; }'), new FixtureTarget());
  const { elf, manifest } = output!;
  t.same(manifest.startValues.map(({ name }) => name).sort(), ['cpid', 'start_ns']);
  const patched = patchStartValues(elf, manifest.startValues, { start_ns: 0x1122334455667788n, cpid: 7n });
  const base = findSection(patched, '.rodata');
  const view = new DataView(patched.buffer, patched.byteOffset);
  const at = (name: string): number => base + manifest.startValues.find((value) => value.name === name)!.offset;
  t.equal(view.getBigUint64(at('start_ns'), true), 0x1122334455667788n);
  t.equal(view.getUint8(at('cpid')), 7);
  t.equal(new DataView(elf.buffer, elf.byteOffset).getBigUint64(at('start_ns'), true), 0n, 'the original is untouched');
  t.throws(() => patchStartValues(elf, manifest.startValues, {}), /nobody knows the start value/);
  t.throws(() => findSection(elf, '.nothing'), /no section .nothing/);
});

t.test('losses by program, over CPUs, since the last time', async (t) => {
  const counts = new BigUint64Array([1n, 2n, 0n, 0n]); // two programs, two CPUs
  const kernel = { cpuCount: 2, map: () => ({ readAll: () => ({ count: 2, keys: new Uint8Array(8), values: new Uint8Array(counts.buffer) }) }) } as unknown as SessionKernel;
  const lost = new LostCounter(kernel, manifestOf([program('a', kprobe('a'), 'p1'), program('b', kprobe('b'), 'p1'), program('c', kprobe('c'), 'p2')]));
  t.same(lost.read(), [{ probe: 'a', count: 3 }]);
  t.same(lost.read(), []);
  counts[3] = 5n;
  t.same(lost.read(), [{ probe: 'c', count: 5 }]);
  t.equal(lost.total, 8);
  t.same(lost.byProbe, [{ probe: 'a', count: 3 }, { probe: 'c', count: 5 }]);
});
