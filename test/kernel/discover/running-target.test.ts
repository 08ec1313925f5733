// Facts of the running machine against what other tools and files say of it.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { examine } from '../../../lib/runtime/discover/report/doctor.js';
import { CgroupPaths } from '../../../lib/runtime/discover/index.js';
import { RunningTarget } from '../../../lib/runtime/discover/index.js';
import { renderInfo } from '../../../lib/runtime/discover/report/info.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { lacking, needs, type Feature } from '../../helpers/needs.js';

const forbidden = (): never => { throw new Error('the addon was asked for'); };
const target = new RunningTarget({ native: loadNative });

t.test('a tracepoint costs no addon, no BTF and no symbols', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const fresh = new RunningTarget({ native: forbidden, btfPath: '/nowhere/at/all', traceableFunctions: '/nowhere/either' });
  const format = fresh.tracepoint('sched', 'sched_switch');
  t.equal(format?.id, Number(readFileSync('/sys/kernel/tracing/events/sched/sched_switch/id', 'latin1')));
  t.ok(format?.fields.some((field) => field.name === 'next_pid' && field.signed && field.size === 4));
  t.ok(fresh.matchTracepoints('sched', 'sched_*').some(([, event]) => event === 'sched_switch'));
  t.ok(fresh.cpuCount >= 1);
});

t.test('all tracepoints are found', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const lines = readFileSync('/sys/kernel/tracing/available_events', 'latin1').trim().split('\n');
  t.strictSame(target.matchTracepoints('*', '*').map((pair) => pair.join(':')), [...new Set(lines)].sort((a, b) => compare(a.split(':'), b.split(':'))));
  t.equal(target.tracepoint('sched', 'no_such_event'), undefined);
});

function compare([c1, e1]: string[], [c2, e2]: string[]): number {
  return c1! < c2! ? -1 : c1! > c2! ? 1 : e1! < e2! ? -1 : 1;
}

t.test('every format file can be read', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const odd: string[] = [];
  for (const [category, event] of target.matchTracepoints('*', '*')) {
    const format = target.tracepoint(category, event);
    if (format === undefined || format.fields.some((f) => f.type === '' || !/^\w+$/.test(f.name) || (f.count !== undefined && f.count > 0 && f.size % f.count !== 0))) odd.push(`${category}:${event}`);
  }
  t.strictSame(odd, []);
});

t.test('a kernel symbol is the same by scanning and by table', async (t) => {
  if (!needs(t, 'root')) return;
  const expected = BigInt(`0x${/^([0-9a-f]+) T vfs_read$/m.exec(readFileSync('/proc/kallsyms', 'latin1'))![1]}`);
  const scanning = new RunningTarget({ native: forbidden });
  t.equal(scanning.kernelSymbol('vfs_read'), expected);
  t.equal(scanning.kernelSymbol('tbpf_no_such_symbol'), undefined);
  const size = target.kernelFunctionSize('vfs_read');
  t.ok(size !== undefined && size > 16 && size < 65536, `size ${size}`);
  t.equal(target.kernelSymbol('vfs_read'), expected);
  t.equal(target.kernelSymbol('tbpf_no_such_symbol'), undefined);
});

t.test('raw tracepoints are there by BTF', async (t) => {
  if (!needs(t, 'btf')) return;
  t.strictSame(target.matchRawTracepoints('vmlinux', 'sched_switch'), [['vmlinux', 'sched_switch']]);
  t.ok(target.matchRawTracepoints('vmlinux', 'sys_*').some(([, event]) => event === 'sys_enter'));
  t.strictSame(target.matchRawTracepoints('vmlinux', 'no_such_event'), []);
});

t.test('modules have BTF of their own', async (t) => {
  if (!needs(t, 'module_btf')) return;
  const module = target.btfModules[1]!;
  t.ok(target.isModuleLoaded(module));
  const btf = target.moduleBtf(module)!;
  t.equal(btf.base, target.btf);
  t.ok(btf.endId > btf.firstId);
  t.notOk(target.isModuleLoaded('no_such_module'));
});

t.test('traceable functions follow the kernel\'s list', async (t) => {
  if (!needs(t, 'root', 'kprobe')) return;
  t.ok(target.isTraceable('vfs_read'));
  t.notOk(target.isTraceable('tbpf_no_such_function'));
  t.strictSame(target.matchKernelFunctions('vmlinux', 'vfs_read'), [{ module: 'vmlinux', name: 'vfs_read' }]);
  const names = target.matchKernelFunctions('*', 'vfs_*').map((f) => f.name);
  t.ok(names.includes('vfs_read') && names.includes('vfs_write'));
  const wrong = target.matchKernelFunctions('*', '*').filter(({ name }) => name.startsWith('rcu_') || name.includes('.part.') || name.startsWith('__ftrace_invalid'));
  t.strictSame(wrong, []);
});

t.test('symbols of a program are where nm says', async (t) => {
  if (!needs(t, 'gcc')) return;
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'a.c'), 'int counter = 7; __attribute__((noinline)) int work(int n) { return n * counter; }\nint main(int argc, char **argv) { return work(argc); }\n');
  for (const [name, flags] of [['pie', ['-pie', '-fPIE']], ['fixed', ['-no-pie', '-fno-pie']]] as const) {
    const path = join(folder, name);
    execFileSync('gcc', ['-O1', ...flags, '-o', path, join(folder, 'a.c')]);
    const binary = target.binary(path)!;
    const rows = execFileSync('nm', ['-S', path], { encoding: 'utf8' });
    const [, address, size] = /^([0-9a-f]+) ([0-9a-f]+) T work$/m.exec(rows)!;
    const found = binary.findFunctions('work')[0]!;
    t.equal(found.address, BigInt(`0x${address}`), `${name}: address`);
    t.equal(found.size, parseInt(size!, 16), `${name}: size`);
    t.equal(binary.fileOffsetOf(found.address), found.fileOffset, `${name}: file offset`);
    t.equal(binary.functionAt(found.address + 1n)?.name, 'work', `${name}: what an address lies in`);
    t.equal(binary.functionAt(found.address + BigInt(found.size))?.name, binary.matchFunctions('*').find((each) => each.address === found.address + BigInt(found.size))?.name, `${name}: its end is outside`);
    const headers = found.address - found.fileOffset + 0x10n;
    t.equal(binary.fileOffsetOf(headers), undefined, `${name}: headers are no code`);
    t.equal(binary.beginsInstruction(found, 0n), true, `${name}: an instruction`);
    t.equal(binary.findData('counter')[0]?.size, 4, `${name}: data`);
    t.equal(binary.isPie, name === 'pie', `${name}: position`);
    t.ok(binary.isExecutable, `${name}: a program`);
    t.strictSame(binary.matchFunctions('wor*').map((symbol) => symbol.name), ['work'], `${name}: pattern`);
    t.strictSame(binary.findFunctions('no_such_function'), []);
  }
});

t.test('a target is a path, a program, a library or a pattern', async (t) => {
  const shell = target.binary('sh')!;
  t.ok(shell.path.startsWith('/') && shell.path.endsWith('/sh'), shell.path);
  const libc = target.binary('libc')!;
  t.match(libc.path, /\/libc\.so\.6$/);
  t.equal(libc.findFunctions('malloc').length, 1);
  t.equal(target.binary('libc.so.6')?.path, libc.path);
  t.equal(target.binary('/no/such/file'), undefined);
  t.equal(target.binary('tbpf-no-such-program'), undefined);
  t.ok(target.matchBinaries(`${shell.path.slice(0, -1)}*`).includes(shell.path));
  t.strictSame(target.matchBinaries('./pack*.json'), [], 'only programs and libraries');
  t.ok(target.matchBinaries('*', process.pid).includes(process.execPath));
  t.equal(target.binary(`/proc/${process.pid}/exe`)?.path, process.execPath, 'a running program by its real name');
  t.match(target.binary('libc', process.pid)?.path, /\/libc\.so\.6$/, 'what a process has mapped');
});

t.test('a script has no symbols, and that is no error', async (t) => {
  const binary = target.binary('package.json') ?? target.binary('./package.json')!;
  t.strictSame(binary.findFunctions('main'), []);
  t.strictSame(binary.matchFunctions('*'), []);
  t.equal(binary.isExecutable, false);
  t.strictSame(binary.usdtNotes(), []);
});

t.test('a control group has the id of its folder, and its path comes back', async (t) => {
  // wherever it is mounted, also beside hierarchies of version 1
  const mounted = /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1];
  t.equal(target.has('cgroup2'), mounted !== undefined);
  if (mounted === undefined) return;
  const id = target.cgroupId(mounted)!;
  t.ok(id > 0n);
  t.equal(new CgroupPaths().render(id, 'unified'), 'unified:/');
  t.equal(new CgroupPaths().render(0xffffffffn, 'unified'), '');
  t.equal(target.cgroupId('/proc'), undefined);
  t.equal(target.cgroupId('/no/such/folder'), undefined);
  const child = readdirSync(mounted, { withFileTypes: true }).find((entry) => entry.isDirectory())?.name;
  if (child !== undefined) t.equal(new CgroupPaths().render(target.cgroupId(`${mounted}/${child}`)!, 'unified'), `unified:/${child}`);
});

const features: [ours: string, theirs: Feature][] = [
  ['btf', 'btf'], ['tracepoint', 'tracepoint'], ['kprobe', 'kprobe'], ['kprobe_multi', 'kprobe_multi'], ['uprobe', 'uprobe'], ['uprobe_multi', 'uprobe_multi'], ['fentry', 'fentry'],
  ['iter', 'iter'], ['ringbuf', 'ringbuf'], ['hardware', 'hardware'], ['helper:loop', 'bpf_loop'], ['helper:for_each_map_elem', 'for_each_map_elem'],
];
for (const [ours, theirs] of features) {
  t.test(`${ours} is ${lacking(theirs) === undefined ? 'there' : 'not there'}`, async (t) => {
    if (!needs(t, 'root')) return;
    t.equal(target.has(ours), lacking(theirs) === undefined, lacking(theirs) ?? ours);
  });
}

t.test('a feature nobody knows is a mistake', async (t) => {
  for (const feature of ['kprobe_mutli', 'helper:no_such_helper', 'what:ever', 'constructor']) t.throws(() => target.has(feature), /unknown kernel feature/, feature);
});

t.test('doctor has advice for every no and leaves nothing behind', async (t) => {
  if (!needs(t, 'root')) return;
  const rows = [...examine(target, loadNative())];
  for (const row of rows) t.equal(row.advice === '', row.ok, row.feature);
  t.equal(rows.find((row) => row.feature === 'BTF')?.ok, existsSync('/sys/kernel/btf/vmlinux'));
});

t.test('info has its sections', async (t) => {
  if (!needs(t, 'root')) return;
  const text = renderInfo(target, loadNative(), { version: '1.2.3' });
  t.strictSame(text.split('\n').filter((line) => /^\S/.test(line)), ['System', 'Build', 'Kernel helpers', 'Kernel features', 'Probe types']);
  t.match(text, /^ {2}version: v1\.2\.3$/m);
  t.match(text, /Instruction limit: 1000000/);
});

t.test('without privileges every refusal says what is missing', async (t) => {
  if (!needs(t, 'root')) return;
  const native = loadNative();
  process.seteuid!(65534);
  t.teardown(() => process.seteuid!(0));
  const fresh = new RunningTarget({ native: loadNative });
  t.throws(() => fresh.tracepoint('sched', 'sched_switch'), { name: 'PermissionError', code: 'EACCES', errno: -13, missing: ['CAP_DAC_READ_SEARCH'] });
  t.throws(() => fresh.has('ringbuf'), { name: 'PermissionError', missing: ['CAP_BPF', 'CAP_PERFMON'] });
  t.throws(() => fresh.has('helper:loop'), { name: 'PermissionError' });
  t.equal(fresh.kernelSymbol('vfs_read'), undefined, 'addresses are hidden');
  const rows = [...examine(fresh, native)];
  t.match(rows.find((row) => row.feature === 'capabilities'), { ok: false, detail: 'without CAP_BPF, without CAP_PERFMON, without CAP_DAC_READ_SEARCH' });
  for (const row of rows) t.equal(row.advice === '', row.ok, row.feature);
  t.match(renderInfo(fresh, native, { version: '1' }), /kprobe_multi: unknown \(EPERM\)/);
});
