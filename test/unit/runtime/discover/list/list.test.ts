import { readFileSync } from 'node:fs';
import t from 'tap';
import { Btf } from '../../../../../lib/model/btf/btf.js';
import type { BinaryFacts, Target } from '../../../../../lib/model/target/target.js';
import { matcher } from '../../../../../lib/model/target/pattern.js';
import { matchRawTracepoints } from '../../../../../lib/runtime/discover/tracing/raw-tracepoints.js';
import { parseTraceable } from '../../../../../lib/runtime/discover/tracing/traceable.js';
import { Tracefs } from '../../../../../lib/runtime/discover/tracing/tracefs.js';
import { inChunks, listProbes, missingFileWarning, probeArguments, splitOutsideQuotes } from '../../../../../lib/runtime/discover/list/list.js';

const btf = Btf.parse(readFileSync('test/fixtures/btf/linux-6.18-x86_64.btf'));
const tracefs = new Tracefs({ root: 'test/fixtures/formats/tracefs' });
const functions = parseTraceable('vfs_read\nvfs_write\nnot_in_btf\ndo_nanosleep\next4_open [ext4]\nvfs_read [twin]\n');
const modules = { modules: ['vmlinux'], module: (name: string) => (name === 'vmlinux' ? btf : undefined) };

/** A machine with a few probes of each kind; anything else that a listing asks for fails the test. */
const target = {
  arch: 'x86_64', btf, btfModules: ['vmlinux'],
  moduleBtf: modules.module,
  has: (feature: string) => feature === 'iter',
  tracepoint: (category: string, event: string) => tracefs.format(category, event),
  matchTracepoints: (category: string, event: string) => tracefs.match(category, event),
  matchRawTracepoints: (module: string, event: string) => matchRawTracepoints(modules, module, event),
  matchKernelFunctions: (module: string, name: string) => functions.filter((f) => matcher(module)(f.module) && matcher(name)(f.name)),
  matchBinaries: (pattern: string) => (matcher(pattern)('/bin/app') ? ['/bin/app'] : []),
  binary: (path: string) => ({
    path, matchFunctions: (pattern: string) => ['main', 'run', 'run'].filter(matcher(pattern)).map((name) => ({ name, address: 0x1000n, size: 16, fileOffset: 0x1000n })),
    findData: () => [], debugInfo: () => ({ lookedFor: ['/bin/app'] }),
    usdtNotes: () => [
      { provider: 'app', name: 'start', arguments: '-4@%edi 8@-16(%rbp) 1@$7 8f@%xmm0 2@lost(%rip)' },
      { provider: 'app', name: 'end', arguments: '' }, { provider: 'app', name: 'end', arguments: '' },
      { provider: 'lib', name: 'end', arguments: '4@%eax' }, { provider: 'lib', name: 'end', arguments: '-8@%rax' },
    ],
  }) as unknown as BinaryFacts,
} as Partial<Record<keyof Target, unknown>> as Target;

function list(pattern: string, options: { verbose?: boolean; pid?: number; warn?: (text: string) => void } = {}): string[] {
  return [...listProbes(target, pattern, options)];
}

const cases: [pattern: string, want: string[]][] = [
  ['kprobe:vfs_*', ['kprobe:vfs_read', 'kprobe:vfs_write']],
  ['k:ext4:*', ['kprobe:ext4:ext4_open']],
  ['kprobe:*:vfs_read', ['kprobe:twin:vfs_read', 'kprobe:vmlinux:vfs_read']],
  ['kretprobe:vfs_read', ['kretprobe:vfs_read']],
  ['tracepoint:sched:*', ['tracepoint:sched:sched_process_exec', 'tracepoint:sched:sched_switch']],
  ['t:*sched_s*', ['tracepoint:sched:sched_switch']],
  ['tracepoint:*:*openat', ['tracepoint:syscalls:sys_enter_openat']],
  ['rawtracepoint:sched_s*', ['rawtracepoint:vmlinux:sched_switch']],
  ['rt:vmlinux:sys_enter', ['rawtracepoint:vmlinux:sys_enter']],
  ['fentry:vfs_*', ['fentry:vmlinux:vfs_read', 'fentry:vmlinux:vfs_write']],
  ['kretfunc:vmlinux:vfs_read', ['fexit:vmlinux:vfs_read']],
  ['fentry:ext4:*', []],
  ['iter:task*', ['iter:task', 'iter:task_file', 'iter:task_vma']],
  ['software:*-clock', ['software:cpu-clock:', 'software:task-clock:']],
  ['s:cpu:', ['software:cpu:']],
  ['HARDWARE:c*es', ['hardware:cache-misses:', 'hardware:cache-references:', 'hardware:cpu-cycles:', 'hardware:cycles:']],
  ['profile:*', ['profile:hz:', 'profile:ms:', 'profile:s:', 'profile:us:']],
  ['interval:s', ['interval:s:']],
  ['self:*', ['self:signal:SIGUSR1']],
  ['self:signal:SIGUSR2', []],
  ['*vfs_read*', ['fentry:vmlinux:vfs_read', 'kprobe:vfs_read']],
  ['*:sched_switch', ['rawtracepoint:vmlinux:sched_switch', 'tracepoint:sched:sched_switch']],
  ['*:/bin/app:*', ['uprobe:/bin/app:main', 'uprobe:/bin/app:run', 'usdt:/bin/app:app:end', 'usdt:/bin/app:app:start', 'usdt:/bin/app:lib:end']],
  ['uprobe:/bin/app:r*', ['uprobe:/bin/app:run']],
  ['ur:/bin/app:"main"', ['uretprobe:/bin/app:main']],
  ['usdt:/bin/app:lib:*', ['usdt:/bin/app:lib:end']],
  ['usdt:/bin/app', ['usdt:/bin/app:app:end', 'usdt:/bin/app:app:start', 'usdt:/bin/app:lib:end']],
  ['usdt:/bin/no*ne:*', []],
  ['interval:s,kprobe:vfs_read', ['interval:s:', 'kprobe:vfs_read']],
  ['struct task_struct', ['struct task_struct']],
  ['struct bpf_iter__task*', ['struct bpf_iter__task', 'struct bpf_iter__task_file', 'struct bpf_iter__task_vma']],
  ['union no_such_union', []],
];
for (const [pattern, want] of cases) t.test(pattern, async (t) => { t.strictSame(list(pattern), want); });

const verbose: [pattern: string, want: string[]][] = [
  ['tracepoint:syscalls:sys_enter_openat', ['tracepoint:syscalls:sys_enter_openat', '    int __syscall_nr', '    int dfd', '    const char * filename', '    int flags', '    umode_t mode']],
  ['tracepoint:demo:odd', ['tracepoint:demo:odd', '    void (*handler)(struct work *, int)', '    char prev_comm[16]', '    __u8 saddr[28]', '    struct odd_thing things[ODD_THINGS]', '    const char * names[2]', '    u32 buf[]']],
  ['tracepoint:sched:sched_process_exec', ['tracepoint:sched:sched_process_exec', '    __data_loc char[] filename', '    pid_t pid', '    pid_t old_pid']],
  ['kprobe:vfs_read', ['kprobe:vfs_read', '    struct file * file', '    char * buf', '    size_t count', '    loff_t * pos']],
  ['kretprobe:vfs_read', ['kretprobe:vfs_read', '    ssize_t retval']],
  ['kprobe:not_in_btf', ['kprobe:not_in_btf']],
  ['fexit:vfs_read', ['fexit:vmlinux:vfs_read', '    struct file * file', '    char * buf', '    size_t count', '    loff_t * pos', '    ssize_t retval']],
  ['iter:task', ['iter:task', '    struct bpf_iter_meta * meta', '    struct task_struct * task']],
  ['software:faults', ['software:faults:']],
  ['usdt:/bin/app:app:start', ['usdt:/bin/app:app:start', '    int32 arg0', '    uint64 arg1', '    uint8 arg2', '    (it is a floating-point number) arg3', '    (it is at lost, and /bin/app has no symbol of that name) arg4']],
  ['usdt:/bin/app:*:end', ['usdt:/bin/app:app:end', 'usdt:/bin/app:lib:end', '    uint32 or int64 arg0']],
  ['struct list_head', ['vmlinux: struct list_head {\n\tstruct list_head *next;\n\tstruct list_head *prev;\n};']],
];
for (const [pattern, want] of verbose) t.test(`-v ${pattern}`, async (t) => { t.strictSame(list(pattern, { verbose: true }), want); });

for (const kind of ['uprobe', 'uretprobe', 'usdt']) {
  t.test(`${kind} of a file that is not there`, async (t) => {
    t.throws(() => list(`${kind}:/bin/none:*`), { message: `${kind} target file '/bin/none' does not exist or is not executable`, code: 'ENOENT' });
  });
}

t.test('raw tracepoints show arguments by position where nothing names them', async (t) => {
  const [line, first] = list('rt:sched_switch', { verbose: true });
  t.equal(line, 'rawtracepoint:vmlinux:sched_switch');
  t.match(first, /^ {4}bool \w+$/);
});

t.test('with a pid a wildcard means user space, and the path may be left out', async (t) => {
  t.strictSame(list('usdt:start', { pid: 1 }), ['usdt:/bin/app:app:start']);
  t.strictSame(list('usdt:lib:end', { pid: 1 }), ['usdt:/bin/app:lib:end'], 'a provider and a name');
  t.strictSame(list('usdt:/bin/app:end', { pid: 1 }), ['usdt:/bin/app:app:end', 'usdt:/bin/app:lib:end']);
  t.strictSame(list('*:/bin/app:main', { pid: 1 }), ['uprobe:/bin/app:main']);
});

t.test('missing debug information is said once', async (t) => {
  const warnings: string[] = [];
  t.strictSame(list('uprobe:/bin/app:*', { verbose: true, warn: (text) => warnings.push(text) }), ['uprobe:/bin/app:main', 'uprobe:/bin/app:run']);
  t.strictSame(warnings, ['No DWARF found for "/bin/app", cannot show parameter info']);
});

const probes: [probe: string, want: string[]][] = [
  ['kprobe:vfs_read+8', ['struct file * file', 'char * buf', 'size_t count', 'loff_t * pos']],
  ['fentry:vmlinux:do_nanosleep', ['struct hrtimer_sleeper * t', 'enum hrtimer_mode mode']],
  ['tracepoint:raw_syscalls:sys_enter', ['long id', 'unsigned long args[6]']],
  ['software:faults:100', []],
  ['profile:hz:99', []],
];
for (const [probe, want] of probes) t.test(`arguments of ${probe}`, async (t) => { t.strictSame(probeArguments(target, probe, {}), want); });

const errors: [pattern: string, want: string][] = [
  ['nothing:x', 'Invalid probe type: nothing'],
  ['x*:y', 'No probe type matched for x*'],
  ['test:*', 'test probes cannot be listed: whatever a script names exists'],
  ['tracepoint:a:b:c', "tracepoint probes are not named like 'tracepoint:a:b:c'"],
  ['uprobe:main', "uprobe probes are not named like 'uprobe:main'"],
];
for (const [pattern, message] of errors) t.test(`${pattern} is refused`, async (t) => { t.throws(() => list(pattern), { message, code: 'ERR_PATTERN' }); });

const splits: [text: string, separator: ',' | ':', want: string[]][] = [
  ['a,b', ',', ['a', 'b']],
  ['uprobe:/bin/x:cpp:"ns::f(int, char)",b', ',', ['uprobe:/bin/x:cpp:"ns::f(int, char)"', 'b']],
  ['uprobe:/bin/x:cpp:"ns::f(int)"', ':', ['uprobe', '/bin/x', 'cpp', '"ns::f(int)"']],
  ['software:cpu:', ':', ['software', 'cpu', '']],
  ['a::b', ':', ['a', '', 'b']],
  ['', ',', ['']],
];
for (const [text, separator, want] of splits) t.test(`'${text}' split at ${separator}`, async (t) => { t.strictSame(splitOutsideQuotes(text, separator), want); });

t.test('a missing script is noticed', async (t) => {
  t.match(missingFileWarning('x.bt'), /^It appears that 'x\.bt' is a filename but the file does not exist\. Treating 'x\.bt' as a search pattern\.$/);
  t.match(missingFileWarning('./tools/x'), /is a filename/);
  t.equal(missingFileWarning('*sleep*'), undefined);
  t.equal(missingFileWarning('uprobe:/bin/sh:*'), undefined);
});

t.test('lines go out in pieces, the first before the last is made', async (t) => {
  let made = 0;
  function* lines(): Generator<string> {
    for (; made < 50_000; made++) yield `kprobe:function_${made}`;
  }
  const chunks = inChunks(lines());
  const first = chunks.next().value as string;
  t.ok(made < 3000, `${made} lines were made for the first piece`);
  t.ok(first.startsWith('kprobe:function_0\nkprobe:function_1\n'));
  t.equal((first + [...chunks].join('')).split('\n').length, 50_001);
});
