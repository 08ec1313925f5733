// Options, exit statuses and complaints of the command (language.md 8), which are the same on every kernel.

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { tools } from '../../../lib/cli/line/subcommands.js';
import { checkRows, command, packageRoot, runCommand, type Row } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-options-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);

const hello = 'BEGIN { printf("hello\\n"); exit(); }';
const withParameters = 'begin { printf("%d %s %d %d\\n", getopt("ms", 100, "least time"), getopt("name", "x"), getopt("at", -1), getopt("all")); }';
const parametersHelp = "USAGE:\n    tbpf [options] -e 'program' [params] -- [--name=value …]\n\nOPTIONS of the script (behind --; [default]):\n"
  + '    --ms=NUMBER  least time [100]\n    --name=TEXT  ["x"]\n    --at=NUMBER  [-1]\n    --all        [false]\n\nOptions of tbpf: tbpf -h\n';
const rows: [title: string, row: Row][] = [
  ['several probes', { args: ['-e', 'begin { } end { printf("bye\\n"); }'], stdout: 'bye\n\n\n', stderr: 'Attached 2 probes\n' }],
  ['-q', { args: ['-q', '-e', hello], stdout: 'hello\n\n\n' }],
  ['a program on standard input', { args: ['-q', '-'], input: hello, stdout: 'hello\n\n\n' }],
  ['parameters behind --', { args: ['-q', '-e', 'begin { printf("%d\\n", $1); }', '--', '-7'], stdout: '-7\n\n\n' }],
  ['-B full', { args: ['-q', '-B', 'full', '-e', hello], stdout: 'hello\n\n\n' }],
  ['-B none', { args: ['-q', '-Bnone', '-e', hello], stdout: 'hello\n\n\n' }],
  ['--mode codegen', { args: ['--mode', 'codegen', '-e', hello] }],
  ['--fmt', { args: ['--fmt', '-e', 'begin{@x=1;printf("a\\n");}'], stdout: 'begin {\n  @x = 1;\n  printf("a\\n");\n}\n' }],
  ['-d types', { args: ['--mode', 'codegen', '-d', 'types', '-e', 'begin { @x = 1; }'], stdout: /^==> types\nmap @x: int\d+\n/ }],
  ['-d ir,bpf', { args: ['--mode', 'codegen', '-d', 'ir,bpf', '-e', 'begin { @x = 1; }'], stdout: /^==> ir\n[^]*==> bpf\nbegin_1 "raw_tp": \d+ instructions\n/ }],
  ['-d libbpf', { args: ['-q', '-d', 'libbpf', '-e', hello], stdout: 'hello\n\n\n', stderr: /^\[DEBUG\] / }],
  ['-d elf', { args: ['--mode', 'codegen', '-d', 'elf', '-e', hello], stdout: /^==> elf\nraw_tp +offset \d+ bytes \d+\n/ }],
  ['-V', { args: ['-V'], stdout: /^tbpf v\d+\.\d+\.\d+\n$/ }],
  ['-h', { args: ['-h'], stdout: /^tbpf - a high-level tracing language for Linux powered by BPF\n\nUSAGE:\n[^]*\nOPTIONS:\n[^]*--format[^]*\nDEVELOPER OPTIONS:\n[^]*\nTROUBLESHOOTING OPTIONS:\n[^]*\nCONFIGURATION[^]*\nEXAMPLES:\n[^]*\nDOCUMENTATION:\n/ }],
  ['warnings go to stdout', { args: ['-q', '-e', 'begin { $x = 1; if ($2 == 0) { printf("y\\n"); } }'], stdout: /^stdin:1:\d+-\d+: WARNING: [^]*\ny\n\n\n$/ }],
  ['--no-warnings', { args: ['-q', '--no-warnings', '-e', 'begin { if ($2 == 0) { printf("y\\n"); } }'], stdout: 'y\n\n\n' }],
  ['-l', { args: ['-l', 'software:cpu*'], stdout: 'software:cpu-clock:\nsoftware:cpu-migrations:\nsoftware:cpu:\n' }],
  ['-l -e', { args: ['-l', '-e', 'begin { } software:cpu:100 { } profile:hz:9 { }'], stdout: 'profile:hz:9\nsoftware:cpu:100\n' }],
  ['--traceable-functions: no such file', { args: ['-l', '--traceable-functions', '/nonexistent/list', 'kprobe:*'], stderr: "ERROR: The list of traceable functions '/nonexistent/list' does not exist\n", status: 1 }],
  ['--traceable-functions: a folder', { args: ['--traceable-functions', '/', '-e', 'kprobe:vfs_* { }'], stderr: "ERROR: The list of traceable functions '/' is a folder\n", status: 1 }],
  ['BPFTRACE_BTF: a folder', { args: ['-e', 'begin { print(curtask.pid); }'], env: { BPFTRACE_BTF: '/' }, stderr: "ERROR: The BTF file (BPFTRACE_BTF) '/' is a folder\n", status: 1 }],
  ['-l: a function without a name', { args: ['-l', 'kprobe:'], stdout: '', stderr: "WARNING: No probes match 'kprobe:'.\n" }],
  ['-l -e: system calls that share a program', { args: ['-l', '-e', 'tracepoint:syscalls:sys_enter_mk*,tracepoint:syscalls:sys_enter_open* { }'], stdout: /^(tracepoint:syscalls:sys_enter_(mk|open)\w*\n){7,}$/ }],
  ['-l -e: functions that share a link', { args: ['-l', '-e', 'uprobe:libc:fput* { }'], stdout: /^(uprobe:.*:fput[\w.]+\n){2,}$/ }],
  ['-lv -e keeps what the script says', { args: ['-l', '-v', '-e', 'software:cpu:100 { } profile:hz:9 { }'], stdout: 'profile:hz:9\nsoftware:cpu:100\n' }],
  ['-l -e: the environment counts', { args: ['-l', '-e', 'tracepoint:no:such { } profile:hz:9 { }'], env: { BPFTRACE_MISSING_PROBES: 'ignore' }, stdout: 'profile:hz:9\n' }],
  ['-l -p: no such process', { args: ['-l', '-p', '4194303'], stderr: /^ERROR: Failed to attach to pid: /, status: 1 }],
  ['-l -e: more than may be attached', { args: ['-l', '-e', 'config = { max_probes = 2 } tracepoint:sched:sched_w* { }'], stdout: /^(tracepoint:sched:sched_w\w+\n){3,}$/ }],
  ['no arguments', { args: [], stderr: /^USAGE:\n/, status: 1 }],
  ['an option nobody knows', { args: ['--foo'], stderr: /^tbpf: unrecognized option '--foo'\nHINT: Options of a script stand behind --, as in: tbpf script\.bt -- --name=value\nUSAGE:\n/, status: 1 }],
  ['no program', { args: ['-q'], stderr: "ERROR: USAGE: filename or -e 'program' required.\n", status: 1 }],
  ['an empty program', { args: ['-e', ''], stdout: 'No probes to attach\n', status: 1 }],
  ['an empty program, quietly', { args: ['-q', '-e', ''], status: 1 }],
  ['a syntax error', { args: ['-e', 'begin { printf("x" }'], stderr: /^stdin:1:\d+-\d+: ERROR: syntax: [^]*\nbegin \{ printf\("x" \}\n +~+\n/, status: 1 }],
  ['a type error', { args: ['-e', 'begin { @x = 1; @x = "a"; }'], stderr: /^stdin:1:\d+-\d+: ERROR: Type mismatch/, status: 1 }],
  ['no such file', { args: ['nothing.bt'], stderr: "ERROR: failed to open file 'nothing.bt': No such file or directory\n", status: 1 }],
  ['types of a text', { args: ['types', '-e', 'begin { emit("done", (after = 1)); }'], stdout: /^\/\/ Written by: tbpf types stdin\n[^]*done: \{[^]*after: number/ }],
  ['a word that is no command', { args: ['nosuchtool'], stderr: /^ERROR: failed to open file 'nosuchtool': No such file or directory\nHINT: Commands are doctor, .*; tools are argdist, execsnoop, funccount, opensnoop, serve, trace\.\n$/, status: 1 }],
  ['a command without what it needs', { args: ['types'], stderr: "ERROR: failed to open file 'types': No such file or directory\nHINT: tbpf -h shows what tbpf types needs.\n", status: 1 }],
  ['a folder', { args: ['/'], stderr: "ERROR: failed to open file '/': Is a directory\n", status: 1 }],
  ['-o into nowhere', { args: ['-o', '/nonexistent/x', '-e', hello], stderr: 'ERROR: Failed to open output file: "/nonexistent/x": No such file or directory\n', status: 1 }],
  ['an unknown format', { args: ['-f', 'jsonx', '-e', hello], stderr: "ERROR: Invalid output format \"jsonx\"\nValid formats: 'text', 'json', 'ndjson', 'folded', 'pprof'\n", status: 1 }],
  ['a wrong setting in the environment', { args: ['-e', hello], env: { BPFTRACE_MAX_STRLEN: 'x' }, stderr: 'ERROR: BPFTRACE_MAX_STRLEN: expecting a number, got x\n', status: 1 }],
  ['a setting out of range in the environment', { args: ['-e', hello], env: { BPFTRACE_MAX_STRLEN: '9999999999', BPFTRACE_MAX_MAP_KEYS: '0' },
    stderr: /^(ERROR: BPFTRACE_MAX_(STRLEN: expecting a number from 4 to 131072, got 9999999999|MAP_KEYS: expecting a number from 1 to 4294967295, got 0)\n){2}$/, status: 1 }],
  ['a parameter that the script does not know', { args: ['-e', hello, '--', '--bb'], stderr: 'ERROR: unexpected program command line options: --bb\nHINT: The script has no options of its own: it calls no getopt().\n', status: 1 }],
  ['--help of a script', { args: ['--help', '-e', withParameters], stdout: parametersHelp }],
  ['--help of a script, behind --', { args: ['-e', withParameters, '--', '--ms=3', '--help'], stdout: parametersHelp }],
  ['--help of a script without parameters', { args: ['-e', hello, '--help'], stdout: /^USAGE:\n {4}tbpf \[options\] -e 'program' \[params\]\n\nThe script has no options of its own: it calls no getopt\(\)\.\n/ }],
  ['--help of a script whose probes do not exist', { args: ['--help', '-e', 'kprobe:no_such { print(getopt("x")); }'], stdout: /\n {4}--x {2}\[false\]\n/ }],
  ['--help of a script that is wrong', { args: ['--help', '-e', 'begin { print(getopt(1)); }'], stderr: /^stdin:1:22-23: ERROR: First argument to 'getopt' must be a string literal\.\n/, status: 1 }],
  ['--help of a script that does not exist', { args: ['nothing.bt', '--help'], stderr: "ERROR: failed to open file 'nothing.bt': No such file or directory\n", status: 1 }],
  ['named parameters', { args: ['-q', '-e', withParameters, '--', '--ms=2ms', '--name=a b', '--all'], stdout: '2000000 a b -1 1\n\n\n' }],
  ['named parameters among others', { args: ['-q', '-e', 'begin { print(($1, getopt("x", 0), $2)); }', '1', '--', '--x=5', '2'], stdout: '(1, 5, 2)\n\n\n' }],
  ['named parameters, as JSON', { args: ['-q', '-f', 'json', '-e', 'begin { print(getopt("name", "x")); @[getopt("name", "x")] = getopt("all"); }', '--', '--name=y"z', '--all'],
    stdout: '{"type": "value", "data": "y\\"z"}\n{"type": "map", "data": {"@": {"y\\"z": true}}}\n' }],
  ['a script with a parameter named help', { args: ['-q', '-e', 'begin { print(getopt("help", 1)); }', '--', '--help=7'], stdout: '7\n\n\n' }],
  ['wrong named parameters', { args: ['-e', withParameters, '--', '--mss=1', '--al'], status: 1,
    stderr: 'ERROR: unexpected program command line options: --mss, --al\nHINT: expected program options:\n    --ms: least time\n    --name\n    --at\n    --all\n' }],
  ['wrong values of named parameters', { args: ['-e', withParameters, '--', '--ms=-1', '--at=x'], status: 1,
    stderr: 'ERROR: program command line option --ms value is out of range (value: -1)\nERROR: program command line option --at invalid integer (value: x)\n' }],
  ['--probe-filter, of many', { args: ['--probe-filter', 'sys_enter_getppid', '--dry-run', '-e', 'tracepoint:syscalls:sys_enter_* { @[probe] = count(); }'], stdout: '', stderr: 'Attached 1 probe\n' }],
];

t.test('the tools that help names are those of the package', (t) => {
  const { bin } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  t.same(tools.map((name) => `${name}-tbpf`), Object.keys(bin).filter((name) => name !== 'tbpf').sort());
  t.end();
});

t.test('rows', async (t) => {
  if (!needs(t, 'root')) return;
  await checkRows(t, rows);
});

t.test('--emit-elf', async (t) => {
  if (!needs(t, 'root', 'readelf')) return;
  const path = file('hello.o');
  const { status } = await runCommand(['--mode', 'codegen', '--emit-elf', path, '-e', hello]);
  t.equal(status, 0);
  t.match(execFileSync('readelf', ['-h', path], { encoding: 'utf8' }), /Machine: +Linux BPF/);
});

t.test('a script with #!', async (t) => {
  if (!needs(t, 'root')) return;
  const script = file('hello.bt');
  writeFileSync(script, `#!${command} -q\nBEGIN { printf("%s %d\\n", str($1), $#); exit(); }\n`);
  chmodSync(script, 0o755);
  const { stdout, status } = await runCommand(['a', 'b'], { program: script, cwd: '/' });
  t.equal(stdout, 'a 2\n\n\n');
  t.equal(status, 0);
});

t.test('errors name the file as it was given', async (t) => {
  if (!needs(t, 'root')) return;
  writeFileSync(file('wrong.bt'), 'BEGIN {\n  printf(foo);\n}\n');
  const { stderr, status } = await runCommand(['wrong.bt'], { cwd: folder });
  t.match(stderr, /^wrong\.bt:2:10-13: ERROR: Unknown identifier: 'foo'\n {2}printf\(foo\);\n {9}~~~\n/);
  t.equal(status, 1);
});

t.test('--fmt -o replaces the file', async (t) => {
  writeFileSync(file('ugly.bt'), 'begin{@x=1}');
  const { stdout, status } = await runCommand(['--fmt', '-o', file('ugly.bt'), file('ugly.bt')]);
  t.equal(stdout, '');
  t.equal(status, 0);
  t.equal(readFileSync(file('ugly.bt'), 'utf8'), 'begin {\n  @x = 1;\n}\n');
});

t.test('a reader that goes away', async (t) => {
  if (!needs(t, 'root')) return;
  const { stdout } = await runCommand(['-c', `${command} -q -e 'BEGIN { for ($i : 0..2000) { printf("%d\\n", $i); } } interval:ms:1 { printf("x\\n"); }' | head -1`], { program: '/bin/sh' });
  t.equal(stdout, '0\n');
});

const full = 'cannot write to standard output: No space left on device';
const fullDisks: [title: string, args: string, complaint: string][] = [
  ['standard output', '> /dev/full', full],
  ['the file of -o', '-o /dev/full', full.replace('standard output', '/dev/full')],
  ['-f json', '-f json > /dev/full', full],
  ['-B none', '-B none > /dev/full', full],
  ['-B full', '-B full > /dev/full', full],
];

for (const [title, args, complaint] of fullDisks) {
  t.test(`a full disk: ${title}`, async (t) => {
    if (!needs(t, 'root', 'software')) return;
    const { stdout, stderr, status } = await runCommand(['-c', `exec ${command} -q -e 'begin { print(1); } interval:ms:10 { print(2); exit(); }' ${args}`], { program: '/bin/sh' });
    t.equal(stdout, '');
    t.equal(stderr, args.startsWith('-f json') ? `{"type": "error", "msg": "${complaint}"}\n` : `ERROR: ${complaint}\n`);
    t.equal(status, 1);
  });
}

for (const option of ['-l', '-h', '-V', '--info']) {
  t.test(`a full disk: ${option}`, async (t) => {
    if (!needs(t, 'root')) return;
    const { stderr, status } = await runCommand(['-c', `exec ${command} ${option} > /dev/full`], { program: '/bin/sh' });
    t.equal(stderr, `ERROR: ${full}\n`);
    t.equal(status, 1);
  });
}

t.test('a mistake that nobody waits for is named as ours', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const later = 'setTimeout(()=>{throw(new(TypeError)(%22no-such-thing%22))},300)';
  const { stdout, stderr, status } = await runCommand(['-c', `NODE_OPTIONS='--import data:text/javascript,${later}' exec ${command} -q -e 'interval:s:9 { }'`], { program: '/bin/sh' });
  t.equal(stdout, '');
  t.match(stderr, /^BUG: tbpf: no-such-thing\nThis is a mistake in tbpf, [^\n]+\nThe details are in (\S+)\.\n$/);
  t.equal(status, 2);
  rmSync(dirname(/in (\S+)\.\n/.exec(stderr)![1]!), { recursive: true });
});

t.test('-l: a terminal gets no escapes of whoever named a file, a pipe gets the name as it is', async (t) => {
  if (!needs(t, 'root')) return;
  const named = file('\x1b[31m');
  copyFileSync((process.report.getReport() as { sharedObjects: string[] }).sharedObjects.find((path) => /\/libc\.so/.test(path))!, named);
  const pattern = `uprobe:${folder}/*:puts`;
  const piped = await runCommand(['-l', pattern]);
  t.equal(piped.stdout, `uprobe:${named}:puts\n`);
  const shown = await runCommand(['-qec', `${command} -l '${pattern}'`, '/dev/null'], { program: 'script' });
  t.equal(shown.stdout, `uprobe:${folder}/\\x1b[31m:puts\r\n`);
});
