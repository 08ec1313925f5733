// Tracepoints of many system calls as one program: the same counts, names and arguments as one by one.
//
//   idea   both ways watch the same process at the same time

import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { type LiveRunResult, runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { rowsOf } from '../../helpers/rows-of-guest.js';
import { Worker, mapLines } from './worker.js';

/** Runs a script folded and unfolded while the child works. */
async function both(script: string, work: () => Promise<void>, pid?: number): Promise<[folded: LiveRunResult, apart: LiveRunResult]> {
  let waiting = 2;
  let started: () => void;
  const all = new Promise<void>((resolve) => (started = resolve));
  let done: Promise<void> | undefined;
  const during = async (): Promise<void> => {
    if (--waiting === 0) started();
    await all;
    await (done ??= work());
  };
  return Promise.all([runLive(script, { pid, during }), runLive(script, { pid, during, foldsSyscalls: false })]);
}

const busy = `
  open my $no, '<', '/nonexistent/x'; stat '/etc/hosts'; lstat '/etc/hostname'; chmod 0644, '/nonexistent/y';  for my $i (1 .. 20) { open my $f, '<', '/etc/passwd'; sysread $f, my $x, 100; seek $f, 5, 0; close $f; getppid(); }
  rename '/nonexistent/a', '/nonexistent/b'; mkdir '/'; chdir '/'; umask 022; my $child = fork; exit 0 if $child == 0; waitpid $child, 0;`;

const points = ['enter', 'exit'].flatMap((way) => ['getp*', 'read', 'close', 'lseek', 'mkdir', 'newf*'].map((calls) => `tracepoint:syscalls:sys_${way}_${calls}`)).join(',');

const scripts: [title: string, script: string][] = [
  ['probe', `${points} { @[probe] = count(); }`],
  ['probe in a loop', `${points} { for $i : 0..2 { @[probe] = count(); } unroll (2) { @b[probe] = count(); } }`],
  ['the number, and a predicate over it', `${points} /args.__syscall_nr % 2 == 1/ { @[args.__syscall_nr] = count(); }`],
  ['a call that is named twice', `${points},tracepoint:syscalls:sys_enter_getppid,tracepoint:syscalls:sys_enter_read { @[probe] = count(); }`],
  ['results', 't:syscalls:sys_exit_mk*,t:syscalls:sys_exit_read*,t:syscalls:sys_exit_clo* /args.ret < 0 || args.ret == 100/ { @[probe, args.ret] = count(); }'],
  ['an argument that all have at the same place', [...'read write close lseek fchdir fsync'.split(' ').map((name) => `t:syscalls:sys_enter_${name}`)].join(',') + ' { @[probe, args.fd, sizeof(args.fd)] = count(); }'],
  ['an argument by the other names of args', 'read write close lseek fchdir fsync'.split(' ').map((name) => `t:syscalls:sys_enter_${name}`).join(',') + ' { @[probe, __builtin_args.fd, args().fd, __builtin_args().fd] = count(); }'],
  ['an int that is negative', [...'openat newfstatat faccessat unlinkat mkdirat fchmodat'.split(' ').map((name) => `t:syscalls:sys_enter_${name}`)].join(',') + ' { @[probe, args.dfd, args.dfd < 0, sizeof(args.dfd)] = count(); }'],
  ['an argument at different places', 'open newstat newlstat chdir mknod access chmod openat newfstatat faccessat fchmodat mknodat utimensat'.split(' ').map((name) => `t:syscalls:sys_enter_${name}`).join(',') + ' { @[probe, str(args.filename, 32)] = count(); }'],
  ['in the bodies of loops', `${points} { for $i : 0..2 { @[probe] = count(); } $i = 0; while ($i < 2) { $i++; @nr[args.__syscall_nr] = count(); } }`],
];

t.test('names of calls by number are those that the kernel gives their tracepoints', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const worker = new Worker(busy);
  await worker.ready;
  const result = await runLive(`${points} { @[probe, syscall_name(args.__syscall_nr)] = count(); } t:syscalls:sys_exit_openat /args.ret < 0/ { @failed[strerror(args.ret)] = count(); }`, { pid: worker.pid, during: worker.work });
  const lines = mapLines(result.stdout);
  const calls = lines.flatMap((line) => /^@\[tracepoint:syscalls:sys_(?:enter|exit)_(\w+), (\w+)\]/.exec(line)?.slice(1, 3).join(' ') ?? []);
  // the kernel's functions for these calls are called newfstat and newfstatat
  for (const call of calls) t.match(call, /^(?:new)?(\w+) \1$/);
  for (const name of ['getppid', 'read', 'close', 'lseek', 'mkdir']) t.ok(calls.includes(`${name} ${name}`) || (name === 'mkdir' && process.arch !== 'x64'), name);
  t.ok(lines.includes('@failed[No such file or directory]: 1'), result.stdout);
});

t.test('folded and unfolded say the same', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  for (const [title, script] of rowsOf(scripts, 2)) {
    t.test(title, async (t) => {
      const worker = new Worker(busy);
      await worker.ready;
      const [folded, apart] = await both(script, worker.work, worker.pid);
      t.equal(folded.stderr, apart.stderr);
      t.ok(mapLines(folded.stdout).length > 0, 'something was counted');
      t.strictSame(mapLines(folded.stdout), mapLines(apart.stdout));
    });
  }
});

t.test('blocks of one event fire in their order, few calls or many', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const one = (letter: string, pattern: string): string => `t:syscalls:sys_enter_${pattern} /args.__syscall_nr == ${runningMachine().syscallNumber('getppid')}/ { printf("${letter}"); } `;
  for (const [title, script] of [['many in the middle', one('a', 'getppid') + one('b', '*') + one('c', 'getppid')], ['many first', one('a', '*') + one('b', 'getppid') + one('c', '*')]] as const) {
    t.test(title, async (t) => {
      const worker = new Worker('getppid() for 1 .. 3;');
      await worker.ready;
      const { stdout } = await runLive(script, { pid: worker.pid, during: worker.work });
      t.equal(stdout.trim(), 'abcabcabc');
    });
  }
});

t.test('calls of 32-bit programs are not taken for others', async (t) => {
  if (!needs(t, 'root', 'tracepoint') || runningMachine().arch !== 'x86_64') return;
  // the 32-bit call 20 ten times, then the 32-bit call 1 (exit)
  const program = writeProgram(t, 'tbpf-compat', [0xbe, 10, 0, 0, 0, /* again: */ 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xff, 0xce, 0x75, 0xf5, 0xb8, 1, 0, 0, 0, 0x31, 0xdb, 0xcd, 0x80]);
  // number 20 is getpid for them and writev for everybody else
  const script = `
    ${points},tracepoint:syscalls:sys_enter_w*,tracepoint:syscalls:sys_exit_w* /comm == "tbpf-compat"/ { @[probe] = count(); }
    tracepoint:raw_syscalls:sys_enter /comm == "tbpf-compat" && args.id == 20/ { @raw = count(); }`;
  const [folded, apart] = await both(script, () => ended(program));
  t.strictSame(mapLines(folded.stdout), mapLines(apart.stdout));
  t.notMatch(folded.stdout, /writev/);
  if (!folded.stdout.includes('@raw')) t.comment('this kernel has no 32-bit calls');
});

t.test('of the number only the lower half counts', async (t) => {
  if (!needs(t, 'root', 'tracepoint') || runningMachine().arch !== 'x86_64') return;
  // movabs rax, 1 << 32 | getpid; syscall, five times; then exit(0)
  const again = [0x48, 0xb8, 39, 0, 0, 0, 1, 0, 0, 0, 0x0f, 0x05];
  const program = writeProgram(t, 'tbpf-upper', [...Array(5).fill(again).flat() as number[], 0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]);
  const [folded, apart] = await both('tracepoint:syscalls:sys_enter_get*,tracepoint:syscalls:sys_exit_get* /comm == "tbpf-upper"/ { @[probe] = count(); }', () => ended(program));
  t.strictSame(mapLines(folded.stdout), ['@[tracepoint:syscalls:sys_enter_getpid]: 5', '@[tracepoint:syscalls:sys_exit_getpid]: 5']);
  t.strictSame(mapLines(apart.stdout), mapLines(folded.stdout));
});

const ended = (program: string): Promise<void> => new Promise((resolve) => spawn(program, { stdio: 'ignore' }).on('close', () => resolve()));

/** A program of this machine code, in a folder that goes with the test. */
function writeProgram(t: Test, name: string, code: readonly number[]): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const program = join(folder, name);
  writeFileSync(program, elfFile(Buffer.from(code)));
  chmodSync(program, 0o755);
  return program;
}

/** ELF64 file that is nothing but code. */
function elfFile(code: Buffer): Buffer {
  const file = Buffer.alloc(120 + code.length);
  const base = 0x400000;
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(62, 18); // x86_64
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(base + 120), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(5, 68); // readable, executable
  file.writeBigUInt64LE(BigInt(base), 80);
  file.writeBigUInt64LE(BigInt(base), 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  code.copy(file, 120);
  return file;
}

const shapes: [script: string, programs: string[], probes: number | undefined][] = [
  ['t:syscalls:sys_enter_* { @ = count(); }', ['raw_tp/sys_enter'], undefined],
  ['t:syscalls:sys_* { @[probe] = count(); }', ['raw_tp/sys_enter', 'raw_tp/sys_exit'], undefined],
  ['t:syscalls:sys_enter_read,t:syscalls:sys_enter_write { @[probe] = count(); }', ['tracepoint/syscalls/sys_enter_read', 'tracepoint/syscalls/sys_enter_write'], 2],
  ['t:syscalls:sys_enter_* { @[kstack] = count(); }', ['tracepoint'], undefined],
  ['t:syscalls:sys_enter_c* { for $i : 0..2 { @[probe] = count(); } }', ['raw_tp/sys_enter'], undefined],
  ['t:syscalls:sys_exit_* { @[args.ret] = count(); }', ['raw_tp/sys_exit'], undefined],
  [`${'open newstat newlstat chdir mknod access chmod openat newfstatat faccessat fchmodat mknodat utimensat execve'.split(' ').map((name) => `t:syscalls:sys_enter_${name}`).join(',')} { @[args.filename] = count(); }`, ['raw_tp/sys_enter', 'raw_tp/sys_enter'], 2],
];

t.test('what is folded', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const target = runningMachine();
  for (const [script, sections, probes] of rowsOf(shapes, 2)) {
    t.test(script, async (t) => {
      const { output, diagnostics } = compile(new Source('stdin', script), target);
      t.strictSame(diagnostics.map(String), []);
      t.strictSame(output!.object.programs.map((p) => p.section), sections);
      if (probes !== undefined) t.equal(output!.manifest.programs.length, probes);
      else t.equal(output!.manifest.programs.reduce((sum, p) => sum + p.probeCount, 0), target.matchTracepoints('syscalls', script.slice(11).split(' ')[0]!).length);
    });
  }
});
