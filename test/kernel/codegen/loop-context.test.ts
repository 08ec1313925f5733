// What needs the program's context works in the body of every kind of loop, in every kind of program: the verifier accepts it.
//
//   idea   the same statements stand in the probe itself, where the compiler says which of them this kind of program has, and in each loop,
//          where it must say the same. Several share a script, since to load one is dear in an emulated guest
//   facts  language.md 1.7: `for` refuses argN, args, retval and ctx; nothing else may be refused

import t from 'tap';
import { builtins } from '../../../lib/language/builtins/index.js';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { type Feature, needs } from '../../helpers/needs.js';
import { kernelTarget, runOnKernel } from '../../helpers/kernel-session.js';
import { triedByNewerAndOlder } from '../../helpers/on-this-machine.js';

const GROUP = 10;

const probes: readonly [attachPoint: string, features: readonly Feature[], fields: readonly string[]][] = [
  ['tracepoint:sched:sched_process_exec', ['tracepoint'], ['args.pid', 'str(args.filename)']],
  ['tracepoint:sched:sched_process_*', ['tracepoint'], ['args.pid']],
  ['tracepoint:syscalls:sys_enter_openat', ['tracepoint'], ['args.dfd', 'str(args.filename)']],
  ['rawtracepoint:sched_switch', [], ['args.preempt']],
  ['uprobe:/proc/self/exe:main', ['uprobe'], []],
  ['uretprobe:/proc/self/exe:main', ['uprobe'], []],
  ['kprobe:vfs_read', ['kprobe'], []],
  ['kretprobe:vfs_read', ['kprobe'], []],
  ['fentry:vfs_read', ['fentry'], ['args.count', 'args.file.f_pos']],
  ['fexit:vfs_read', ['fentry'], ['args.count', 'retval']],
  ['profile:hz:99', [], []],
  ['interval:s:1', [], []],
  ['software:cs:1', [], []],
  ['iter:task', ['iter'], ['ctx.task.pid', 'ctx.task.comm']],
  ['iter:task_file', ['iter'], ['ctx.fd', 'ctx.file.f_pos', 'ctx.task.comm']],
  ['iter:task_vma', ['iter'], ['ctx.vma.vm_start', 'ctx.task.comm', 'ctx.meta.session_id']],
  ['begin', [], []],
];

const values = [
  ...builtins.keys(), 'arg0', 'arg2', '*(uint64 *)ctx',
  'kstack(3)', 'kstack(raw)', 'kstack(perf, 3)', 'kstack(40)', 'ustack(3)', 'ustack(raw, 3)', 'ustack(perf)', 'ustack(build_id, 2)', 'reg("ip")', 'syscall_name(1)',
];

const statements = (fields: readonly string[]): readonly string[] => [...[...values, ...fields].map((value) => `print((1, ${value}));`), 'print(args);', 'printf("%d\\n", pid);', '@s[kstack] = count();', '@u[ustack(perf, 5)] = count();'];

const loops: readonly [name: string, head: string, tail: string][] = [
  ['for over a range', 'for $i : 0..3 {', '}'],
  ['for over a map', 'for $kv : @m {', '}'],
  ['while', '$i = 0; while ($i++ < 3) {', '}'],
  ['for in for', 'for $i : 0..3 { for $kv : @m {', '} }'],
  ['while in while', '$i = 0; while ($i++ < 3) { $j = 0; while ($j++ < 2) {', '} }'],
  ['unroll in while', '$i = 0; while ($i++ < 3) { unroll (2) {', '} }'],
];

const scriptOf = (probe: string, head: string, body: string, tail: string): string =>
  `${probe} { ${head} ${body} ${tail} }${head.includes('@m') ? ' self:signal:SIGUSR1 { @m[1] = 1; }' : ''}`;
const isLegal = (script: string): boolean => compile(new Source('stdin', script), kernelTarget()).output !== undefined;
const refusedInFor = /\b(arg\d|args|ctx|retval)\b/;

/** What the compiler or the kernel says against the script. */
function complaint(script: string): string | undefined {
  try {
    const { status, stderr } = runOnKernel(script, { warnings: false });
    return status === 0 ? undefined : stderr;
  } catch (error) {
    return (error as Error).message;
  }
}

/** An emulated guest takes one loop and every eighth statement for each kind of probe, others for the next. */
const isGuest = process.env['TBPF_GUEST'] !== undefined;
const GUEST_SHARE = 8;
/** What this machine may lack. */
const kernelFunctions: readonly Feature[] = ['kprobe', 'fentry'];

for (const [number, [probe, features, fields]] of probes.entries()) {
  t.test(probe, async (t) => {
    if (!needs(t, 'root', 'btf', 'bpf_loop', ...features)) return;
    if (triedByNewerAndOlder !== undefined && !features.some((feature) => kernelFunctions.includes(feature))) return t.plan(0, triedByNewerAndOlder);
    const tried = statements(fields).filter((_, i) => !isGuest || (i + number) % GUEST_SHARE === 0);
    const legal = tried.filter((statement) => isLegal(scriptOf(probe, '', statement, '')));
    t.ok(legal.length >= tried.length / 3, `${legal.length} statements of ${tried.length}`);
    for (const [name, head, tail] of isGuest ? [loops[number % loops.length]!] : loops) {
      if (probe.startsWith('iter') && head.includes('@m')) continue; // must be the script's only probe: nothing else can fill the map
      const inside = legal.filter((statement) => !head.includes('for') || !refusedInFor.test(statement));
      for (let at = 0; at < inside.length; at += GROUP) {
        const script = scriptOf(probe, head, inside.slice(at, at + GROUP).join(' '), tail);
        t.equal(complaint(script), undefined, `${name}: ${script}`);
      }
    }
  });
}
