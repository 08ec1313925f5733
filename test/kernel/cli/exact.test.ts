// Counts, sums and histograms under load on all CPUs, while they are printed and cleared, printed and zeroed: what was printed adds up to what the load made.
//
//   in     TBPF_LOADS: how many times the load; one more means a longer test
//   idea   each process of the load is bound to a CPU and calls a known number of times; a timer prints and empties, and what is printed at the end is the rest
//   facts  script-map.ts: print() with clear() or zero() behind it is exact for maps that programs only add to

import { cpus } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const CALLS = 100_000 * Number(process.env['TBPF_LOADS'] ?? 1);
const PROCESSES = 2;

/** Processes of one name, each on a CPU; sched_setaffinity is system call 203 on x86_64, 122 on arm64. */
const load = `$0 = "tbpf-exact"; for my $n (1 .. ${PROCESSES}) { fork or do {
  my $mask = pack "Q", 1 << ($n - 1) % ${cpus().length}; syscall(${process.arch === 'x64' ? 203 : 122}, 0, 8, $mask) >= 0 or die "not bound";
  getppid for 1 .. ${CALLS}; exit } } 1 while wait > 0`;

const program = join(t.testdir({ load }), 'load');

interface Line { readonly type: string; readonly data: unknown }
type Keyed = Readonly<Record<string, unknown>>;

/** What a map's value stands for. */
type Amount = (value: never) => number;
const buckets: Amount = (rows: readonly { readonly count: number }[]) => rows.reduce((sum, { count }) => sum + count, 0);
const itself: Amount = (value: number) => value;

const maps: readonly (readonly [title: string, statement: string, type: string, amountOf: Amount, perCall: number])[] = [
  ['count by key', '@m[pid % 2, comm] = count();', 'map', itself, 1],
  ['sum by key', '@m[cpu] = sum(3);', 'map', itself, 3],
  ['stats by key', '@m[cpu] = stats(2);', 'stats', ({ total }: { readonly total: number }) => total, 2],
  ['@m[key]++', '@m[pid % 2]++;', 'map', itself, 1],
  ['hist by key', '@m[cpu] = hist(pid);', 'hist', buckets, 1],
  ['lhist by key', '@m[cpu] = lhist(pid, 0, 1000000, 1000);', 'hist', buckets, 1],
];
for (const emptied of ['clear', 'zero'] as const) {
  for (const [title, statement, type, amountOf, perCall] of maps) {
    t.test(`${title}, print and ${emptied}`, async (t) => {
      if (!needs(t, 'root', 'tracepoint', 'software')) return;
      const script = `tracepoint:syscalls:sys_enter_getppid /comm == "tbpf-exact"/ { @calls++; ${statement} } interval:ms:5 { print(@m); ${emptied}(@m); @prints++; }`;
      const { stdout, stderr, status } = await runCommand(['-f', 'json', '-c', `perl ${program}`, '-e', script], { timeoutMs: 120_000 });
      t.equal(status, 0);
      t.equal(stderr, '', 'nothing was lost');
      const lines = stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
      const ofMaps = lines.filter((line) => ['map', 'stats', 'hist'].includes(line.type)).map(({ type, data }) => ({ type, data: data as Keyed }));
      const single = (name: string): unknown => ofMaps.find(({ data }) => name in data)?.data[name];
      const printed = ofMaps.filter((line) => line.type === type && '@m' in line.data).map(({ data }) => data['@m'] as Keyed);
      const total = printed.flatMap((values) => Object.values(values)).reduce((sum: number, value) => sum + amountOf(value as never), 0);
      t.equal(single('@calls'), PROCESSES * CALLS, 'each call was seen');
      t.equal(total, PROCESSES * CALLS * perCall, `in ${printed.length} prints`);
      t.ok(printed.length > 3, `printed ${printed.length} times`);
    });
  }
}

t.test('what a full map could not count is told: both together are what the load made', async (t) => {
  if (!needs(t, 'root', 'tracepoint', 'software')) return;
  const script = 'let @m = percpuhash(100); tracepoint:syscalls:sys_enter_getppid /comm == "tbpf-exact"/ { @m[nsecs % 400] = count(); }';
  const { stdout, status } = await runCommand(['-f', 'json', '-c', `perl ${program}`, '-e', script], { timeoutMs: 120_000 });
  t.equal(status, 0);
  const lines = stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line & { readonly count?: number });
  const told = lines.filter(({ type }) => type === 'helper_error').reduce((sum, { count = 1 }) => sum + count, 0);
  const counted = lines.flatMap(({ type, data }) => (type === 'map' && '@m' in (data as Keyed) ? Object.values((data as Record<'@m', Record<string, number>>)['@m']) : [])).reduce((sum, count) => sum + count, 0);
  t.ok(told > 0 && counted > 0, `${counted} counted, ${told} told`);
  t.equal(told + counted, PROCESSES * CALLS);
});
