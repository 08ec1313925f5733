// What probes see: arguments of tracepoints and functions, kernel memory, tasks, stacks, predicates, several attach points, -p.
// The machine and what is in its memory are made up here.

import t from 'tap';
import { findMember, type StructType } from '../../lib/model/types/types.js';
import { BtfTypes } from '../../lib/language/btf-types.js';
import type { MemoryPlacement } from '../../lib/sim/environment.js';
import { FixtureTarget } from '../helpers/fixture-target.js';
import { runInSim, type SimOptions } from '../helpers/sim-session.js';

process.env.TBPF_CHECK = '1';
process.env.TZ = 'UTC';

const target = new FixtureTarget();
const types = new BtfTypes(target.btf!);

/** Bytes written at offsets. */
class Bytes {
  readonly buffer: Buffer;

  constructor(size: number) {
    this.buffer = Buffer.alloc(size);
  }

  put(offset: number, value: bigint | number | string, width: 1 | 2 | 4 | 8 = 8): this {
    if (typeof value === 'string') this.buffer.write(value, offset, 'utf8');
    else if (width === 8) this.buffer.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), offset);
    else this.buffer.writeUIntLE(Number(BigInt.asUintN(width * 8, BigInt(value))), offset, width);
    return this;
  }
}

const struct = (name: string): StructType => types.struct(name, 'struct')!;
const offsetOf = (of: StructType, ...path: string[]): number => path.reduce<[number, StructType]>(([at, type], name) => {
  const member = findMember(type, name)!;
  return [at + member.offset, member.type as StructType];
}, [0, of])[0];

const TASK = 0xffff_8881_0000_0000n;
const PARENT = 0xffff_8881_0010_0000n;
const FILE = 0xffff_8881_0020_0000n;
const TEXT = 0xffff_8881_0030_0000n;
const STACK = 0xffff_8881_0050_0000n;
const USER = 0x7fff_0000_1000n;

function task(address: bigint, { pid, comm, parent }: { readonly pid: number; readonly comm: string; readonly parent: bigint }): MemoryPlacement {
  const type = struct('task_struct');
  const bytes = new Bytes(type.size)
    .put(offsetOf(type, 'pid'), pid, 4).put(offsetOf(type, 'tgid'), pid, 4).put(offsetOf(type, 'comm'), comm)
    .put(offsetOf(type, 'real_parent'), parent).put(offsetOf(type, 'group_leader'), address);
  return { address, bytes: bytes.buffer, space: 'kernel' };
}

const memory: readonly MemoryPlacement[] = [
  task(TASK, { pid: 1234, comm: 'worker', parent: PARENT }),
  task(PARENT, { pid: 1, comm: 'init', parent: PARENT }),
  { address: FILE, bytes: new Bytes(struct('file').size).put(offsetOf(struct('file'), 'f_pos'), 4096).buffer, space: 'kernel' },
  { address: TEXT, bytes: Buffer.from('kernel text\0'), space: 'kernel' },
  { address: STACK, bytes: new Bytes(24).put(0, TEXT).put(8, 111).put(16, 222).buffer, space: 'kernel' },
  { address: USER, bytes: Buffer.from('user text\0'), space: 'user' },
  { address: USER + 0x100n, bytes: Buffer.from('/usr/bin/tool\0'), space: 'user' },
  { address: USER + 0x200n, bytes: new Bytes(32).put(0, USER).put(8, USER + 0x100n).put(16, 0).buffer, space: 'user' },
];

const environment = { memory, task: { pid: 1235, tgid: 1234, uid: 1000, gid: 100, comm: 'worker', taskStruct: TASK } };

const switched = new Bytes(64).put(8, 'before').put(24, 11, 4).put(28, 120, 4).put(32, -1).put(40, 'after').put(56, 22, 4).put(60, -5, 4).buffer;
/** Names of 0 to 15 characters, each with two remains of longer names behind its NUL, and a name that fills the array. */
const remains = [...Array(16).keys()].flatMap((length) => ['X', '\x01'].map((rest) => `${'abcdefghijklmnop'.slice(0, length)}\0`.padEnd(16, rest)))
  .concat('abcdefghijklmnop').map((name) => ({ context: new Bytes(64).put(8, name).buffer }));
const counted = (before: string, after: string, mark = '..'): string =>
  `${before}abcdefghijklmnop${mark}${after}: 1\n${[...Array(16).keys()].map((length) => `${before}${'abcdefghijklmnop'.slice(0, length)}${after}: 2\n`).join('')}`;
/** struct long_names, with three kinds of remains behind its texts */
const longNames = [1, 2, 3].map((rest): MemoryPlacement => {
  const bytes = Buffer.alloc(1121, rest);
  for (const at of [0, 128, 257, 513, 1113]) bytes.write('abc\0', at, 'latin1');
  bytes[1120] = 0;
  return { address: 0xffff_8881_0040_0000n + BigInt(rest) * 0x1000n, bytes, space: 'kernel' };
});
const opened = new Bytes(48).put(8, 257, 4).put(16, -100).put(24, USER + 0x100n).put(32, 0x241).put(40, 0o644).buffer;
const executed = new Bytes(40).put(8, (14 << 16) | 24, 4).put(12, 77, 4).put(16, 76, 4).put(24, '/usr/bin/tool').buffer;
const registers = new Bytes(168).put(112, FILE).put(104, USER).put(96, 100).put(88, 7).put(80, 42).put(128, 0xffff_ffff_8130_0005n).put(152, 0x7ffe_0000n).buffer;

interface Row extends SimOptions {
  readonly script: string;
  readonly want: string;
  readonly errors?: string;
}

const rows: Record<string, Row> = {
  'fields of a tracepoint': {
    script: 'tracepoint:sched:sched_switch { print(args.prev_comm); print(args.prev_pid); print(args.next_comm); print(args.next_prio); print(args.prev_state); printf("%s %d -> %s %d\\n", args.prev_comm, args.prev_pid, args.next_comm, args.next_pid); }',
    fire: [{ context: switched }],
    want: 'before\n11\nafter\n-5\n-1\nbefore 11 -> after 22\n',
  },
  'names of values that only the event itself has': {
    script: 'tracepoint:demo:symbolic { print(args.reason); print(args.state); print((args.class, args.vec)); printf("%d %s\\n", args.reason, args.reason); @[args.reason] = count(); if (args.state < 0) { print(args.reason == 3); } }',
    fire: [{ context: new Bytes(64).put(8, 3, 4).put(12, -1, 4).put(16, 5, 1).put(20, 7, 4).buffer }, { context: new Bytes(64).put(8, 9, 4).put(12, 1, 4).buffer }],
    want: 'NO_SOCKET\nGONE\n(5, 7)\n3 NO_SOCKET\ntrue\n9\nHERE\n(0, 0)\n9 9\n\n\n@[NO_SOCKET]: 1\n@[9]: 1\n',
  },
  'the old spelling of arguments': {
    script: 'tracepoint:sched:sched_switch { printf("%s %d\\n", args->next_comm, args->next_pid); @[args->next_comm] = count(); @s = args->prev_comm; }',
    fire: [{ context: switched }],
    want: 'after 22\n\n\n@[after]: 1\n@s: before\n',
  },
  'fields in conditions and keys': {
    script: 'tracepoint:sched:sched_switch /args.next_pid == 22 && args.prev_comm == "before"/ { @[args.prev_pid, args.next_comm] = sum(args.next_prio); if (args.prev_prio > 100) { print("slow"); } }',
    fire: [{ context: switched, times: 2 }],
    want: 'slow\nslow\n\n\n@[11, after]: -10\n',
  },
  'keys are equal where their texts are': {
    script: 'tracepoint:sched:sched_switch { @a[args.prev_comm] += 1; @b[(1, args.prev_comm)] += 1; $x = args.prev_comm; @c[$x, cpu] += 1; @d = args.prev_comm; @e[@d] += 1; $t = (1, args.prev_comm); @f[$t.1] += 1; @g[args.prev_comm] = hist(1); @h[pid == 0 ? "" : args.prev_comm] += 1; } end { clear(@d); printf("%d\\n", len(@g)); clear(@g); }',
    fire: remains,
    want: `17\n\n\n${counted('@a[', ']')}${counted('@b[1, ', ']')}${counted('@c[', ', 0]')}${counted('@e[', ']')}${counted('@f[', ']')}${counted('@h[', ']')}`,
  },
  'keys are equal where their texts are, in wider keys too': {
    script: 'tracepoint:sched:sched_switch { $n = (string[300])"x"; $n = args.prev_comm; @a[$n] += 1; @b[pid > 0 ? args.prev_comm : (string[300])"x"] += 1; @c[(string[300])args.prev_comm] += 1; @d = (string[300])"x"; @d = args.prev_comm; @e[1, @d] += 1; @n[args.prev_comm] = 1; $m = @n[args.prev_comm]; @f[$m, (1, (name=args.prev_comm,)).1.name] += 1; } end { clear(@d); clear(@n); }',
    fire: remains,
    want: `\n\n${counted('@a[', ']', '')}${counted('@b[', ']', '')}${counted('@c[', ']', '')}${counted('@e[1, ', ']', '')}${counted('@f[1, ', ']')}`,
  },
  'long arrays as keys': {
    script: 'struct long_names { char a[128]; char b[129]; char c[256]; char d[600]; char e[7]; char f[1]; } kprobe:vfs_read { $p = (struct long_names *)arg0; @a[$p->a] += 1; @b[$p->b] += 1; @c[$p->c, $p->e, $p->f] += 1; @d[$p->d] += 1; $d = $p->d; @v[$d] += 1; }',
    environment: { ...environment, memory: [...memory, ...longNames] },
    fire: longNames.map(({ address }) => ({ context: new Bytes(168).put(112, address).buffer })),
    want: '\n\n@a[abc]: 3\n@b[abc]: 3\n@c[abc, abc, ]: 3\n@d[abc]: 3\n@v[abc]: 3\n',
  },
  'the context in loops': {
    script: 'kprobe:vfs_read { $i = 0; while ($i++ < 2) { print((arg0 == reg("di"), arg1, reg("ax"))); for $j : 0..2 { print(reg("si")); } $k = 0; while ($k++ < 1) { print(arg2); } } } tracepoint:sched:sched_switch { $i = 0; while ($i++ < 2) { print(args.next_pid); print(args.prev_comm); } }',
    fire: [{ context: registers, probe: 0 }, { context: switched, probe: 1 }],
    want: `${`(true, ${USER}, 42)\n${USER}\n${USER}\n100\n`.repeat(2)}${'22\nbefore\n'.repeat(2)}`,
  },
  'a predicate that is false': {
    script: 'tracepoint:sched:sched_switch /args.next_pid == 23/ { print("no"); } tracepoint:sched:sched_switch / args.next_comm != "after" / { print("no"); }',
    fire: [{ context: switched, probe: 0 }, { context: switched, probe: 1 }],
    want: '',
  },
  'user pointers of system calls': {
    script: 'tracepoint:syscalls:sys_enter_openat { printf("%s %d %x %o\\n", str(args.filename), args.dfd, args.flags, args.mode); @[str(args.filename)] = count(); $p = args.filename; print(str($p, 5)); print($p[1]); }',
    fire: [{ context: opened }],
    want: '/usr/bin/tool -100 241 644\n/usr\n117\n\n\n@[/usr/bin/tool]: 1\n',
  },
  'strings that the record carries': {
    script: 'tracepoint:sched:sched_process_exec { print(str(args.filename)); printf("%s %d %d\\n", str(args.filename), args.pid, args.old_pid); @[str(args.filename)] = count(); }',
    fire: [{ context: executed }],
    want: '/usr/bin/tool\n/usr/bin/tool 77 76\n\n\n@[/usr/bin/tool]: 1\n',
  },
  'all arguments of a tracepoint': {
    script: 'tracepoint:sched:sched_switch { print(args); print(*args); } tracepoint:sched:sched_process_exec { print(args); } tracepoint:syscalls:sys_enter_openat { print(args); }',
    fire: [{ context: switched, probe: 0 }, { context: executed, probe: 1 }, { context: opened, probe: 2 }],
    want: '{ .prev_comm = before, .prev_pid = 11, .prev_prio = 120, .prev_state = -1, .next_comm = after, .next_pid = 22, .next_prio = -5 }\n'.repeat(2)
      + '{ .filename = /usr/bin/tool, .pid = 77, .old_pid = 76 }\n{ .__syscall_nr = 257, .dfd = -100, .filename = 0x7fff00001100, .flags = 577, .mode = 420 }\n',
  },
  'all arguments as JSON': {
    script: 'tracepoint:sched:sched_process_exec { print(args); }', format: 'json',
    fire: [{ context: executed }],
    want: '{"type": "value", "data": {"filename": "/usr/bin/tool", "pid": 77, "old_pid": 76}}\n',
  },
  'numbers of sockets': {
    script: 'fentry:tcp_connect { print((socket_cookie(args.sk), socket_cookie(args.sk) == 77)); @[socket_cookie(args.sk)] = count(); $c = socket_cookie(args.sk); for $i : 0..2 { @sum += $c; } }',
    environment: { ...environment, socketCookieOf: (address) => (address === FILE ? 77n : 5n) },
    fire: [{ context: new Bytes(64).put(0, FILE).buffer }, { context: new Bytes(64).put(0, TASK).buffer }, { context: new Bytes(64).buffer }],
    want: '(77, true)\n(5, false)\n(0, false)\n\n\n@[0]: 1\n@[5]: 1\n@[77]: 1\n@sum: 164\n',
  },
  'all arguments of a function': {
    script: 'fentry:vfs_read { print(args); } rawtracepoint:sched_switch { print(args); }',
    fire: [{ context: new Bytes(64).put(0, FILE).put(8, USER).put(16, 100).put(24, 7).buffer, probe: 0 }, { context: new Bytes(64).put(0, 1).put(8, TASK).put(16, PARENT).put(24, 2).buffer, probe: 1 }],
    want: `{ .file = 0x${FILE.toString(16)}, .buf = 0x${USER.toString(16)}, .count = 100, .pos = 0x7 }\n{ .arg0 = true, .arg1 = 0x${TASK.toString(16)}, .arg2 = 0x${PARENT.toString(16)}, .arg3 = 2 }\n`,
  },
  'arguments are copied before a loop': {
    script: 'tracepoint:sched:sched_switch { $n = args.next_pid; for $i : 0..2 { print($n + $i); } }',
    fire: [{ context: switched }],
    want: '22\n23\n',
  },
  'arguments of functions are registers': {
    script: 'kprobe:vfs_read { printf("%p %p %d %d %d\\n", arg0, arg1, arg2, arg3, arg4); print(((struct file *)arg0)->f_pos); print(str(uptr(arg1))); print(reg("ip") == arg0); }',
    fire: [{ context: registers }],
    want: '0xffff888100200000 0x7fff00001000 100 7 0\n4096\nuser text\nfalse\n',
  },
  'the result of a function': {
    script: 'kretprobe:vfs_read { print(retval); printf("%d\\n", retval); @ = hist(retval); }',
    fire: [{ context: registers }],
    want: '42\n42\n\n\n@:\n[32, 64)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n\n',
  },
  'the running task': {
    script: 'interval:s:1 { printf("%d %d %d %d %s\\n", pid, tid, uid, gid, comm); $t = (struct task_struct *)curtask; print($t->comm); print($t->pid); print($t->real_parent->comm); print($t->real_parent->real_parent->pid); print(curtask.comm); }',
    fire: [{}],
    want: '1234 1235 1000 100 worker\nworker\n1234\ninit\n1\nworker\n',
  },
  'relatives of the task': {
    script: 'interval:s:1 { print(ppid); print(pcomm); @[pcomm, comm] = count(); }',
    fire: [{}],
    want: '1\ninit\n\n\n@[init, worker]: 1\n',
  },
  'relatives of any task': {
    script: 'interval:s:1 { $t = (struct task_struct *)curtask; print((ppid($t), pcomm($t), leader_comm($t), leader_tid((uint64)curtask))); print(pcomm($t.real_parent) == pcomm()); @[pcomm(curtask), ppid()] = count(); }',
    fire: [{}],
    want: '(1, init, worker, 1234)\ntrue\n\n\n@[init, 1]: 1\n',
  },
  'names of threads by their numbers': {
    script: 'fentry:vfs_read { print((comm(1235), comm(tid), comm)); print(comm(5)); print(sizeof(comm(1))); @[comm(tid)] = count(); } interval:s:1 { print(comm(tid) == "worker"); }',
    fire: [{ context: new Bytes(64).put(0, FILE).buffer, probe: 0 }, { probe: 1 }],
    want: '(worker, worker, worker)\nN/A\n64\ntrue\n\n\n@[worker]: 1\n', errors: 'stdin:1:63-70: WARNING: No such process (pid=5)\n',
  },
  'words of the stack': {
    script: 'kprobe:vfs_read { print((sarg0, sarg1)); $p = sarg1; print($p + 1); @[sarg0] = count(); }',
    fire: [{ context: new Bytes(168).put(152, STACK).buffer }],
    want: '(111, 222)\n223\n\n\n@[111]: 1\n',
  },
  'relatives of the task, beside a struct of the script that is called like the kernel\'s': {
    script: 'struct task_struct { int own; }; interval:s:1 { print(ppid); print(pcomm); print(sizeof(*curtask)); }',
    fire: [{}],
    want: '1\ninit\n4\n',
  },
  'a member of a struct reached through a cast': {
    script: 'interval:s:1 { $t = (struct task_struct *)curtask; $p = $t->real_parent; print($p->comm == "init"); print($p.comm[0]); @["parent"] = $p->pid; $g = $t->group_leader; print($g == curtask); }',
    fire: [{}],
    want: 'true\n105\ntrue\n\n\n@[parent]: 1\n',
  },
  'text in kernel and in user memory': {
    script: `interval:s:1 { print(str(kptr(${TEXT}))); print(str(kptr(${TEXT} + 7))); print(str(uptr(${USER}))); print(str((int8 *)${TEXT}, 7)); printf("%r\\n", buf(kptr(${TEXT}), 6)); }`,
    fire: [{}],
    want: 'kernel text\ntext\nuser text\nkernel\nkernel\n',
  },
  'the wrong space gives nothing': {
    script: `interval:s:1 { print(str(uptr(${TEXT}))); print(strlen(str(uptr(${TEXT})))); print(*uptr((uint32 *)${TEXT})); print("end"); }`,
    fire: [{}],
    want: '\n0\n0\nend\n',
  },
  'a list of arguments': {
    script: `interval:s:1 { join(uptr(${USER + 0x200n})); join(uptr(${USER + 0x200n}), "|"); }`,
    fire: [{}],
    want: 'user text /usr/bin/tool\nuser text|/usr/bin/tool\n',
  },
  'one body for several attach points': {
    script: 'tracepoint:sched:sched_switch, kprobe:vfs_read, interval:s:1 { @[probe] = count(); @n = count(); }',
    fire: [{ context: switched, probe: 0 }, { context: registers, probe: 1 }, { probe: 2, times: 2 }],
    want: '\n\n@[kprobe:vfs_read]: 1\n@[tracepoint:sched:sched_switch]: 1\n@[interval:s:1]: 2\n@n: 4\n',
  },
  'arguments differ by attach point': {
    script: 'tracepoint:sched:sched_process_exec, tracepoint:syscalls:sys_enter_openat { print(str(args.filename)); }',
    fire: [{ context: executed, probe: 0 }, { context: opened, probe: 1 }],
    want: '/usr/bin/tool\n/usr/bin/tool\n',
  },
  'names of probes': {
    script: 'p:hz:99 { print(probe); } i:ms:5 { print(probe); } t:sched:sched_switch { print(probe); } k:vfs_read { print(probe); } mine=interval:1s { print(probe); }',
    fire: [0, 1, 2, 3, 4].map((probe) => ({ probe, context: registers })),
    want: 'profile:hz:99\ninterval:ms:5\ntracepoint:sched:sched_switch\nkprobe:vfs_read\nmine\n',
  },
  'only one process': {
    script: 'tracepoint:sched:sched_switch { @[comm] = count(); } kprobe:vfs_read { @k = count(); } interval:s:1 { @i = count(); }', pid: 1234,
    fire: [
      { context: switched, probe: 0 }, { context: switched, probe: 0, task: { tgid: 99, pid: 1234, comm: 'other' } },
      { context: registers, probe: 1 }, { context: registers, probe: 1, task: { tgid: 99 } }, { probe: 2, task: { tgid: 99 } },
    ],
    want: '\n\n@[worker]: 1\n@i: 1\n@k: 1\n',
  },
  'latency from one probe to another': {
    script: 'kprobe:vfs_read { @start[tid] = nsecs; } kretprobe:vfs_read /@start[tid]/ { @us = sum((nsecs - @start[tid]) / 1000); delete(@start, tid); }',
    fire: [{ context: registers, probe: 1 }, { context: registers, probe: 0 }, { context: registers, probe: 1 }, { context: registers, probe: 1 }],
    environment: { ...environment, now: stepping(5000n) },
    want: '\n\n@us: 5\n',
  },
  'CPUs add up': {
    script: 'interval:s:1 { @c = count(); @s[cpu % 2] = sum(cpu); @min = min(cpu); @max = max(cpu); @a = avg(cpu); @h = lhist(cpu, 0, 4, 1); print(@c + 0); }',
    fire: [0, 1, 2, 3].map((cpu) => ({ cpu })),
    want: '1\n2\n3\n4\n\n\n@a: 1\n@c: 4\n@h:\n'
      + [0, 1, 2, 3].map((n) => `[${n}]                    1 |${'@'.repeat(52)}|\n`).join('')
      + '\n@max: 3\n@min: 0\n@s[0]: 2\n@s[1]: 4\n',
  },
  'delete takes an aggregate from all CPUs': {
    script: 'interval:s:1 { @c = count(); @h = hist(1); } interval:s:2 { print(delete(@c)); print(delete(@h)); print(delete(@c)); print(delete(@h)); }',
    fire: [{ cpu: 0 }, { cpu: 3 }, { probe: 1, cpu: 1 }],
    want: 'true\ntrue\nfalse\nfalse\n',
  },
  'stacks as keys': {
    script: 'kprobe:vfs_read { @[kstack] = count(); @u[ustack(2), comm] = count(); @n = len(kstack); }',
    fire: [{ context: registers, times: 2 }],
    environment: { ...environment, stacks: { kernel: [0x10n, 0x20n], user: [0x30n, 0x40n, 0x50n] } },
    want: '\n\n@[\n        0x10\n        0x20\n]: 2\n@n: 2\n@u[\n        0x30\n        0x40\n, worker]: 2\n',
  },
  'missing stacks': {
    script: 'kprobe:vfs_read { print(len(ustack)); print(ustack); print("end"); }',
    fire: [{ context: registers }], environment: { ...environment, stacks: { kernel: [0x10n] } },
    want: '0\n\n\nend\n',
  },
  'failed reads are told with -k': {
    script: 'interval:s:1 { print(*(uint32 *)0xffff000000000000); }', verboseErrors: true, fire: [{}],
    want: '0\n',
    errors: 'stdin:1:22-51: WARNING: Bad address\nAdditional Info - helper: probe_read, retcode: -14\ninterval:s:1 { print(*(uint32 *)0xffff000000000000); }\n                     ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n',
  },
  'a time series': {
    script: 'config = { unstable_tseries = enable } interval:s:1 { @t = tseries(@n++, 1s, 4); @m = tseries(@n, 1s, 4, "max"); }',
    fire: [{ times: 3 }],
    environment: { ...environment, now: stepping(500_000_000n, 1000_000_000_000n) },
    want: `\n\n${series('@m', 1, 3, [['00:16:41', 1], ['00:16:42', 2], ['00:16:43', 3]])}@n: 3\n${series('@t', 0, 2, [['00:16:40', 0], ['00:16:41', 1], ['00:16:42', 2]])}`,
  },
  'an exit in the middle': {
    script: 'interval:s:1 { @n++; if (@n == 2) { exit(4); } print(@n + 0); } end { print("end"); }',
    fire: [{ times: 5 }],
    want: '1\nend\n\n\n@n: 2\n',
  },
  'the timer runs next to others': {
    script: 'interval:s:1 { print(@); clear(@); } tracepoint:sched:sched_switch { @[args.next_comm] = count(); }',
    fire: [{ probe: 1, context: switched, times: 3 }, { probe: 0 }, { probe: 1, context: switched }, { probe: 0 }, { probe: 0 }],
    want: '@[after]: 3\n@[after]: 1\n',
  },
};

/** A clock that goes on with every look at it. */
function stepping(step: bigint, from = 0n): () => bigint {
  let now = from;
  return () => (now += step);
}

/** language.md 5.7 */
function series(name: string, min: number, max: number, values: readonly (readonly [time: string, value: number])[]): string {
  const bounds = ' '.repeat(9) + String(min).padEnd(21) + String(max).padStart(32);
  const lines = values.map(([time, value]) => {
    const graph = ['|', ...' '.repeat(51), '|'];
    graph[Math.trunc((52 * (value - min)) / (max - min))] = '*';
    return `${time} ${graph.join('')} ${value}`;
  });
  return [`${name}:`, bounds, `hh:mm:ss |${'_'.repeat(51)}|`, ...lines, `${' '.repeat(9)}v${'_'.repeat(51)}v`, bounds, '', ''].join('\n');
}

for (const [title, { script, want, errors = '', ...options }] of Object.entries(rows)) {
  t.test(title, async (t) => {
    const result = runInSim(script, { target, environment, warnings: errors !== '', ...options });
    t.equal(result.stdout.replace(/\n*$/, ''), want.replace(/\n*$/, ''), 'stdout');
    t.equal(result.stderr, errors, 'stderr');
  });
}
