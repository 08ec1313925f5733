// tbpf build, run and inspect: a script compiled to a file, and run from it with everything that a run can be given.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { load } from '../../../lib/index.js';
import { checkRows, command, runCommand, type Row } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-built-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);

const scripts: Readonly<Record<string, string>> = {
  hello: 'begin { printf("%d %s %d %d\\n", $1, str($2), $#, getopt("ms", 7, "least time")); exit($1); }',
  number: 'begin { print($1 > 3); print((-1 < $1, (uint64)1 < $1)); @[$1] = count(); print($1 + 1); }',
  process: 'profile:hz:999 { @[pid] = count(); } interval:ms:300 { exit(); }',
  command: 'tracepoint:syscalls:sys_enter_write /pid == cpid/ { @ = count(); }',
  filtered: 'tracepoint:raw_syscalls:sys_enter { @[pid] = count(); } interval:ms:300 { exit(); }',
  unsafe: 'begin { system("echo done"); }',
  fails: 'test:one { return 0; } test:two { return 1; }',
};

async function build(name: string, ...options: string[]): Promise<void> {
  writeFileSync(file(`${name}.bt`), scripts[name]!);
  const { stdout, stderr, status } = await runCommand(['build', ...options, file(`${name}.bt`), '-o', file(`${name}.tbpf`)]);
  t.same({ stdout, stderr, status }, { stdout: '', stderr: '', status: 0 }, `${name} is built`);
}

const run = (name: string): string[] => ['run', '-q', file(`${name}.tbpf`)];

const rows: [title: string, row: Row][] = [
  ['parameters and getopt', { args: [...run('hello'), '5', 'x', '--', '--ms=3'], stdout: '5 x 2 3\n\n\n', status: 5 }],
  ['other parameters', { args: [...run('hello'), '0x10', '17'], stdout: '16 17 2 7\n\n\n', status: 16 }],
  ['no parameters', { args: [...run('hello')], stdout: '0  0 7\n\n\n', stderr: 'WARNING: Positional parameter $1 is empty or not provided.\nWARNING: Positional parameter $2 is empty or not provided.\n' }],
  ['a text for a number', { args: [...run('hello'), 'five'], status: 1, stderr: 'ERROR: $1: five is no number, and the program was built to take one\n' }],
  ['too large a number', { args: [...run('hello'), '0xffffffffffffffff'], status: 1, stderr: 'ERROR: $1: 0xffffffffffffffff is out of range: it has to be an int64\n' }],
  ['a getopt that is not there', { args: [...run('hello'), '--', '--no=3'], status: 1, stderr: 'ERROR: unexpected program command line options: --no\nHINT: expected program options: --ms: least time\n' }],
  ['a number has the type of a literal', { args: [...run('number'), '5'], stdout: 'true\n(true, true)\n6\n\n\n@[5]: 1\n' }],
  ['a number below 0', { args: [...run('number'), '--', '-5'], status: 1, stderr: 'ERROR: $1: -5 is below 0, and a program takes such a number only when it is built\n' }],
  ['-f json', { args: ['run', '-f', 'json', file('hello.tbpf'), '1', 'x'], stdout: '{"type": "attached_probes", "count": 1, "data": {"probes": 1}}\n{"type": "printf", "data": "1 x 2 7\\n"}\n', status: 1 }],
  ['-o', { args: [...run('hello'), '-o', file('out'), '1', 'x'], status: 1 }],
  ['-c', { args: [...run('command'), '-c', '/bin/echo hello'], stdout: 'hello\n\n\n@: 1\n' }],
  ['--unsafe is asked for', { args: run('unsafe'), status: 1, stderr: new RegExp('^ERROR: \\S+unsafe\\.tbpf was built with --unsafe: it may change the system\nHINT: Run it with --unsafe') }],
  ['--unsafe is given', { args: [...run('unsafe'), '--unsafe'], stdout: 'done\n\n\n\n' }],
  ['--test', { args: [...run('fails'), '--test'], status: 1, stdout: /Running 2 tests\.[^]*one[^]*FAILED/ }],
  ['options of the compiler', { args: [...run('hello'), '-k'], status: 1, stderr: 'ERROR: USAGE: --warnings is no option of tbpf run: what the compiler decides was decided by tbpf build.\n' }],
  ['a script', { args: ['run', file('hello.bt')], status: 1, stderr: /^ERROR: \S+hello\.bt is no compiled script. Build one: tbpf build script\.bt -o script\.tbpf\n$/ }],
  ['a damaged file', { args: ['run', file('damaged.tbpf')], status: 1, stderr: /^ERROR: \S+damaged\.tbpf is damaged: its checksum does not fit\. Copy it again, or build it again\.\n$/ }],
  ['no file', { args: ['run', file('none.tbpf')], status: 1, stderr: /^ERROR: failed to open file '\S+none\.tbpf': No such file or directory\n$/ }],
  ['a folder', { args: ['inspect', folder], status: 1, stderr: /^ERROR: failed to open file '\S+': \S+ is no regular file\n$/ }],
  ['build without -o', { args: ['build', file('hello.bt')], status: 1, stderr: /^ERROR: USAGE: build needs the file to write: tbpf build script\.bt -o script\.tbpf\n$/ }],
  ['build with -p', { args: ['build', file('hello.bt'), '-o', file('x'), '-p', '1'], status: 1, stderr: /^ERROR: USAGE: -p is an option of tbpf run/ }],
  ['inspect', { args: ['inspect', file('hello.tbpf')], stdout: /^\S+: compiled from \S+hello\.bt; [^]*\nPROBES:\n {4}begin\n[^]*\nPARAMETERS:\n {4}\$1 {2}a number\n {4}\$2 {2}text\n {4}--ms=NUMBER {2}least time \[7\]\n/ }],
  ['inspect --script', { args: ['inspect', '--script', file('hello.tbpf')], stdout: `${scripts['hello']!}\n` }],
];

t.test('rows', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  for (const name of Object.keys(scripts)) await build(name, ...(name === 'unsafe' ? ['--unsafe'] : []));
  const damaged = readFileSync(file('hello.tbpf'));
  damaged[200]! ^= 1;
  writeFileSync(file('damaged.tbpf'), damaged);
  await checkRows(t, rows);
  t.equal(readFileSync(file('out'), 'utf8'), '1 x 2 7\n\n\n');
});

t.test('--aot: the file is a command', async (t) => {
  if (!needs(t, 'root')) return;
  t.match(await runCommand(['--aot', file('hello'), '-e', scripts['hello']!]), { stdout: '', stderr: '', status: 0 });
  const env = { PATH: `${dirname(command)}:${process.env['PATH']}` };
  t.match(await runCommand(['-q', '5', 'x', '--', '--ms=3'], { program: file('hello'), env }), { stdout: '5 x 2 3\n\n\n', stderr: '', status: 5 });
  t.match(await runCommand(['run', '-q', file('hello'), '6', 'y']), { stdout: '6 y 2 7\n\n\n', status: 6 });
  t.match(await runCommand(['inspect', '--script', file('hello')]), { stdout: `${scripts['hello']!}\n` });
});

t.test('-p', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  for (const name of ['process', 'filtered']) {
    const { stdout } = await runCommand(['-c', `(while :; do :; done) & B=$!; while :; do kill -0 $B; done & ${command} run -q -p $! ${file(`${name}.tbpf`)} > ${file('said')}; P=$!; kill $P $B; echo $P; cat ${file('said')}`], { program: '/bin/bash' });
    const [pid, , , ...counted] = stdout.split('\n');
    t.match(counted.join('\n'), new RegExp(`^@\\[${pid}\\]: [1-9]\\d*\\n$`), name);
  }
});

t.test('for the facts of a machine', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const script = file('switches.bt');
  writeFileSync(script, 'tracepoint:sched:sched_switch { @ = max(args.prev_pid | args.next_pid); @parent = max(curtask.real_parent.pid); } interval:ms:100 { printf("%d\\n", @ > 0); exit(); }');
  t.match(await runCommand(['facts', '-o', file('facts'), 'tracepoint:sched:sched_switch']), { status: 0, stdout: '', stderr: '' });
  t.match(await runCommand(['build', script, '-o', file('here.tbpf')]), { status: 0 });
  t.match(await runCommand(['build', '--for', file('facts'), script, '-o', file('there.tbpf')]), { status: 0 });
  t.ok(readFileSync(file('here.tbpf')).equals(readFileSync(file('there.tbpf'))), 'the facts of this machine give the same file');
  t.match((await runCommand(['run', '-q', file('there.tbpf')])).stdout, /^1\n/);

  const facts = JSON.parse(readFileSync(file('facts'), 'utf8')) as { kernelBuild: string; kernelRelease: string; tracepoints: { fields: { name: string; offset: number }[] }[] };
  const buildElsewhere = async (bytes: number): Promise<void> => {
    facts.tracepoints[0]!.fields.find(({ name }) => name === 'next_pid')!.offset += bytes;
    writeFileSync(file('changed'), JSON.stringify({ ...facts, kernelBuild: 'another', kernelRelease: '9.9' }));
    t.match(await runCommand(['build', '--for', file('changed'), script, '-o', file('elsewhere.tbpf')]), { status: 0 });
  };
  await buildElsewhere(8);
  t.match((await runCommand(['run', '-q', file('elsewhere.tbpf')])).stdout, /^1\n/);
  await buildElsewhere(2);
  t.match(await runCommand(['run', file('elsewhere.tbpf')]), { status: 1, stdout: '', stderr: /^ERROR: The program was compiled for Linux 9\.9, and this machine \(Linux \S+\) differs: line 1: argument next_pid of tracepoint:sched:sched_switch is 4 bytes from byte \d+ on, and was [^]*Compile the script here: the file has its text \(tbpf inspect --script FILE\)\.\n$/ });
  t.match(await runCommand(['build', '--for', script, script, '-o', file('x')]), { status: 1, stderr: /^ERROR: \S+ holds no facts of a machine\nHINT: / });
  t.match(await runCommand(['facts', 'uprobe:/bin/bash:x']), { status: 1, stderr: /^ERROR: uprobe:\S+ cannot be recorded/ });
});

t.test('parameters that a probe needs are given when the program is built', async (t) => {
  if (!needs(t, 'root')) return;
  writeFileSync(file('every.bt'), 'interval:ms:$1 { printf("%d\\n", $2); exit(); }');
  t.match(await runCommand(['build', file('every.bt'), '-o', file('every.tbpf')]), { status: 1, stderr: /^\S+every\.bt:1:1-15: ERROR: \$1 is part of a probe, [^]*HINT: Give parameters when it is built: tbpf build SCRIPT -o FILE PARAMETER/ });
  t.match(await runCommand(['build', file('every.bt'), '-o', file('every.tbpf'), '20', '33']), { status: 0, stderr: '' });
  t.match(await runCommand(['run', '-q', file('every.tbpf')]), { status: 0, stdout: '33\n\n\n' });
  t.match(await runCommand(['run', '-q', file('every.tbpf'), '4']), { status: 1, stderr: 'ERROR: The parameters of this program were given when it was compiled, and it takes no others\n' });
});

t.test('load() of the library takes the bytes', async (t) => {
  if (!needs(t, 'root')) return;
  const said: string[] = [];
  const session = await load(readFileSync(file('hello.tbpf')), { parameters: [9, 'text'], namedParameters: { ms: 1 } });
  for await (const event of session) if ('text' in event) said.push(event.text);
  t.same(said, ['9 text 2 1\n']);
  t.match(await session.done, { status: 9 });
  t.same(session.program.parameters.map(({ name }) => name), ['ms'], 'what is given by position is no named parameter');
  await t.rejects(load(readFileSync(file('damaged.tbpf'))), { code: 'ERR_PROGRAM_FILE', message: 'the program is damaged: its checksum does not fit' });
  await t.rejects(load(readFileSync(file('hello.tbpf')), { parameters: ['x'] }), { code: 'ERR_OPTION_VALUE' });
});
