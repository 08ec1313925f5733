// The scripts of funccount, trace and argdist on made-up calls.

import t from 'tap';
import { simulate, type Simulation, type TraceEvent } from '../../../lib/simulate.js';
import type { Histogram } from '../../../lib/index.js';
import { programOf } from '../../../lib/api/program.js';
import { argdistScript } from '../../../tools/argdist/script.js';
import { funccountScript, rowsOf } from '../../../tools/funccount/funccount.js';
import { formatted } from '../../../tools/trace/format.js';
import { traceScript } from '../../../tools/trace/script.js';
import { fieldType } from '../../../tools/probes/names.js';
import { compiledForCalls } from '../../helpers/many-calls.js';

const READ = 'kprobe:vfs_read';
const WRITE = 'kprobe:vfs_write';

// ---- funccount

const nobody = { owners: [], pid: undefined, cpu: undefined, by: undefined, includeSelf: false, ownPid: 1 } as const;
const calls: readonly (readonly [probe: string, world: { readonly pid: number; readonly comm: string; readonly cpu: number }])[] = [
  [READ, { pid: 1, comm: 'self', cpu: 0 }], [READ, { pid: 7, comm: 'a', cpu: 0 }], [READ, { pid: 7, comm: 'a', cpu: 1 }], [READ, { pid: 8, comm: 'b', cpu: 1 }], [WRITE, { pid: 8, comm: 'b', cpu: 1 }],
];
const counted: [title: string, options: Partial<Parameters<typeof funccountScript>[1]>, want: readonly string[]][] = [
  ['all but itself', {}, ['vfs_write 1', 'vfs_read 3']],
  ['itself too', { includeSelf: true }, ['vfs_write 1', 'vfs_read 4']],
  ['a process', { pid: 7 }, ['vfs_read 2']],
  ['a CPU', { cpu: 1 }, ['vfs_write 1', 'vfs_read 2']],
  ['by name', { by: 'comm' }, ['vfs_read b 1', 'vfs_write b 1', 'vfs_read a 2']],
  ['by CPU', { by: 'cpu' }, ['vfs_read 0 1', 'vfs_write 1 1', 'vfs_read 1 2']],
];
for (const [title, options, want] of counted) {
  t.test(`funccount: ${title}`, async (t) => {
    const simulation = simulate(compiledForCalls(funccountScript({ points: ['kprobe:vfs_read|vfs_write'] }, { ...nobody, ...options })));
    for (const [probe, world] of calls) simulation.fire(probe, world);
    const rows = rowsOf([...simulation.maps.get('@calls')], { names: new Map(), by: options.by, sort: 'count', top: undefined, timeNs: 0n, seconds: 1 });
    t.same(rows.map(({ func, by, count }) => [func, ...(by === '' ? [] : [by]), count].join(' ')), want);
  });
}

// ---- trace

const plain = { stringBytes: 80, binary: false, kernelStack: false, userStack: false, conditions: [], fields: '', definitions: '' };
const symbols = { symbol: (): string => '' };

/** The lines of a probe, without columns. */
function traced(text: string, fire: (simulation: Simulation) => readonly TraceEvent[]): string[] {
  const { text: script, probes } = traceScript([text], plain);
  const program = compiledForCalls(script);
  const { sites } = programOf(program);
  return fire(simulate(program)).map((event) => {
    if (event.type !== 'emit') throw new Error(event.type);
    const { format } = probes[0]!;
    const names = format?.conversions.map((_, i) => `v${i}`) ?? [];
    const record = sites[event.site]!.types[0];
    return format === undefined ? '' : formatted(format, names.map((name) => (event.fields as Record<string, unknown>)[name]), names.map((name) => fieldType(record, name)), symbols);
  });
}

const memory = new Map([[0x2000n, Buffer.from('text\0')]]);
const traces: [text: string, args: readonly bigint[], want: readonly string[]][] = [
  ['vfs_read "%d %x %llu %hd", arg1, arg2, arg3, arg4', [-1n, 255n, 2n ** 64n - 1n, 0x18000n], ['-1 ff 18446744073709551615 -32768']],
  ['vfs_read (arg1 == 3) "%d", arg1', [4n], []],
  ['vfs_read ((int)arg1 < 0 && arg2 > 1) "%d", arg1', [0xffff_ffffn, 2n], ['-1']],
  ['vfs_read "%s|%5d|", arg1@user, arg2', [0x2000n, 7n], ['text|    7|']],
  ['vfs_read (STRCMP("te", arg1@user) && !STREQ("te", arg1@user) && STRSTR("ex", arg1@user)) "%s", arg1@user', [0x2000n], ['text']],
  ['vfs_read(struct file *f, gfp_t flags, enum pid_type t) "%T %T", flags, t', [0n, 0xcc1n, 2n], ['GFP_KERNEL|__GFP_DMA PIDTYPE_PGID']],
  ['vfs_read "%.3B %e %p", arg1@user, -2, arg2', [0x2000n, 16n], ['74 65 78 ENOENT 0x10']],
  ['vfs_read "100%%"', [], ['100%']],
  ['vfs_read', [], ['']],
];
for (const [text, args, want] of traces) t.test(`trace: ${text}`, async (t) => t.same(traced(text, (simulation) => simulation.fire(READ, { args, memory })), want));

// ---- argdist

/** entries in an order that does not depend on the map */
const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1);

const none = { stringBytes: 80, conditions: [], definitions: '' };

t.test('argdist: counts and histograms', async (t) => {
  const { text } = argdistScript([
    { kind: 'count', text: 'p::vfs_read(void *f, char *b, size_t n):size_t,char*:n,$COMM:n > 1' }, { kind: 'hist', text: 'p::vfs_read(void *f, char *b, size_t n):size_t:n@by($PID)' },
    { kind: 'hist', text: 'p::vfs_read(void *f, char *b, size_t n):size_t:n@linear(0,10,5)' }, { kind: 'count', text: 'p::vfs_read()' },
  ], none);
  const simulation = simulate(compiledForCalls(text));
  for (const [pid, n] of [[7, 1n], [7, 3n], [8, 3n], [8, 2n ** 32n]] as const) simulation.fire(READ, { pid, comm: 'c', args: [0n, 0n, n] });
  t.same([...simulation.maps.get('@count0')].map(({ key, value }) => [key, value]).sort(byText), [[[3n, 'c'], 2n], [[2n ** 32n, 'c'], 1n]]);
  const filled = (histogram: unknown): unknown => (histogram as Histogram).rows.filter(({ count }) => count > 0n).map(({ min, count }) => [min, count]);
  t.same([...simulation.maps.get('@hist1')].map(({ key, value }) => [key, filled(value)]).sort(byText), [[7, [[1n, 1n], [2n, 1n]]], [8, [[2n, 1n], [2n ** 32n, 1n]]]]);
  t.same(filled(simulation.maps.get('@hist2').value), [[0n, 3n], [undefined, 1n]].map(([min, count]) => [min ?? 10n, count]));
  t.equal(simulation.maps.get('@count3').value, 4n);
});

t.test('argdist: what the return knows of the entry, also of calls within calls', async (t) => {
  const { text } = argdistScript([{ kind: 'count', text: 'r::vfs_read(void *f, char *b, size_t n):size_t,u64:$entry(n),$latency:(int)$retval >= 0' }], none);
  const simulation = simulate(compiledForCalls(text));
  const enter = (nsecs: bigint, n: bigint, tid = 7): void => void simulation.fire(READ, { tid, nsecs, args: [0n, 0n, n] });
  const leave = (nsecs: bigint, retval: number, tid = 7): void => void simulation.fire('kretprobe:vfs_read', { tid, nsecs, retval });
  leave(1n, 0);
  enter(10n, 1n);
  enter(20n, 2n);
  enter(25n, 9n, 8);
  leave(30n, 0);
  leave(50n, 0);
  leave(60n, -5, 8);
  t.same([...simulation.maps.get('@count0')].map(({ key }) => key).sort(byText), [[1n, 40n], [2n, 10n]]);
  t.equal(simulation.maps.get('@entry0').size, 0, 'nothing is kept');
  t.equal(simulation.maps.get('@depth0').size, 0);
});
