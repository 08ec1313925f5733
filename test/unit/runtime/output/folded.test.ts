// -f folded: one line for each stack, as programs for flame graphs read it.

import t from 'tap';
import type { MapEntry, MergedMap } from '../../../../lib/language/merged-map.js';
import type { Manifest } from '../../../../lib/model/layout/manifest.js';
import type { Value } from '../../../../lib/model/layout/value.js';
import { int64, string, type StackType, type Type } from '../../../../lib/model/types/types.js';
import { createWriter, hasStackMaps, type Sink } from '../../../../lib/runtime/output/index.js';
import { aggregate, mapOf, rendering } from './support.js';

const kernel: StackType = { kind: 'stack', space: 'kernel', mode: 'bpftrace', limit: 127 };
const user: StackType = { ...kernel, space: 'user' };
const raw: StackType = { ...kernel, mode: 'raw' };
const stackOf = (...addresses: readonly bigint[]): Value => ({ $: 'stack', addresses, pid: 1, program: 0 });
const failed = 0xffff_ffff_ffff_ffffn;
const tuple = (...elements: readonly Type[]): Type => ({ kind: 'tuple', elements });
const count = (key: Value, value: bigint): MapEntry => ({ key, merged: { kind: 'number', value } });
const counted = (key: Type, ...entries: readonly MapEntry[]): MergedMap => mapOf('@x', aggregate('count'), key, entries);

/** What is written of maps that are all of the script's. */
function written(maps: readonly MergedMap[], options = { top: 0, divisor: 0, explicit: false }): { out: string; errors: string } {
  const streams = { out: '', errors: '' };
  const stream = (name: 'out' | 'errors'): Sink => ({ write: (text: string) => { streams[name] += text; }, flush() {} }) as unknown as Sink;
  const manifest = { maps: maps.map(({ spec }) => spec), events: [] } as unknown as Manifest;
  const writer = createWriter('folded', { out: stream('out'), errors: stream('errors'), rendering }, manifest);
  for (const map of maps) writer.emit({ type: 'map', spec: undefined, map, options });
  writer.emit({ type: 'events_ended' });
  return streams;
}

const cases: readonly (readonly [title: string, maps: readonly MergedMap[], out: string])[] = [
  ['a stack alone', [counted(kernel, count(stackOf(0x10n), 3n))], 'vfs_read_[k] 3\n'],
  ['the outermost first, inlined frames marked', [counted(kernel, count(stackOf(0x10n, 0x11n), 3n))], 'ksys_read_[k];inner_[k]_[i];vfs_read_[k] 3\n'],
  ['user space below the kernel, wherever they stand', [counted(tuple(kernel, string(16), user), count([stackOf(0x10n), 'cat', stackOf(0x11n)], 1n))], 'cat;ksys_read;inner_[i];vfs_read_[k] 1\n'],
  ['no name', [counted(user, count(stackOf(0x99n), 1n))], '[unknown] 1\n'],
  ['no frames', [counted(tuple(string(16), kernel), count(['swapper', stackOf()], 2n))], 'swapper 2\n'],
  ['where the unwinder gave up', [counted(kernel, count(stackOf(0x10n, failed, 0x11n), 2n))], '<unwind failure>;vfs_read_[k] 2\n'],
  ['addresses', [counted(raw, count(stackOf(0x10n, 0xffn), 2n))], '0xff_[k];0x10_[k] 2\n'],
  ['stacks that look the same are one', [counted(tuple(int64, user), count([7n, stackOf(0x98n)], 2n), count([7n, stackOf(0x99n)], 5n))], '7;[unknown] 7\n'],
  ['what would end a frame or a line', [counted(tuple(string(16), kernel), count(['a;b\n\u001b[2J c', stackOf(0x10n)], 1n))], 'a:b \\x1b[2J c;vfs_read_[k] 1\n'],
  ['nothing above zero', [mapOf('@x', int64, kernel, [{ key: stackOf(0x10n), value: 0n }, { key: stackOf(0x11n), value: -4n }])], ''],
  ['a number', [mapOf('@x', int64, kernel, [{ key: stackOf(0x10n), value: 8n }])], 'vfs_read_[k] 8\n'],
  ['a total', [mapOf('@x', aggregate('avg'), kernel, [{ key: stackOf(0x10n), merged: { kind: 'stats', count: 2n, total: 10n, average: 5n } }])], 'vfs_read_[k] 10\n'],
  ['how many values', [mapOf('@x', aggregate('hist', [0n]), kernel, [{ key: stackOf(0x10n), merged: { kind: 'histogram', buckets: new Map([[3, 4n], [5, 1n]]) } }])], 'vfs_read_[k] 5\n'],
  ['two maps', [counted(kernel, count(stackOf(0x10n), 3n)), { ...counted(kernel, count(stackOf(0x10n), 4n)), spec: { ...counted(kernel).spec, scriptName: '@y' } }], '@x;vfs_read_[k] 3\n@y;vfs_read_[k] 4\n'],
];
for (const [title, maps, out] of cases) t.test(title, async (t) => { t.same(written(maps), { out, errors: '' }); });

t.test('maps without stacks are text on stderr', async (t) => {
  const plain = counted(int64, count(7n, 3n));
  t.same(written([plain, counted(kernel, count(stackOf(0x10n), 3n))]), { out: 'vfs_read_[k] 3\n', errors: '@x[7]: 3\n' });
  const scalar = mapOf('@x', int64, undefined, [{ key: undefined, value: 5n }]);
  const texts = mapOf('@x', string(8), kernel, [{ key: stackOf(0x10n), value: 'a' }]);
  const series = mapOf('@x', aggregate('tseries', [1n, 1n]), kernel, []);
  for (const { spec } of [plain, scalar, texts, series]) t.equal(hasStackMaps({ maps: [spec] } as unknown as Manifest), false);
  t.equal(hasStackMaps({ maps: [counted(kernel).spec] } as unknown as Manifest), true);
});

t.test('the arguments of print()', async (t) => {
  const map = counted(kernel, count(stackOf(0x11n), 30n), count(stackOf(0x10n), 50n));
  t.equal(written([map], { top: 1, divisor: 10, explicit: true }).out, 'vfs_read_[k] 5\n');
});
