// Options, exit statuses and complaints of the command (language.md 8).

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { command, runCommand } from '../../helpers/command.js';
import { lacking, needs } from '../../helpers/needs.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-options-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);

/** stdout, stderr: text or pattern; default empty. */
interface Row {
  readonly args: readonly string[];
  readonly stdout?: string | RegExp;
  readonly stderr?: string | RegExp;
  readonly status?: number;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const hello = 'BEGIN { printf("hello\\n"); exit(); }';
const rows: [title: string, row: Row][] = [
  ['-e', { args: ['-e', hello], stdout: 'hello\n\n\n', stderr: 'Attached 1 probe\n' }],
  ['several probes', { args: ['-e', 'begin { } end { printf("bye\\n"); }'], stdout: 'bye\n\n\n', stderr: 'Attached 2 probes\n' }],
  ['-q', { args: ['-q', '-e', hello], stdout: 'hello\n\n\n' }],
  ['a program on standard input', { args: ['-q', '-'], input: hello, stdout: 'hello\n\n\n' }],
  ['parameters', { args: ['-q', '-e', 'begin { printf("%d %s\\n", $1, str($2)); }', '0x10', 'x', '-q'], stdout: '16 x\n\n\n' }],
  ['parameters behind --', { args: ['-q', '-e', 'begin { printf("%d\\n", $1); }', '--', '-7'], stdout: '-7\n\n\n' }],
  ['-f json', { args: ['-f', 'json', '-e', 'begin { printf("a\\n"); print((1, "x")); @[1] = 2; } end { exit(4); }'], status: 4,
    stdout: '{"type": "attached_probes", "count": 2, "data": {"probes": 2}}\n{"type": "printf", "data": "a\\n"}\n{"type": "value", "data": [1,"x"]}\n{"type": "map", "data": {"@": {"1": 2}}}\n' }],
  ['-o', { args: ['-q', '-o', file('out'), '-e', 'begin { printf("in the file\\n"); @x = 1; }'] }],
  ['-B full', { args: ['-q', '-B', 'full', '-e', hello], stdout: 'hello\n\n\n' }],
  ['-B none', { args: ['-q', '-Bnone', '-e', hello], stdout: 'hello\n\n\n' }],
  ['--dry-run prints nothing', { args: ['-q', '--dry-run', '-e', 'begin { printf("x\\n"); @x = 1; exit(3); } end { printf("y\\n"); }'] }],
  ['--mode codegen', { args: ['--mode', 'codegen', '-e', hello] }],
  ['--fmt', { args: ['--fmt', '-e', 'begin{@x=1;printf("a\\n");}'], stdout: 'begin {\n  @x = 1;\n  printf("a\\n");\n}\n' }],
  ['-d types', { args: ['--mode', 'codegen', '-d', 'types', '-e', 'begin { @x = 1; }'], stdout: /^==> types\nmap @x: int\d+\n/ }],
  ['-d ir,bpf', { args: ['--mode', 'codegen', '-d', 'ir,bpf', '-e', 'begin { @x = 1; }'], stdout: /^==> ir\n[^]*==> bpf\nbegin_1 "raw_tp": \d+ instructions\n/ }],
  ['-d verifier', { args: ['-q', '-d', 'verifier', '-e', 'begin { @x = 1; }'], stdout: /^==> verifier: begin_1\n[^]*processed \d+ insns[^]*\n\n@x: 1\n$/ }],
  ['-d libbpf', { args: ['-q', '-d', 'libbpf', '-e', hello], stdout: 'hello\n\n\n', stderr: /^\[DEBUG\] / }],
  ['-d elf', { args: ['--mode', 'codegen', '-d', 'elf', '-e', hello], stdout: /^==> elf\nraw_tp +offset \d+ bytes \d+\n/ }],
  ['-V', { args: ['-V'], stdout: /^tbpf v\d+\.\d+\.\d+\n$/ }],
  ['-h', { args: ['-h'], stdout: /^tbpf - a high-level tracing language for Linux powered by BPF\n\nUSAGE:\n[^]*\nOPTIONS:\n[^]*--format[^]*\nDEVELOPER OPTIONS:\n[^]*\nTROUBLESHOOTING OPTIONS:\n[^]*\nCONFIGURATION[^]*\nEXAMPLES:\n[^]*\nDOCUMENTATION:\n/ }],
  ['warnings go to stdout', { args: ['-q', '-e', 'begin { $x = 1; if ($2 == 0) { printf("y\\n"); } }'], stdout: /^stdin:1:\d+-\d+: WARNING: [^]*\ny\n\n\n$/ }],
  ['--no-warnings', { args: ['-q', '--no-warnings', '-e', 'begin { if ($2 == 0) { printf("y\\n"); } }'], stdout: 'y\n\n\n' }],
  ['a full map', { args: ['-q', '-e', 'begin { @[1] = 1; @[2] = 2; }'], env: { BPFTRACE_MAX_MAP_KEYS: '1' }, stdout: '\n\n@[1]: 1\n', stderr: /^stdin:1:\d+-\d+: WARNING: Map full; [^]*\nAdditional Info - helper: map_update_elem, retcode: -7\nbegin /m }],
  ['exit status', { args: ['-q', '-e', 'begin { exit(77); }'], stdout: '\n\n', status: 77 }],
  ['-l', { args: ['-l', 'software:cpu*'], stdout: 'software:cpu-clock:\nsoftware:cpu-migrations:\nsoftware:cpu:\n' }],
  ['-l -e', { args: ['-l', '-e', 'begin { } software:cpu:100 { } profile:hz:9 { }'], stdout: 'profile:hz:9\nsoftware:cpu:100\n' }],

  ['no arguments', { args: [], stderr: /^USAGE:\n/, status: 1 }],
  ['an option nobody knows', { args: ['--foo'], stderr: /^tbpf: unrecognized option '--foo'\nUSAGE:\n/, status: 1 }],
  ['no program', { args: ['-q'], stderr: "ERROR: USAGE: filename or -e 'program' required.\n", status: 1 }],
  ['an empty program', { args: ['-e', ''], stdout: 'No probes to attach\n', status: 1 }],
  ['an empty program, quietly', { args: ['-q', '-e', ''], status: 1 }],
  ['a syntax error', { args: ['-e', 'begin { printf("x" }'], stderr: /^stdin:1:\d+-\d+: ERROR: syntax: [^]*\nbegin \{ printf\("x" \}\n +~+\n/, status: 1 }],
  ['a type error', { args: ['-e', 'begin { @x = 1; @x = "a"; }'], stderr: /^stdin:1:\d+-\d+: ERROR: Type mismatch/, status: 1 }],
  ['no such file', { args: ['nothing.bt'], stderr: "ERROR: failed to open file 'nothing.bt': No such file or directory\n", status: 1 }],
  ['a folder', { args: ['/'], stderr: "ERROR: failed to open file '/': Is a directory\n", status: 1 }],
  ['-o into nowhere', { args: ['-o', '/nonexistent/x', '-e', hello], stderr: 'ERROR: Failed to open output file: "/nonexistent/x": No such file or directory\n', status: 1 }],
  ['an unknown format', { args: ['-f', 'jsonx', '-e', hello], stderr: "ERROR: Invalid output format \"jsonx\"\nValid formats: 'text', 'json'\n", status: 1 }],
  ['a wrong setting in the environment', { args: ['-e', hello], env: { BPFTRACE_MAX_STRLEN: 'x' }, stderr: 'ERROR: BPFTRACE_MAX_STRLEN: expecting a number, got x\n', status: 1 }],
  ['a setting out of range in the environment', { args: ['-e', hello], env: { BPFTRACE_MAX_STRLEN: '9999999999', BPFTRACE_MAX_MAP_KEYS: '0' },
    stderr: /^(ERROR: BPFTRACE_MAX_(STRLEN: expecting a number from 4 to 131072, got 9999999999|MAP_KEYS: expecting a number from 1 to 4294967295, got 0)\n){2}$/, status: 1 }],
  ['a map that cannot be created', { args: ['-q', '-e', 'begin { @[1] = 1; }'], env: { BPFTRACE_MAX_MAP_KEYS: '4294967295' }, stderr: /^ERROR: Failed to create map @ of 4294967295 elements of \d+ bytes: it is too large for the kernel\nHINT: /, status: 255 }],
  ['a parameter that the script does not know', { args: ['-e', hello, '--', '--bb'], stderr: /^ERROR: unexpected program command line options: --bb\n/, status: 1 }],
  ['--probe-filter, of many', { args: ['--probe-filter', 'sys_enter_getppid', '--dry-run', '-e', 'tracepoint:syscalls:sys_enter_* { @[probe] = count(); }'], stdout: '', stderr: 'Attached 1 probe\n' }],
  ['--probe-filter', { args: ['-q', '--probe-filter', 'nothing', '-e', 'begin { printf("x\\n"); } interval:s:99 { }'], stdout: 'x\n\n\n' }],
  ['an unknown probe', { args: ['-e', 'tracepoint:no:such { }'], stderr: /ERROR: /, status: 1 }],
];

/** What depends on the kernel; in an emulated guest, where a start takes a second, no more than these. */
const aboutKernels = ['-e', 'parameters', '-f json', '-o', '--dry-run prints nothing', '-d verifier', 'a full map', 'exit status', '--probe-filter', 'an unknown probe'];
const selected = process.env['TBPF_GUEST'] ? rows.filter(([title]) => aboutKernels.includes(title)) : rows;

t.test('rows', async (t) => {
  if (!needs(t, 'root')) return;
  for (const [title, { args, stdout = '', stderr = '', status = 0, input, env }] of selected) {
    await t.test(title, async (t) => {
      const ended = await runCommand(args, { input, env });
      check(t, ended.stdout, stdout, 'stdout');
      check(t, ended.stderr, stderr, 'stderr');
      t.equal(ended.status, status);
    });
  }
  t.equal(readFileSync(file('out'), 'utf8'), 'in the file\n\n\n@x: 1\n');
});

function check(t: { equal(a: unknown, b: unknown, name: string): boolean; match(a: unknown, b: unknown, name: string): boolean }, text: string, want: string | RegExp, name: string): void {
  if (typeof want === 'string') t.equal(text, want, name);
  else t.match(text, want, name);
}

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

t.test('through a symbolic link, from another folder, with little locked memory', async (t) => {
  if (!needs(t, 'root')) return;
  const link = file('linked');
  symlinkSync(command, link);
  const { stdout, stderr, status } = await runCommand(['-c', `ulimit -l 64; exec ${link} -q -e 'BEGIN { @[1] = 1; printf("hello\\n"); exit(); }'`], { program: '/bin/sh', cwd: '/' });
  t.equal(stdout, 'hello\n\n\n@[1]: 1\n');
  t.equal(stderr, '');
  t.equal(status, 0);
});

t.test('--fmt -o replaces the file', async (t) => {
  writeFileSync(file('ugly.bt'), 'begin{@x=1}');
  const { stdout, status } = await runCommand(['--fmt', '-o', file('ugly.bt'), file('ugly.bt')]);
  t.equal(stdout, '');
  t.equal(status, 0);
  t.equal(readFileSync(file('ugly.bt'), 'utf8'), 'begin {\n  @x = 1;\n}\n');
});

t.test('without privileges', { skip: lacking('root', 'setpriv') ?? false }, async (t) => {
  const { stderr, status } = await runCommand(['--reuid=65534', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all', command, '-e', hello], { program: 'setpriv' });
  t.equal(stderr, 'ERROR: Missing CAP_BPF capability, please run tbpf as the root user.\n');
  t.equal(status, 1);
});

t.test('with CAP_BPF, CAP_PERFMON and CAP_DAC_READ_SEARCH alone', { skip: lacking('root', 'setpriv', 'tracepoint') ?? false }, async (t) => {
  // Debian's level 3 lets nobody but CAP_SYS_ADMIN open perf events
  if (process.env['TBPF_GUEST']) writeFileSync('/proc/sys/kernel/perf_event_paranoid', '2');
  const capabilities = '-all,+bpf,+perfmon,+dac_read_search';
  // a single function of a program needs CAP_SYS_ADMIN where there are no multi links
  const uprobe = lacking('uprobe_multi') === undefined ? 'uprobe:libc.so.6:getppid { } ' : '';
  const program = `BEGIN { printf("uid %d\\n", uid); } tracepoint:sched:sched_switch /pid == 1/ { @ = count(); } ${uprobe}interval:ms:10 { exit(); }`;
  const { stdout, stderr, status } = await runCommand(
    ['--reuid=65534', '--regid=65534', '--clear-groups', `--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`, `--bounding-set=${capabilities}`, command, '-e', program], { program: 'setpriv' },
  );
  t.match(stdout, /^uid 65534\n\n\n/);
  t.equal(stderr, `Attached ${uprobe === '' ? 3 : 4} probes\n`);
  t.equal(status, 0);
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
    t.equal(stderr, `ERROR: ${complaint}\n`);
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
