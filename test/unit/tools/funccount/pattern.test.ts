// Patterns of funccount, its script and its table.

import t from 'tap';
import { funccountScript, rowsOf, tableText } from '../../../../tools/funccount/funccount.js';
import { parsePattern } from '../../../../tools/funccount/pattern.js';

const find = (name: string): string | undefined => (name === 'c' ? '/lib/libc.so.6' : name.includes('/') ? name : undefined);

/** fits: names that the pattern means, and names that it does not */
const rows: [text: string, regexp: boolean, kind: string, fits: readonly string[], others: readonly string[]][] = [
  ['vfs_*', false, 'kernel', ['vfs_', 'vfs_read'], ['xvfs_read', 'vfs']],
  ['p::vfs_read', false, 'kernel', ['vfs_read'], ['vfs_readv']],
  ['::vfs_read', false, 'kernel', ['vfs_read'], []],
  [':vfs_read', false, 'kernel', ['vfs_read'], []],
  ['*tcp*send*', false, 'kernel', ['tcp_sendmsg', '__tcp_send_ack'], ['tcp_recvmsg']],
  // no character but those of patterns means anything
  ['a.b', false, 'kernel', ['a.b'], ['axb']],
  ['f(x|y)', false, 'kernel', ['f(x|y)'], ['fx']],
  ['vfs_{read,write}', false, 'kernel', ['vfs_read', 'vfs_write'], ['vfs_open']],
  ['vfs_?ead[v]', false, 'kernel', ['vfs_readv'], ['vfs_read']],
  ['^vfs.*', true, 'kernel', ['vfs_read'], ['xvfs_read']],
  ['vfs', true, 'kernel', ['vfs'], ['vfs_read']],
  ['c:malloc', false, 'user', ['malloc'], ['malloc_usable_size']],
  ['p:c:malloc', false, 'user', ['malloc'], []],
  ['c:(read|write)$', true, 'user', ['read', 'write'], ['readv']],
  ['c:(read|write)', true, 'user', ['read', 'readv'], ['xread']],
  ['./test:read*', false, 'user', ['read1'], ['aread']],
  ['./test:"ns::f"', false, 'user', ['ns::f'], ['f']],
  ['./test:ns\\:\\:f', false, 'user', ['ns::f'], ['f']],
  ['t:block:*', false, 'tracepoint', ['block:block_rq_issue'], ['sched:block_x']],
  ['t:b*:*rq*', false, 'tracepoint', ['block:block_rq_issue'], ['sched:sched_rq']],
  ['u:c:mem*', false, 'usdt', ['memory_sbrk_more'], ['xmem']],
  ['u:/opt/app:gc__{start,done}', false, 'usdt', ['gc__start', 'gc__done'], ['gc__begin']],
  ['u:*:gc', true, 'usdt', ['gc__start'], ['a_gc']],
  ['t:sched:sched_(fork|exec)', true, 'tracepoint', ['sched:sched_fork', 'sched:sched_forked'], ['sched:sched_exit']],
];
for (const [text, regexp, kind, fits, others] of rows) {
  t.test(`${regexp ? '-r ' : ''}${text}`, async (t) => {
    const pattern = parsePattern(text, { regexp }, find);
    t.equal(pattern.kind, kind);
    for (const name of fits) t.ok(pattern.fits(name), `means ${name}`);
    for (const name of others) t.notOk(pattern.fits(name), `does not mean ${name}`);
  });
}

const wrong: [text: string, message: RegExp][] = [
  ['a:b:c:d', /^Too many ':'-separated components in pattern a:b:c:d$/],
  ['x:b:c', /^Type must be 'p', 't', or 'u', but got x$/],
  ['u::probe', /^u::probe: a USDT probe needs its library or program, u:library:probe, or with -p the process whose files are searched$/],
  ['u:nosuchlib:probe', /^unable to find library nosuchlib/],
  ['u:c:provider:probe', /^Too many ':'-separated components/],
  ['nosuchlib:f', /^unable to find library nosuchlib/],
];
for (const [text, message] of wrong) t.test(`wrong: ${text}`, async (t) => { t.throws(() => parsePattern(text, { regexp: false }, find), { message }); });
t.test('wrong: -r c:(', async (t) => { t.throws(() => parsePattern('c:(', { regexp: true }, find), { message: /^c:\(: Invalid regular expression/ }); });

t.test('USDT probes: which file is meant', async (t) => {
  t.equal(parsePattern('u:c:x', { regexp: false }, find).binary, '/lib/libc.so.6');
  t.equal(parsePattern('u::x', { regexp: false, pid: 7 }, find).binary, '*');
  t.equal(parsePattern('u:*:x', { regexp: false }, find).binary, '*');
});

t.test('script', async (t) => {
  const plain = { owners: [], pid: undefined, cpu: undefined, by: undefined, includeSelf: false, ownPid: 9 };
  t.equal(funccountScript({ points: ['kprobe:a|b', 'tracepoint:x:y'] }, plain), 'kprobe:a|b,\ntracepoint:x:y\n/pid != 9/\n{\n  @calls[probe] = count();\n}\n');
  t.equal(funccountScript({ points: ['kprobe:a'] }, { ...plain, includeSelf: true }), 'kprobe:a\n{\n  @calls[probe] = count();\n}\n');
  t.equal(funccountScript({ points: ['kprobe:a'] }, { ...plain, pid: 7, cpu: 1, by: 'comm', owners: ['(a == 1 || b)'] }), 'kprobe:a\n/pid == 7 && cpu == 1 && (a == 1 || b)/\n{\n  @calls[probe, comm] = count();\n}\n');
});

const names = new Map([['kprobe:a', 'a'], ['kprobe:b', 'b'], ['tracepoint:x:y', 'x:y']]);
const given = { names, by: undefined, sort: 'count', top: undefined, timeNs: 0n, seconds: 2 } as const;
const entries = [{ key: 'kprobe:b', value: 7n }, { key: 'kprobe:a', value: 7n }, { key: 'tracepoint:x:y', value: 3n }, { key: 'uprobe:/proc/1/root/lib/x.so:f', value: 1n }, { key: 'kprobe:never', value: 0n }];

t.test('rows: ascending, without zeros', async (t) => {
  t.same(rowsOf(entries, given).map(({ func, count }) => `${func} ${count}`), ['f 1', 'x:y 3', 'a 7', 'b 7']);
  t.same(rowsOf(entries, { ...given, top: 2 }).map(({ func }) => func), ['a', 'b']);
  t.same(rowsOf(entries, { ...given, sort: 'name' }).map(({ func }) => func), ['a', 'b', 'f', 'x:y']);
  t.same(rowsOf([{ key: ['kprobe:a', 12], value: 4n }], { ...given, by: 'pid' }).map(({ func, by, rate }) => [func, by, rate]), [['a', '12', 2]]);
});

t.test('table', async (t) => {
  const plain = { by: undefined, rate: false, time: undefined, clean: (name: string) => name } as const;
  const [row] = rowsOf([{ key: 'kprobe:a', value: 5n }], given);
  t.equal(tableText([row!], plain), `\n${'FUNC'.padEnd(36)}    COUNT\n${'a'.padEnd(36)}        5\n`);
  t.equal(tableText([], { ...plain, time: '12:00:00' }), `\n12:00:00\n${'FUNC'.padEnd(36)}    COUNT\n`);
  t.equal(tableText([row!], { ...plain, rate: true }), `\n${'FUNC'.padEnd(36)}   RATE/s\n${'a'.padEnd(36)}      2.5\n`);
  t.equal(tableText([{ ...row!, func: 'x'.repeat(40), count: 123456789n }], plain).split('\n')[2], `${'x'.repeat(40)} 123456789`, 'nothing is cut');
});
