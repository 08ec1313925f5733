// Probes of trace as scripts.

import t from 'tap';
import type { Type } from '../../../../lib/index.js';
import grammar from '../../../../tools/trace/grammar.generated.js';
import { parseFormat, formatted } from '../../../../tools/trace/format.js';
import { traceScript, type ScriptOptions } from '../../../../tools/trace/script.js';
import { namedText, shownText } from '../../../../tools/probes/names.js';
import { aggregateText } from '../../../../tools/trace/trace.js';
import { readings, type Grammar } from '../../../../tools/probes/parse.js';
import { gfpFlagsOf } from '../../../../tools/shared/constants.js';
import { ProbeTextError } from '../../../../tools/probes/problem.js';

const files: Readonly<Record<string, string>> = { c: '/lib/libc.so.6', bash: '/usr/bin/bash', '/a:b/lib.so': '/a:b/lib.so' };
const options: ScriptOptions = {
  stringBytes: 80, binary: false, kernelStack: false, userStack: false, conditions: [], fields: '', definitions: '', find: (name) => files[name],
};
const always = 'ns = nsecs, pid = pid, tid = tid, comm = comm, cpu = cpu, uid = uid';

/** head: attach point and predicate; values: fields of the record behind those that every record has */
const rows: [text: string, head: string, values?: string][] = [
  // places
  ['do_sys_openat2', 'kprobe:do_sys_openat2'],
  ['p::do_sys_openat2', 'kprobe:do_sys_openat2'],
  ['::do_sys_openat2', 'kprobe:do_sys_openat2'],
  ['r::do_sys_openat2', 'kretprobe:do_sys_openat2'],
  ['kfree_skb+0x12', 'kprobe:kfree_skb+18'],
  ['c:open', 'uprobe:/lib/libc.so.6:open'],
  ['p:c:open+4', 'uprobe:/lib/libc.so.6:open+4'],
  ['r:bash:readline "%s", retval', 'uretprobe:/usr/bin/bash:readline', 'v0 = str(retval, 80)'],
  ['p:/a:b/lib.so:f', 'uprobe:"/a:b/lib.so":f'],
  ['t:block:block_rq_complete "sectors=%d", args->nr_sector', 'tracepoint:block:block_rq_complete', 'v0 = (int32)args.nr_sector'],
  ['  c:open  ', 'uprobe:/lib/libc.so.6:open'],
  // what names mean
  ['do_sys_openat2 "%s", arg2@user', 'kprobe:do_sys_openat2', 'v0 = str(uptr(arg1), 80)'],
  ['r::do_sys_openat2 "%llx", retval', 'kretprobe:do_sys_openat2', 'v0 = (uint64)retval'],
  ['c:open (arg2 == 42) "%s %d", arg1, arg2', 'uprobe:/lib/libc.so.6:open /(arg1 == 42)/', 'v0 = str(arg0, 80), v1 = (int32)arg1'],
  ['c:malloc "size = %d", arg1', 'uprobe:/lib/libc.so.6:malloc', 'v0 = (int32)arg0'],
  ['p:c:write (arg1 == 1) "writing %d bytes to STDOUT", arg3', 'uprobe:/lib/libc.so.6:write /(arg0 == 1)/', 'v0 = (int32)arg2'],
  ['r:c:malloc (retval) "allocated = %x", retval', 'uretprobe:/lib/libc.so.6:malloc /retval/', 'v0 = (uint32)retval'],
  ['p:c:open(char *filename) "opening %s", filename', 'uprobe:/lib/libc.so.6:open', 'v0 = str(((int8 *)arg0), 80)'],
  ['udpv6_sendmsg(struct sock *sk) (sk->sk_dport == 13568)', 'kprobe:udpv6_sendmsg /(((struct sock *)arg0).__sk_common.skc_dport == 13568)/'],
  ['mntns_install "users = %d", $task->fs->users', 'kprobe:mntns_install', 'v0 = (int32)curtask.fs.users'],
  ['f "%d %d %d %d %d", $pid, $tgid, $uid, $gid, $cpu', 'kprobe:f', 'v0 = (int32)tid, v1 = (int32)pid, v2 = (int32)uid, v3 = (int32)gid, v4 = (int32)cpu'],
  ['f (ctx->dx == 1)', 'kprobe:f /(reg("dx") == 1)/'],
  ['__x64_sys_openat(int dfd, const char __user *name) "%d %s", dfd, name', 'kprobe:__x64_sys_openat', 'v0 = (int32)((int32)((struct pt_regs *)arg0).di), v1 = str(uptr((int8 *)((struct pt_regs *)arg0).si), 80)'],
  ['f(char __user *s) "%s", s', 'kprobe:f', 'v0 = str(uptr((int8 *)arg0), 80)'],
  // USDT probes
  ['u:c:memory_sbrk_more (arg2 > 4) "%d %s", arg12, arg1', 'usdt:/lib/libc.so.6:memory_sbrk_more /(arg1 > 4)/', 'v0 = (int32)arg11, v1 = str(arg0, 80)'],
  ['u:c:libc:memory_sbrk_more', 'usdt:/lib/libc.so.6:libc:memory_sbrk_more'],
  ['u:*:libc:*', 'usdt:*:libc:*'],
  // names that begin like others
  ['f(int myarg1, int arg10) (myarg1 == arg10)', 'kprobe:f /(((int32)arg0) == ((int32)arg1))/'],
  // parameters by the kernel's own names
  ['do_sys_openat2 "%s %d", filename, how->flags', 'fentry:do_sys_openat2', 'v0 = str(args.filename, 80), v1 = (int32)args.how.flags'],
  ['r::vfs_read ((int)retval < 0) "%d", count', 'fexit:vfs_read /(((int32)retval) < 0)/', 'v0 = (int32)args.count'],
  // expressions
  ['f(int a)(a>1)', 'kprobe:f /(((int32)arg0) > 1)/'],
  ['f (a>1)', 'fentry:f /(args.a > 1)/'],
  ['f (arg1 == (arg2 + (arg3 * 2)) && !(arg4 & 0x10) || arg5)', 'kprobe:f /(((arg0 == (arg1 + (arg2 * 2))) && (!(arg3 & 16))) || arg4)/'],
  ['f (arg1 - 2 - 1 < -1)', 'kprobe:f /(((arg0 - 2) - 1) < (-1))/'],
  ['f (arg1 ? arg2 : arg3)', 'kprobe:f /(arg0 ? arg1 : arg2)/'],
  ['f (*(unsigned long *)arg1 == 1)', 'kprobe:f /((*((uint64 *)arg0)) == 1)/'],
  ['f (((struct file *)arg1)->f_mode)', 'kprobe:f /((struct file *)arg0).f_mode/'],
  ['f ((arg1) - 1)', 'kprobe:f /(arg0 - 1)/'],
  ["f (arg1 == 'a' || arg1 == '\\n' || arg1 == 010)", 'kprobe:f /(((arg0 == 97) || (arg0 == 10)) || (arg0 == 8))/'],
  ['f(int v[]) (v[2] == sizeof(long))', 'kprobe:f /(((int32 *)arg0)[2] == sizeof(int64))/'],
  ['f(struct file *x) (&x->f_path == 1)', 'kprobe:f /(((uint64)((struct file *)arg0) + offsetof(*((struct file *)arg0), f_path)) == 1)/'],
  ['r::f ((int)retval == -ENOENT)', 'kretprobe:f /(((int32)retval) == (-2))/'],
  ['f (arg1 == TCP_ESTABLISHED)', 'kprobe:f /(arg0 == TCP_ESTABLISHED)/'],
  // strings
  ['p:c:open (STRCMP("test.txt", arg1)) "opening %s", arg1', 'uprobe:/lib/libc.so.6:open /(strncmp(str(arg0, 9), "test.txt", 8) == 0)/', 'v0 = str(arg0, 80)'],
  ['c:open (STREQ("a\\"\\n", arg1))', 'uprobe:/lib/libc.so.6:open /(str(arg0, 5) == "a\\x22\\x0a")/'],
  ['c:open (STRSTR("b", arg1) && STRPREFIX("/", arg1))', 'uprobe:/lib/libc.so.6:open /(strcontains(str(arg0, 80), "b") && (strncmp(str(arg0, 2), "/", 1) == 0))/'],
  ['do_sys_openat2 (STRCMP("é", arg2@user))', 'kprobe:do_sys_openat2 /(strncmp(str(uptr(arg1), 3), "\\xc3\\xa9", 2) == 0)/'],
  // what is in quotes is no syntax
  ['f "a, (b) %% %s", arg1', 'kprobe:f', 'v0 = str(arg0, 80)'],
  // a comma within a call
  ['f "%d %d", STRCMP("a", arg1), arg2', 'kprobe:f', 'v0 = (int32)(strncmp(str(arg0, 2), "a", 1) == 0), v1 = (int32)arg1'],
  // conversions
  ['f "%d %u %x %hd %hu %ld %lu %lx %lld %llu %llx %c", arg1, arg1, arg1, arg1, arg1, arg1, arg1, arg1, arg1, arg1, arg1, arg1', 'kprobe:f',
    ['int32', 'uint32', 'uint32', 'int16', 'uint16', 'int64', 'uint64', 'uint64', 'int64', 'uint64', 'uint64', 'uint8'].map((type, i) => `v${i} = (${type})arg0`).join(', ')],
  ['f "%K %U %p %e %T %.4B %B %I %S", arg1, arg1, arg1, arg1, arg1, arg1, arg1, arg1, arg1', 'kprobe:f',
    'v0 = ksym((uint64)arg0), v1 = usym((uint64)arg0), v2 = (uint64)arg0, v3 = (int64)(int32)arg0, v4 = arg0, v5 = buf(arg0, 4), v6 = buf(arg0, 16), v7 = ntop(arg0), v8 = *arg0'],
];
for (const [text, head, values] of rows) {
  t.test(text, async (t) => {
    t.equal(traceScript([text], options).text, `${head}\n{\n  emit("probe0", (${always}${values === undefined ? '' : `, ${values}`}));\n}\n`);
    t.equal(readings(text, 'trace', grammar as unknown as Grammar).length, 1, 'one reading');
  });
}

t.test('what the options add', async (t) => {
  const { text } = traceScript(['c:open (arg2)', 'f'], { ...options, kernelStack: true, userStack: true, conditions: ['pid == 1', 'uid == 0'], fields: ', owner = cgroup', definitions: 'struct x { int a; }', binary: true });
  t.equal(text, [
    'struct x { int a; }',
    `uprobe:/lib/libc.so.6:open /pid == 1 && uid == 0 && arg1/\n{\n  emit("probe0", (${always}, kernel_stack = kstack, user_stack = ustack, owner = cgroup));\n}\n`,
    `kprobe:f /pid == 1 && uid == 0/\n{\n  emit("probe1", (${always}, kernel_stack = kstack, user_stack = ustack, owner = cgroup));\n}\n`,
  ].join('\n'));
});

t.test('-B', async (t) => {
  t.equal(traceScript(['f (STRCMP("{0x6C, 0}", arg1))'], { ...options, binary: true }).text.split('\n')[0], 'kprobe:f /(*(uint8 *)(arg0 + 0) == 108 && *(uint8 *)(arg0 + 1) == 0)/');
  t.throws(() => traceScript(['f (STRCMP("ab", arg1))'], { ...options, binary: true }), /list of bytes in braces/);
  t.throws(() => traceScript(['f (STRCMP("{256}", arg1))'], { ...options, binary: true }), /list of bytes in braces/);
});

/** marked: what the message points at */
const wrong: [text: string, message: string, marked: string][] = [
  ['x:c:open', "probe type must be '', 'p', 't', 'r', or 'u', but got 'x'", 'x'],
  ['f+zz', "invalid offset format  'zz', must be decimal or hexadecimal", 'f+zz'],
  ['r::f+4', 'a return has no offset', 'f+4'],
  ['t:a:b(int x)', "USDT and tracepoint probes can't have a function signature; use arg1, arg2, ... instead", '(int x)'],
  ['t:a', 'unable to find library t', 't:a'],
  ['u:c:probe(int x)', "USDT and tracepoint probes can't have a function signature; use arg1, arg2, ... instead", '(int x)'],
  ['u::probe', 'a USDT probe needs its library or program, u:library:probe, or with -p the process whose files are searched', 'u::probe'],
  ['u:c:a:b:c', 'a USDT probe is written u:library:probe or u:library:provider:probe', 'u:c:a:b:c'],
  ['u:c: (arg1)', 'a USDT probe is written u:library:probe or u:library:provider:probe', 'u:c'],
  ['u:c:probe "%d", retval', 'there is no retval in this probe', 'retval'],
  ['u:c:probe "%d", args->x', 'only tracepoints have args', 'args'],
  ['c:open "%d", arg12', 'there is no arg12: arguments are arg1 to arg6', 'arg12'],
  ['nolib:open', 'unable to find library nolib', 'nolib:open'],
  ['f (arg1', 'unmatched end of predicate', '('],
  ['f ((arg1)', 'unmatched end of predicate', '('],
  ['f ()', 'the predicate is empty', '()'],
  ['f arg1', 'expected format string in "s', 'arg1'],
  ['f "%d', 'expected format string in "s', '"%d'],
  ['f(int (x))', 'a function signature has no ( in it', '('],
  ['f "%d %d", arg1', 'the format has 2 conversions, and 1 value behind it', 'arg1'],
  ['f "%d"', 'the format has 1 conversion, and 0 values behind it', '"%d"'],
  ['f "hello", arg1', 'the format has 0 conversions, and 1 value behind it', 'arg1'],
  ['f "%q", arg1', "'%q' is no conversion", '"%q"'],
  ['f "100%", arg1', "'%' is no conversion", '"100%"'],
  ['f "%d", arg1 arg2', "'arg2' is not expected here", 'arg2'],
  ['f (arg1 ==) "%d", arg1', "')' is not expected here", ')'],
  ['f "%d", arg1,', 'something is missing at the end', ''],
  ['c:open "%d", foo', "there is no 'foo' here", 'foo'],
  ['c:open "%d", retval', 'there is no retval in this probe', 'retval'],
  ['r:c:open "%d", arg1', 'there is no arg1 in this probe', 'arg1'],
  ['f "%d", arg7', 'there is no arg7: arguments are arg1 to arg6', 'arg7'],
  ['f "%d", args->x', 'only tracepoints have args', 'args'],
  ['t:a:b "%d", arg1', 'there is no arg1 in this probe', 'arg1'],
  ['f (strlen(arg1))', "there is no function 'strlen'", 'strlen'],
  ['f (STRCMP(arg1, "x"))', 'the form is STRCMP("text", expression)', 'STRCMP(arg1, "x")'],
  ['f ((void)arg1)', 'a value cannot be void', 'void'],
  ['f ((unsigned signed)arg1)', "'unsigned signed' is no type of C", 'unsigned signed'],
  ['f (arg1 § 2)', "'§' has no meaning here", '§'],
];
for (const [text, message, marked] of wrong) {
  t.test(`wrong: ${text}`, async (t) => {
    const [first, line, marks] = messageOf(() => traceScript([text], options)).split('\n');
    t.equal(first, `error in probe '${text}': ${message}`);
    const from = marks!.indexOf('^');
    t.equal(line!.slice(from, marks!.length).trimEnd(), marked);
  });
}

function messageOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof ProbeTextError) return error.message;
    throw error;
  }
  return 'nothing is wrong';
}

t.test('which part of the script comes from where', async (t) => {
  const script = traceScript(['f', 'c:open(struct nope *x) (x->a == 1)'], options);
  t.same(script.originOf(script.text.indexOf('struct nope')), { probe: 1, start: 24, end: 25 });
  t.equal(script.originOf(script.text.indexOf('emit')), undefined, 'nobody typed it');
});

t.test('what -A counts: all but the time, fit for a terminal', async (t) => {
  const row = { timeNs: 5n, cpu: 3, pid: 12, tid: 13, comm: 'a!', uid: 0, func: 'f!', message: 'm!', kernelStack: null, userStack: ['s!'] };
  const clean = (each: string): string => each.replaceAll('!', '\\x1b');
  const line = `12      13      ${'a\\x1b'.padEnd(15)} ${'f\\x1b'.padEnd(16)} m\\x1b\n        s\\x1b\n\n`;
  t.equal(aggregateText(row, false, clean), line);
  t.equal(aggregateText({ ...row, timeNs: 6n }, true, clean), `3   ${line}`);
});

const flags = { kind: 'enum', name: 'flags', bytes: 4, members: [['NONE', 0n], ['A', 1n], ['B', 2n], ['C', 4n]] } as const;
const states = { kind: 'enum', name: 'state', bytes: 4, members: [['RUN', 0n], ['SLEEP', 1n], ['STOP', 2n]] } as const;
const named: [value: unknown, type: Type | undefined, want: string][] = [
  [2n, states, 'STOP'], [0n, states, 'RUN'], [3n, states, '3'], [-1n, states, '-1'],
  [5n, flags, 'A|C'], [4n, flags, 'C'], [0n, flags, 'NONE'], [13n, flags, 'A|C|0x8'], [8n, flags, '8'],
  [{ a: 1n, b: [2n] }, { kind: 'record', fields: [{ name: 'a', type: states }, { name: 'b', type: { kind: 'array', of: states, count: 1 } }] }, '{ .a = SLEEP, .b = [STOP] }'],
  [{ a: 1n }, undefined, '{ .a = 1 }'], [7, undefined, '7'], [null, states, ''],
];
for (const [value, type, want] of named) t.test(`shown: ${want}`, async (t) => t.equal(shownText(value, type), want));

t.test('flags of allocations', async (t) => {
  const at = (release: string, value: bigint): string => namedText(value, gfpFlagsOf(release).map(([name, number]) => [name, BigInt(number)]));
  t.equal(at('6.18.44', 0xcc0n), 'GFP_KERNEL');
  t.equal(at('6.18.44', 0xdc0n), 'GFP_KERNEL|__GFP_ZERO');
  t.equal(at('6.18.44', 0x820n), 'GFP_ATOMIC');
  t.equal(at('6.1.0-9-amd64', 0xa20n), 'GFP_ATOMIC');
  t.equal(at('6.1.0-9-amd64', 0x820n), '__GFP_HIGH|__GFP_KSWAPD_RECLAIM');
  t.equal(at('6.3.1', 0x400dc0n), 'GFP_KERNEL_ACCOUNT|__GFP_ZERO');
  t.equal(at('6.3.1', 0n), '0');
  t.equal(at('6.3.1', 0x80000000n), '2147483648');
});

t.test('%T of gfp_t by its declaration', async (t) => {
  const names = (text: string): boolean[] => traceScript([text], options).probes[0]!.format!.conversions.map((each) => each.names !== undefined);
  t.same(names('f(gfp_t flags, int b) "%T %T %T %d", flags, b, (gfp_t)b, flags'), [true, false, true, false]);
});

const tools = { symbol: (value: unknown, withModule: boolean) => `sym${String(value)}${withModule ? ' [m]' : ''}` };
const lines: [format: string, values: readonly unknown[], want: string][] = [
  ['plain', [], 'plain'],
  ['100%% of %d', [3], '100% of 3'],
  ['%d %d', [-1, 5n], '-1 5'],
  ['%x %lx', [255, 2n ** 64n - 1n], 'ff ffffffffffffffff'],
  ['%5d|%-5d|%05d|%+d|%#x', [42, 42, -42, 42, 255], '   42|42   |-0042|+42|0xff'],
  ['%8s|%-8s|%.2s', ['abc', 'abc', 'abc'], '     abc|abc     |ab'],
  ['%c%c', [65, 97], 'Aa'],
  ['%K %U', [1, 2], 'sym1 sym2 [m]'],
  ['%e %e %e', [-2n, 13n, 99999n], 'ENOENT EACCES 99999'],
  ['%p %d', [0xdeadn, true], '0xdead 1'],
  ['%B', [new Uint8Array([0, 255])], '00 ff'],
  ['%S', [{ a: 1, b: { c: 'x' } }], '{ .a = 1, .b = { .c = x } }'],
];
for (const [format, values, want] of lines) t.test(`line: ${format}`, async (t) => t.equal(formatted(parseFormat(format, { start: 0, end: 1 }), values, [], tools), want));
