// kprobe and kretprobe on the running kernel.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { RunningTarget } from '../../../lib/runtime/discover/index.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { lacking as whyNot, needs } from '../../helpers/needs.js';
import { lacking } from './machines.js';
import { fireTogether, nothingLeft, tellWrong, type Row } from './tables.js';
import { mapLines, opener, reader } from './worker.js';

const target = runningMachine();

const rows: Row[] = [
  ['arguments', 'kprobe:vfs_read /arg2 == 12345/ { @arguments[arg2] = count(); }', ['@arguments[12345]: 7']],
  ['func and probe', 'kprobe:vfs_read /arg2 == 12345/ { @names[func, probe] = count(); }', ['@names[vfs_read, kprobe:vfs_read]: 7']],
  ['func is the very function', 'kprobe:vfs_read /arg2 == 12345 && (uint64)func == kaddr("vfs_read")/ { @very = count(); }', ['@very: 7']],
  ['a name of its own', 'here=kprobe:vfs_read /arg2 == 12345/ { @named[probe] = count(); }', ['@named[here]: 7']],
  ['registers', 'kprobe:vfs_read /reg("dx") == 12345/ { @registers[reg("dx") == arg2, reg("ip") - kaddr("vfs_read") < 16] = count(); }', ['@registers[true, true]: 7']],
  ...(target.arch === 'x86_64' ? [['not in user mode', 'kprobe:vfs_read /arg2 == 12345/ { @mode[usermode] = count(); } kretprobe:vfs_read /retval == 12345/ { @mode[usermode] = count(); }', ['@mode[0]: 14']] as Row] : []),
  ['structs behind arguments', 'kprobe:vfs_read /arg2 == 12345/ { @file[str(((struct file *)arg0)->f_path.dentry->d_name.name)] = count(); }', ['@file[zero]: 7']],
  ['the kernel stack', 'kprobe:vfs_read /arg2 == 12345/ { @stack[kstack(1)] = count(); }', /^@stack\[\n {8}vfs_read\+\d+\n\]: 7$/m],
  ['result', 'kretprobe:vfs_read /retval == 12345/ { @result[retval, func, probe] = count(); }', ['@result[12345, vfs_read, kretprobe:vfs_read]: 7']],
  ['time between entry and return', 'kretprobe:vfs_read /@start[tid]/ { @late[nsecs - @start[tid] > 0] = count(); delete(@start[tid]); } kprobe:vfs_read /arg2 == 12345/ { @start[tid] = nsecs; }', /^@late\[true\]: 7$/m],
  ['several blocks fire in source order', 'kprobe:vfs_read /arg2 == 12345/ { @doubled = 1; } kprobe:vfs_read /arg2 == 12345/ { @doubled = @doubled * 2; }', ['@doubled: 2']],
];

t.test('what it can say', async (t) => {
  if (!needs(t, 'root', 'kprobe')) return;
  const worker = reader();
  await fireTogether(t, rows, { pid: worker.pid, during: worker.work });
});

t.test('an address, with --unsafe', async (t) => {
  if (!needs(t, 'root', 'kprobe')) return;
  const worker = reader();
  const address = target.kernelSymbol('vfs_read')!;
  const { stdout } = await runLive(`kprobe:0x${address.toString(16)} /arg2 == 12345/ { @[probe] = count(); }`, { pid: worker.pid, during: worker.work, unsafe: true });
  t.strictSame(mapLines(stdout), [`@[kprobe:${address}]: 7`]);
});

t.test('an offset', async (t) => {
  if (!needs(t, 'root', 'kprobe')) return;
  const config = process.env['TBPF_KERNEL_CONFIG'];
  if (config === undefined) return t.plan(0, 'where instructions begin is known only in guests');
  // behind endbr64, or behind the call of ftrace
  const offset = /^CONFIG_X86_KERNEL_IBT=y$/m.test(readFileSync(config, 'utf8')) ? 4 : 5;
  const worker = reader();
  const { stdout, stderr } = await runLive(`kprobe:vfs_read+${offset} /arg2 == 12345/ { @[probe] = count(); }`, { pid: worker.pid, during: worker.work });
  t.strictSame(mapLines(stdout), [`@[kprobe:vfs_read+${offset}]: 7`], stderr);
});

t.test('wildcards', async (t) => {
  if (!needs(t, 'root', 'kprobe')) return;
  const ways: [title: string, machine: typeof target][] = [['one link each', lacking('kprobe_multi')], ['one program each', lacking('kprobe_multi', 'helper:get_attach_cookie')]];
  if (target.has('kprobe_multi')) ways.push(['one link for all', lacking('kprobe_session')]);
  if (target.has('kprobe_session')) ways.push(['one link for both ends', target]);
  for (const [title, machine] of ways) {
    t.test(title, async (t) => {
      const worker = reader();
      const script = 'kprobe:vfs_rea* /arg2 == 12345/ { @[probe, func] = count(); } kretprobe:vfs_rea* /retval == 12345/ { @r[probe] = count(); }';
      const { stdout, stderr } = await runLive(script, { pid: worker.pid, during: worker.work, target: machine });
      t.strictSame(mapLines(stdout), ['@[kprobe:vfs_read, vfs_read]: 7', '@r[kretprobe:vfs_read]: 7'], stderr);
      t.match(stderr, /^Attached \d\d? probes$/m);
    });
  }
});

t.test('blocks with a wildcard and blocks with a name fire in source order', async (t) => {
  if (!needs(t, 'root', 'kprobe')) return;
  const address = target.kernelSymbol('vfs_read')!;
  for (const [first, second] of [['vfs_read', 'vfs_rea*'], ['vfs_rea*', 'vfs_read'], ['vfs_r*', 'vfs_rea*'], [`0x${address.toString(16)}`, 'vfs_rea*'], ['vfs_rea*', `0x${address.toString(16)}`]] as const) {
    t.test(`${first}, ${second}, vfs_read`, async (t) => {
      const worker = reader();
      const blocks = [first, second, 'vfs_read'];
      const script = blocks.map((name, i) => `kprobe:${name} /arg2 == 12345/ { @ = @ * 10 + ${i + 1}; } kretprobe:${name} /retval == 12345/ { @r = @r * 10 + ${i + 1}; }`).join(' ')
        .concat(' kretprobe:vfs_read /retval == 12345/ { @orders[@, @r] = count(); @ = 0; @r = 0; } end { clear(@); clear(@r); }');
      const { stdout, stderr } = await runLive(script, { pid: worker.pid, during: worker.work, unsafe: true });
      t.strictSame(mapLines(stdout), ['@orders[123, 123]: 7'], stderr);
    });
  }
});

t.test('functions of a module', async (t) => {
  if (!needs(t, 'root', 'kprobe')) return;
  if (!existsSync('/sys/module/9p/initstate')) return t.plan(0, 'no 9p here');
  const worker = opener();
  const { stdout, stderr } = await runLive('kprobe:9p:v9fs_*lookup*,kprobe:9p:v9fs_file_o* { @[probe] = count(); }', { during: worker.work });
  t.notMatch(stderr, /ERROR/);
  t.match(stdout, /^@\[kprobe:9p:v9fs_\w+\]: \d+$/m);
});

t.test('a pattern with hundreds of matches attaches in one go', async (t) => {
  if (!needs(t, 'root', 'kprobe', 'kprobe_multi')) return;
  const { output } = compile(new Source('stdin', 'kprobe:tcp_* { @[probe] = count(); }'), target);
  t.equal(output!.object.programs.length, 1);
  t.ok(output!.manifest.programs[0]!.probeCount > 200, `${output!.manifest.programs[0]!.probeCount} matches`);
  const { stderr, status } = await runLive('kprobe:tcp_* { @[probe] = count(); }', { during: () => Promise.resolve() });
  t.equal(status, 0);
  t.match(stderr, /Attached \d{3,} probes/);
});

t.test('what a list of functions has too much is left out of one link for all', async (t) => {
  if (!needs(t, 'root', 'kprobe', 'kprobe_multi')) return;
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-kprobe-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const list = join(folder, 'functions');
  // the second is not there, the third is data
  writeFileSync(list, 'vfs_read\nno_such_function_at_all\njiffies\nvfs_readlink\n');
  const machine = new RunningTarget({ native: loadNative, traceableFunctions: list });
  const worker = reader();
  const { stdout, stderr } = await runLive('kprobe:* /arg2 == 12345/ { @[probe] = count(); }', { pid: worker.pid, during: worker.work, target: machine });
  t.strictSame(mapLines(stdout), ['@[kprobe:vfs_read]: 7'], stderr);
  t.match(stderr, '2 matches of wildcards cannot be probed and are left out.');
  t.match(stderr, 'Attached 2 probes\n');
});

t.test('one program and one link for both ends of functions', async (t) => {
  if (!needs(t, 'root', 'kprobe', 'kprobe_session')) return;
  // the entry answers 1, which does not keep the kernel from running the return
  const script = `kprobe:vfs_rea* /arg2 == 12345/ { @in[probe, func, arg2] = count(); @start[tid] = nsecs; return 1; }
    kretprobe:vfs_rea* /@start[tid]/ { @out[probe, func, retval] = count(); @late[nsecs - @start[tid] > 0] = count(); delete(@start, tid); }`;
  const { output } = compile(new Source('stdin', script), target);
  t.equal(output!.object.programs.length, 1);
  t.strictSame(output!.manifest.programs.map(({ attach }) => attach.kind), ['kprobe_session', 'kprobe_session']);
  for (const machine of [target, lacking('kprobe_session')]) {
    const worker = reader();
    const { stdout, stderr } = await runLive(script, { pid: worker.pid, during: worker.work, target: machine });
    t.strictSame(mapLines(stdout), ['@in[kprobe:vfs_read, vfs_read, 12345]: 7', '@late[true]: 7', '@out[kretprobe:vfs_read, vfs_read, 12345]: 7'], stderr);
    t.match(stderr, `Attached ${2 * target.matchKernelFunctions('*', 'vfs_rea*').length} probes\n`);
  }
});

t.test('one program and one link for both ends of one function', async (t) => {
  if (!needs(t, 'root', 'kprobe', 'kprobe_session')) return;
  const script = `kretprobe:vfs_read /@start[tid]/ { @out[probe, func, retval] = count(); @late[nsecs - @start[tid] > 0] = count(); delete(@start, tid); }
    kprobe:vfs_read /arg2 == 12345/ { @in[probe, func, arg2] = count(); @start[tid] = nsecs; @stack[kstack(1)] = count(); }`;
  const { output } = compile(new Source('stdin', script), target);
  t.strictSame(output!.manifest.programs.map(({ attach }) => attach.kind), ['kprobe_session', 'kprobe_session']);
  const all: string[] = [];
  for (const machine of [target, lacking('kprobe_session')]) {
    const worker = reader();
    const { stdout, stderr } = await runLive(script, { pid: worker.pid, during: worker.work, target: machine });
    t.strictSame(mapLines(stdout).filter((line) => !line.startsWith('@stack')), ['@in[kprobe:vfs_read, vfs_read, 12345]: 7', '@late[true]: 7', '@out[kretprobe:vfs_read, vfs_read, 12345]: 7'], stderr);
    t.match(stderr, 'Attached 2 probes\n');
    all.push(stdout.replace(/\+\d+/g, ''));
  }
  t.equal(all[0], all[1], 'stacks too are those of two links');
});

t.test('what one link for both ends cannot have is left out at both', async (t) => {
  if (!needs(t, 'root', 'kprobe', 'kprobe_session')) return;
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-kprobe-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const list = join(folder, 'functions');
  writeFileSync(list, 'vfs_read\nno_such_function_at_all\nvfs_readlink\n');
  const machine = new RunningTarget({ native: loadNative, traceableFunctions: list });
  const worker = reader();
  const { stdout, stderr } = await runLive('kretprobe:* /retval == 12345/ { @out[probe] = count(); } kprobe:* /arg2 == 12345/ { @in[probe] = count(); }', { pid: worker.pid, during: worker.work, target: machine });
  t.strictSame(mapLines(stdout), ['@in[kprobe:vfs_read]: 7', '@out[kretprobe:vfs_read]: 7'], stderr);
  t.match(stderr, '2 matches of wildcards cannot be probed and are left out.');
  t.match(stderr, 'Attached 4 probes\n');
});

/** A name that several functions have. */
const ambiguous = 'load_elf_binary';

t.test('a name that several functions have', async (t) => {
  if (!needs(t, 'root', 'kprobe')) return;
  const places = readFileSync('/proc/kallsyms', 'latin1').split('\n').filter((line) => line.endsWith(` t ${ambiguous}`)).length;
  if (places < 2) return t.plan(0, `one function is called ${ambiguous}`);
  // a shell that names itself, and starts a program five times
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-kprobe-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  symlinkSync('/bin/sh', join(folder, 'tbpfsh'));
  const during = async (): Promise<void> => void execFileSync(join(folder, 'tbpfsh'), ['-c', 'for i in 1 2 3 4 5; do /bin/true; done']);
  const { stdout, stderr } = await runLive(`kprobe:${ambiguous} /comm == "tbpfsh"/ { @in[probe] = count(); } kretprobe:${ambiguous} /comm == "true"/ { @out[probe] = count(); } kprobe:vfs_read { @other = 1; }`, { during });
  t.strictSame(mapLines(stdout).filter((line) => !line.startsWith('@other')), [`@in[kprobe:${ambiguous}]: 5`, `@out[kretprobe:${ambiguous}]: 5`]);
  t.equal(stderr, `Attached ${2 * places + 1} probes\n`);
});

t.test('a function that is not there', async (t) => {
  if (!needs(t, 'root', 'kprobe')) return;
  const { diagnostics } = compile(new Source('stdin', 'kprobe:vfs_raed { }'), target);
  t.equal(diagnostics[0]!.message, 'No matches for kprobe vfs_raed.');
  t.strictSame(diagnostics[0]!.hints, [{ text: 'Did you mean kprobe:vfs_read?' }]);
});

t.test('what is wrong is told', async (t) => {
  if (!needs(t, 'root')) return;
  for (const kind of ['kprobe', 'kretprobe']) {
    tellWrong(t, [
      [`${kind} { }`, `${kind} probe type requires 1 or 2 arguments, found 0`],
      [`${kind}:a:b:c { }`, `${kind} probe type requires 1 or 2 arguments, found 3`],
      [`${kind}:0x${target.kernelSymbol('vfs_read')!.toString(16)} { }`, 'Probing by address requires --unsafe'],
      [`${kind}:nosuchmodule:vfs_read { }`, `specified module nosuchmodule in probe ${kind}:nosuchmodule:vfs_read is not loaded.`],
      [`${kind}:nosuchmodule:vfs_* { }`, `specified module nosuchmodule in probe ${kind}:nosuchmodule:vfs_* is not loaded.`],
      [`${kind}:no_such_function_* { }`, whyNot('kprobe') ? 'kprobe probes are not supported by this kernel' : nothingLeft],
      [`${kind}:vfs_read { @ = args.x; }`, `The args builtin can only be used with tracepoint, rawtracepoint, fentry/fexit, and uprobe probes (${kind} used here)`],
    ]);
  }
  tellWrong(t, [
    ['kretprobe:vfs_read+4 { }', 'Offset not allowed'],
    ['kprobe:vfs_read+x { }', 'Invalid offset: x'],
    ['kprobe:vfs_read+1+2 { }', 'Cannot take more than one offset'],
    ['kprobe:vfs_read { @ = retval; }', "The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes"],
    ['kretprobe:vfs_read { @ = arg0; }', "The arg0 builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes"],
    ['kprobe:vfs_read { @ = reg("nosuch"); }', `'nosuch' is not a valid register on this architecture (${target.arch})`],
  ]);
  if (target.arch === 'x86_64') tellWrong(t, [['kprobe:vfs_read { @ = arg6; }', "x86_64 doesn't support arg6"]]);
});

t.test('an offset behind the function', async (t) => {
  if (!needs(t, 'root', 'kprobe')) return;
  t.match((await runLive('kprobe:vfs_read+100000 { }')).stderr, /ERROR: Offset outside the function bounds \('vfs_read' size is \d+\)$/m);
});
