// argdist on the running kernel, over a process that does a known number of things.

import t from 'tap';
import { runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';
import { overPython } from '../../helpers/tool-python.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const program = `
null = os.open('/dev/null', os.O_WRONLY)
for n in (1, 2, 3, 100, 100, 5000): os.pwrite(null, b'x' * n, 0)
for n in (1, 0, 1): os.getpriority(n, 0)
`;

/** The last report: what came since the attaching, but for -i. */
async function distributed(args: readonly string[], until?: RegExp): Promise<{ readonly stdout: string; readonly stderr: string; readonly status: number | null; readonly pid: number }> {
  return overPython({ program, args: (pid) => ['argdist', '-p', String(pid), ...args], ready: { stream: 'stdout', pattern: /\[\d\d:\d\d:\d\d\]\n|"columns"|^target_info.*\n/m }, until });
}

/** What the reports hold together: rows of counts by their text. */
function counts(stdout: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [, count, event] of stdout.matchAll(/^\t(\d+) +(.*)$/gm)) found[event!] = (found[event!] ?? 0) + Number(count);
  return found;
}

/** An emulated guest starts two commands a second: there only what this kernel lacks is tried. */
const notInGuests = onThisMachine();

t.test('counts, to the byte', notInGuests, async (t) => {
  const { stdout, stderr, status } = await distributed(['-c', '-C', 'p:c:pwrite64(int fd, void *buf, size_t count):size_t:count:count > 2#big', '-C', 'p:c:getpriority()', '-C', 'p:c:getpriority(int which):int,char*:which,$COMM']);
  t.equal(stderr, '');
  t.equal(status, 0);
  const last = stdout.slice(stdout.lastIndexOf('['));
  t.same(last.split('\n').slice(1), [
    'big', '\tCOUNT      EVENT', '\t1          count = 3', '\t1          count = 5000', '\t2          count = 100',
    'p:c:getpriority()', '\tCOUNT      EVENT', '\t3          total calls',
    'p:c:getpriority(int which):int,char*:which,$COMM', '\tCOUNT      EVENT', '\t1          which = 0, $COMM = python3', '\t2          which = 1, $COMM = python3', '',
  ]);
});

t.test('^C prints the report that had begun; -T', notInGuests, async (t) => {
  const { stdout } = await distributed(['-i', '1000', '-o', 'ndjson', '-T', '1', '-C', 'r:c:pwrite64()', '-C', 'r:c:pwrite64(int fd, void *b, size_t count):size_t:$entry(count):$latency > 0']);
  const rows = stdout.trim().split('\n').slice(1).map((line) => JSON.parse(line) as Record<string, unknown>);
  t.strictSame(rows.map(({ event, count }) => [event, count]), [['retval = 100', 2], ['$entry(count) = 100', 2]]);
});

t.test('metrics: all that was seen since the start; two histograms of one name are two', notInGuests, async (t) => {
  const size = 'p:c:pwrite64(int fd, void *buf, size_t count):size_t:count';
  const { stdout, stderr } = await distributed(['-o', 'prom', '-C', 'p:c:getpriority(int which):int:which#calls', '-H', size, '-H', `${size}@linear(0,10,5)`]);
  t.equal(stderr, '');
  const last = stdout.trimEnd().split('\n\n').at(-1)!;
  t.match(last, '\n# TYPE tbpf_argdist_count_total counter\ntbpf_argdist_count_total{specifier="calls",event="which = 0"} 1\ntbpf_argdist_count_total{specifier="calls",event="which = 1"} 2\n');
  t.match(last, '\n# TYPE tbpf_argdist_values histogram\ntbpf_argdist_values_count{specifier="count"} 6\n');
  const bucket = (specifier: string, le: string): number => Number(last.split('\n').find((line) => line.startsWith(`tbpf_argdist_values_bucket{specifier="${specifier}",le="${le}"} `))?.split(' ').at(-1));
  t.same(['0', '1', '3', '63', '127', '8191', '+Inf'].map((le) => bucket('count', le)), [0, 1, 3, 3, 5, 6, 6]);
  t.same(['-1', '4', '9', '+Inf'].map((le) => bucket('count (2)', le)), [0, 3, 3, 6]);
});

t.test('histograms, to the byte', notInGuests, async (t) => {
  const { stdout } = await distributed(['-c', '-H', 'p:c:pwrite64(int fd, void *buf, size_t count):size_t:count#bytes', '-H', 'p:c:getpriority(int which):int:which@linear(0,10,5)', '-H', 'r:c:pwrite64():int:$retval@pct']);
  const last = stdout.slice(stdout.lastIndexOf('[')).split('\n').slice(1);
  const row = (low: number, high: number, count: number, stars: number): string => `${String(low).padStart(10)} -> ${String(high).padEnd(10)} : ${String(count).padEnd(8)} |${'*'.repeat(stars).padEnd(40)}|`;
  t.same(last.slice(0, 14), [
    `     ${'bytes'.padEnd(19)} : count     distribution`,
    row(0, 1, 1, 20), row(2, 3, 2, 40), ...[4, 8, 16, 32].map((low) => row(low, 2 * low - 1, 0, 0)), row(64, 127, 2, 40), ...[128, 256, 512, 1024, 2048].map((low) => row(low, 2 * low - 1, 0, 0)), row(4096, 8191, 1, 20),
  ]);
  t.match(last[14], /^ {5}which +: count {5}distribution$/);
  t.match(last[15], / 0 -> 4 : 3 {8}\|\*{40}\|$/);
  t.match(last[16], /^ {5}\$retval: p50 <= 3, p90 <= 8191, p95 <= 8191, p99 <= 8191, p99\.9 <= 8191, n = 6$/);
});

t.test('a histogram for each value of something; names of enumerators and of flags', notInGuests, async (t) => {
  const { stdout } = await distributed([
    '-c', '-C', 'p:c:getpriority(int which):enum pid_type,gfp_t:which,which * 3520', '-H', 'p:c:pwrite64(int fd, void *buf, size_t count):size_t:count@by(count % 2)#bytes', '-H', 'p:c:getpriority(int which):int:which@pct@by((enum pid_type)which)',
  ]);
  const last = stdout.slice(stdout.lastIndexOf('[')).split('\n').slice(1);
  t.same(last.slice(2, 4), ['\t1          which = PIDTYPE_PID, which * 3520 = 0', '\t2          which = PIDTYPE_TGID, which * 3520 = GFP_KERNEL|__GFP_ZERO']);
  t.same(last.filter((line) => /^\S.* = \S+$/.test(line)), ['count % 2 = 0', 'count % 2 = 1', '(enum pid_type)which = PIDTYPE_PID', '(enum pid_type)which = PIDTYPE_TGID'], 'in the order of their values');
  const rows = (from: string): string[] => {
    const at = last.indexOf(from);
    return last.slice(at - 1, last.indexOf('', at)).filter((line) => !/ : 0 /.test(line)).map((line) => line.replace(/ *\|.*/, ''));
  };
  t.same(rows('count % 2 = 0'), ['', 'count % 2 = 0', `     ${'bytes'.padEnd(19)} : count     distribution`, '         2 -> 3          : 1', '        64 -> 127        : 2', '      4096 -> 8191       : 1']);
  const json = await distributed(['-c', '-o', 'ndjson', '-H', 'p:c:getpriority(int which):int:which@linear(0,10,5)@by($COMM)']);
  t.match(JSON.parse(json.stdout.trim().split('\n').at(-1)!), { key: '$COMM = python3', low: 0, high: 4, count: 3 });
});

t.test('-n, -i, -d', notInGuests, async (t) => {
  const { stdout, status } = await distributed(['-n', '2', '-i', '1', '-C', 'p:c:getpriority()'], /(\[.*\n[^]*){2}/);
  t.equal(status, 0);
  t.equal(stdout.match(/^\[\d\d:\d\d:\d\d\]$/gm)?.length, 2);
});

t.test('-d: how long it goes on; its last report may be of a part of an interval', notInGuests, async (t) => {
  const { stdout, status } = await distributed(['-d', '3', '-i', '2', '-C', 'p:c:getpriority()'], /(\[.*\n[^]*){2}/);
  t.equal(status, 0);
  t.equal(stdout.match(/^\[\d\d:\d\d:\d\d\]$/gm)?.length, 2);
  t.strictSame(counts(stdout), { 'total calls': 3 });
});

t.test('-t: only this thread, of user functions too', notInGuests, async (t) => {
  const own = await overPython({ program, args: (pid) => ['argdist', '-t', String(pid), '-C', 'p:c:getpriority()'], ready: { stream: 'stdout', pattern: /\[\d\d:\d\d:\d\d\]\n/ } });
  t.strictSame(counts(own.stdout), { 'total calls': 3 });
  const other = await overPython({ program, args: (pid) => ['argdist', '-p', String(pid), '-t', '1', '-C', 'p:c:getpriority()'], ready: { stream: 'stdout', pattern: /\[\d\d:\d\d:\d\d\]\n/ } });
  t.strictSame(counts(other.stdout), {}, 'a thread that the process does not have');
});

t.test('--time-format', notInGuests, async (t) => {
  for (const [format, heading] of [['iso', /^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/m], ['epoch', /^\[\d{10}(\.\d+)?\]$/m], ['rel', /^\[\d+\.\d+\]$/m]] as const) {
    const { stdout } = await overPython({ program, args: (pid) => ['argdist', '-p', String(pid), '--time-format', format, '-C', 'p:c:getpriority()'], ready: { stream: 'stdout', pattern: /^\[.*\]\n/m } });
    t.match(stdout, heading, format);
  }
});

t.test('forms for programs', notInGuests, async (t) => {
  const { stdout } = await distributed(['-o', 'ndjson', '-C', 'p:c:getpriority(int which):int:which:which == 1#ones', '-H', 'p:c:pwrite64(int f, void *b, size_t n):u64:n:n > 1000']);
  const rows = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  t.match(rows.find(({ label }) => label === 'ones'), { type: 'row', event: 'which = 1', count: 2, low: null });
  t.match(rows.find(({ label }) => label === 'n'), { event: null, low: 4096, high: 8191, count: 1 });
});

const wrong: [args: readonly string[], status: number, stderr: RegExp][] = [
  [[], 1, /^at least one specifier is required\n$/],
  [['-i', '0'], 2, /argument -i\/--interval: '0' is less than 1\n$/],
  [['-v', '-C', 'x:c:getpid()'], 1, /^error parsing probe 'x:c:getpid\(\)': probe type must be 'p', 'r', 't', or 'u' but got 'x'\n {4}x:c:getpid\(\)\n {4}\^\nError: probe type .*\n +at /],
  [['-C', 'p:c:getpid'], 1, /^error parsing probe 'p:c:getpid': function signature 'getpid' has an invalid format\n/],
];
for (const [args, status, stderr] of wrong) {
  t.test(`wrong: argdist ${args.join(' ')}`, async (t) => {
    const result = await runCommand(['argdist', ...args], { timeoutMs: 60_000 });
    t.equal(result.status, status);
    t.match(result.stderr, stderr);
  });
}

t.test('kernel functions, and how long they took', async (t) => {
  if (!needs(t, 'kprobe')) return;
  const { stdout, stderr } = await distributed(['-C', 'r::__x64_sys_getpriority():u32:$PID:$latency > 0', '-C', 'p::__x64_sys_getpriority(int which):int:which']);
  t.equal(stderr, '');
  t.match(counts(stdout), { 'which = 1': 2, 'which = 0': 1 });
});
