// fentry and fexit on the running kernel: typed arguments, chains of members, results.

import { existsSync } from 'node:fs';
import t from 'tap';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { type LiveRunResult, runLive } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { fireTogether, type Row } from './tables.js';
import { Worker, opener, reader } from './worker.js';

const only = '/args.count == 12345/';

const rows: Row[] = [
  ['arguments by name', `fentry:vfs_read ${only} { @names[args.count, probe, func] = count(); }`, ['@names[12345, fentry:vmlinux:vfs_read, vfs_read]: 7']],
  ...(process.arch === 'x64' ? [['not in user mode', `fentry:vfs_read ${only} { @mode[usermode] = count(); }`, ['@mode[0]: 7']] as Row] : []),
  ['a chain of members', `fentry:vfs_read ${only} { @members[str(args.file->f_path.dentry->d_name.name), args.file->f_inode->i_rdev >> 20, args.file->f_inode->i_rdev & 0xfffff] = count(); }`, ['@members[zero, 1, 5]: 7']],
  ['a chain through variables', `fentry:vfs_read ${only} { $f = args.file; $d = $f->f_path.dentry; @variables[str($d->d_name.name), $f == args.file] = count(); }`, ['@variables[zero, true]: 7']],
  ['members of unions', `fentry:vfs_read ${only} { @unions[args.file->f_path.dentry->d_name.len] = count(); }`, ['@unions[4]: 7']],
  ['arithmetic with a pointer', `fentry:vfs_read ${only} { @sum[((uint64)args.file & 7) + ((uint64)args.file->f_inode % 8)] = count(); }`, ['@sum[0]: 7']],
  ['user pointers are numbers', `fentry:vfs_read ${only} { @buffer[args.buf != 0] = count(); }`, ['@buffer[true]: 7']],
  ['a pointer to an integer', `fentry:vfs_read ${only} { @position = sum(*args.pos); }`, /^@position: \d+$/m],
  ['a pointer to const void, which some verifiers do not let programs load', 'fentry:kfree { @object[args.object == 1] = count(); } fexit:kfree { @last = args.object; }', /^@object\[false\]: \d+$/m],
  ['results, with the arguments', `fexit:vfs_read ${only} { @result[retval, args.count, probe] = count(); }`, ['@result[12345, 12345, fexit:vmlinux:vfs_read]: 7']],
  ['a result that is a pointer', 'fexit:fget { if (retval != 0) { @inode[retval->f_inode->i_ino > 0] = count(); } }', /^@inode\[true\]: \d+$/m],
  ['a struct through two pointers', `fentry:vfs_read ${only} { @type[str(args.file->f_inode->i_sb->s_type->name), args.file->f_inode->i_sb->s_type->name == 0] = count(); }`, /^@type\[\w+, false\]: 7$/m],
  ['a value is returned', `
    fentry:vfs_read ${only} { @returned["entry"] = count(); for $i : 0..2 { if ($i == 1) { return 3; } } return 5; }
    fexit:vfs_read ${only} { @returned["exit"] = count(); return retval; }`, ['@returned[entry]: 7', '@returned[exit]: 7']],
  ['all arguments as a value', `fentry:vfs_read ${only} { $a = args; @all[$a.count, $a.file == args.file, str($a.file->f_path.dentry->d_name.name), args == $a] = count(); @kept = args; @same[args.count, @kept == args] = count(); }`,
    /^@all\[12345, true, zero, true\]: 7\n[^]*^@kept: \{ \.file = 0x[0-9a-f]+, \.buf = 0x[0-9a-f]+, \.count = 12345, \.pos = 0x[0-9a-f]+ \}\n[^]*^@same\[12345, true\]: 7$/m],
  // the kernel may begin its stack, which pos points into, elsewhere at each call
  ['all arguments as a key', `fentry:vfs_read ${only} { @keys[args] = count(); } fexit:vfs_read ${only} { $a = args; @back[$a.count, retval] = count(); }`, /^@back\[12345, 12345\]: 7\n[^]*^@keys\[\{ \.file = 0x[0-9a-f]+, \.buf = 0x[0-9a-f]+, \.count = 12345, \.pos = 0x[0-9a-f]+ \}\]: [1-7]$/m],
  ['the module may be named', `fentry:vmlinux:vfs_read ${only} { @module = count(); }`, ['@module: 7']],
  ['several functions of a pattern', `fexit:vfs_rea* /retval == 12345/ { @pattern[probe] = count(); }`, ['@pattern[fexit:vmlinux:vfs_read]: 7']],
];

t.test('what it can say', async (t) => {
  if (!needs(t, 'root', 'fentry')) return;
  // a program that is started maps its libraries, which asks for files by fget()
  const worker = new Worker("open my $zero, '<', '/dev/zero'; sysread $zero, my $x, 12345 for 1 .. 7; exec '/bin/true';");
  await fireTogether(t, rows, { pid: worker.pid, during: worker.work });
});

t.test('paths of files', async (t) => {
  if (!needs(t, 'root', 'fentry')) return;
  // the kernel lets programs ask for paths in a few functions only; this is one of them in all kernels of the rig
  const rows: Row[] = [
    ['at the entry', 'fentry:security_file_open /str(args.file->f_path.dentry->d_name.name) == "zero"/ { @entry[path(args.file->f_path)] = count(); }', ['@entry[/dev/zero]: 7']],
    ['at the return', 'fexit:security_file_open /str(args.file->f_path.dentry->d_name.name) == "zero"/ { $p = path(args.file->f_path); @return[$p, retval] = count(); }', ['@return[/dev/zero, 0]: 7']],
  ];
  const worker = new Worker("for (1 .. 7) { open my $zero, '<', '/dev/zero'; close $zero; }");
  await fireTogether(t, rows, { pid: worker.pid, during: worker.work });
});

t.test('numbers of sockets', async (t) => {
  if (!needs(t, 'root', 'fentry')) return;
  const worker = new Worker(`use Socket; for (1 .. 3) { socket(my $s, PF_INET, SOCK_STREAM, 0); connect $s, pack_sockaddr_in(1, inet_aton('127.0.0.1')); close $s; }`);
  const { stdout, stderr } = await runLive(`fentry:tcp_connect /pid == ${worker.pid}/ { @at[socket_cookie(args.sk)] = count(); }
    fentry:inet_release /pid == ${worker.pid}/ { if (has_key(@at, socket_cookie(args.sock->sk))) { @same = count(); } }
    fexit:tcp_connect /pid == ${worker.pid}/ { @again[socket_cookie(args.sk) == socket_cookie(args.sk), socket_cookie(args.sk) > 0] = count(); }`, { during: worker.work });
  t.equal(stdout.match(/^@at\[\d+\]: 1$/gm)?.length, 3, stderr);
  t.match(stdout, /^@same: 3$/m);
  t.match(stdout, /^@again\[true, true\]: 3$/m);
});

t.test('functions of a module', async (t) => {
  if (!needs(t, 'root', 'fentry', 'module_btf')) return;
  if (!existsSync('/sys/kernel/btf/9p')) return t.plan(0, 'no 9p here');
  const worker = opener();
  const { stdout, stderr } = await runLive('fentry:9p:v9fs_file_open { @[probe, args.inode->i_ino > 0] = count(); } fentry:v9fs_vfs_lookup { @[probe, args.flags >= 0] = count(); }', { during: worker.work });
  t.notMatch(stderr, /ERROR/);
  t.match(stdout, /^@\[fentry:9p:v9fs_(file_open|vfs_lookup), (1|true)\]: \d+$/m);
});

t.test('functions of BPF programs', async (t) => {
  if (!needs(t, 'root', 'fentry')) return;
  const script = 'interval:ms:20 { @ = count(); }';
  let inner: LiveRunResult[] = [];
  await runLive(script, {
    during: async () => {
      const id = loadNative().loadedPrograms().find((program) => program.functions[0] === 'interval_ms_20_1')!.id;
      const seen = '{ @[probe] = count(); if (@n++ > 3) { exit(); } } interval:s:30 { exit(); }';
      inner = [await runLive(`fentry:bpf:interval_ms_20_* ${seen}`), await runLive(`fexit:bpf:${id}:interval_ms_20_1 ${seen}`)];
      t.match((await runLive(`fentry:bpf:interval_ms_20_1 { @ = args.x; }`)).stderr, /The args builtin cannot be used for 'fentry\/fexit:bpf' probes/);
    },
  });
  t.match(inner[0]!.stdout, /^@\[fentry:bpf:\d+:interval_ms_20_1\]: [1-9]/m, inner[0]!.stderr);
  t.match(inner[1]!.stdout, /^@\[fexit:bpf:\d+:interval_ms_20_1\]: [1-9]/m, inner[1]!.stderr);
  t.match((await runLive('fentry:bpf:no_such_program { }')).stderr, /No matches for fentry bpf:no_such_program\./);
});

t.test('spin locks are guarded', async (t) => {
  if (!needs(t, 'root', 'fentry')) return;
  const worker = reader();
  const { stdout, stderr, status } = await runLive('fentry:_raw_spin_lock { @[comm] = count(); } fentry:_raw_spin_lock_irqsave { @[comm] = count(); }', { during: worker.work });
  t.equal(status, 0, stderr);
  t.match(stdout, /^@\[\w.*\]: \d+$/m);
});

const wrong: [script: string, message: RegExp][] = [
  ['fentry:no_such_function_at_all { }', /No matches for fentry no_such_function_at_all\./],
  ['fentry:vfs_read { @ = args.nosuch; }', /does not contain a field named 'nosuch'/],
  ['fexit:do_exit { @ = retval; }', /Can't find a field \$retval/],
  ['fentry:vfs_read { @ = retval; }', /The retval builtin can only be used/],
  ['fentry:vfs_read { @ = arg0; }', /The arg0 builtin can only be used/],
  ['fentry:vfs_read { @ = ctx; }', /The ctx builtin can not be used with 'fentry' probes/],
  ['fentry:nosuchmodule:vfs_read { }', /No matches for fentry nosuchmodule:vfs_read\./],
  ['fexit:vmlinux:no_such_function_at_all { }', /No matches for fexit vmlinux:no_such_function_at_all\./],
];

t.test('what is wrong is told', async (t) => {
  if (!needs(t, 'root', 'fentry')) return;
  for (const [script, message] of wrong) t.test(script, async (t) => t.match((await runLive(script)).stderr, message));
});
