// What the command does with a program, and without privileges, on each kernel (language.md 8).

import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { checkRows, command, runCommand, type Row } from '../../helpers/command.js';
import { lacking, needs } from '../../helpers/needs.js';
import { isSlow } from '../../helpers/tool-load.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-options-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);

const hello = 'BEGIN { printf("hello\\n"); exit(); }';
const rows: [title: string, row: Row][] = [
  ['-e', { args: ['-e', hello], stdout: 'hello\n\n\n', stderr: 'Attached 1 probe\n' }],
  ['parameters', { args: ['-q', '-e', 'begin { printf("%d %s\\n", $1, str($2)); }', '0x10', 'x', '-q'], stdout: '16 x\n\n\n' }],
  ['-f json', { args: ['-f', 'json', '-e', 'begin { printf("a\\n"); print((1, "x")); @[1] = 2; } end { exit(4); }'], status: 4,
    stdout: '{"type": "attached_probes", "count": 2, "data": {"probes": 2}}\n{"type": "printf", "data": "a\\n"}\n{"type": "value", "data": [1,"x"]}\n{"type": "map", "data": {"@": {"1": 2}}}\n' }],
  ['-o', { args: ['-q', '-o', file('out'), '-e', 'begin { printf("in the file\\n"); @x = 1; }'] }],
  ['--dry-run prints nothing', { args: ['-q', '--dry-run', '-e', 'begin { printf("x\\n"); @x = 1; exit(3); } end { printf("y\\n"); }'] }],
  ['-d verifier', { args: ['-q', '-d', 'verifier', '-e', 'begin { @x = 1; }'], stdout: /^==> verifier: begin_1\n[^]*processed \d+ insns[^]*\n\n@x: 1\n$/ }],
  ['a full map', { args: ['-q', '-e', 'begin { @[1] = 1; @[2] = 2; }'], env: { BPFTRACE_MAX_MAP_KEYS: '1' }, stdout: '\n\n@[1]: 1\n', stderr: /^stdin:1:\d+-\d+: WARNING: Map full; [^]*\nAdditional Info - helper: map_update_elem, retcode: -7\nbegin /m }],
  ['exit status', { args: ['-q', '-e', 'begin { exit(77); }'], stdout: '\n\n', status: 77 }],
  ['a map that cannot be created', { args: ['-q', '-e', 'begin { @[1] = 1; }'], env: { BPFTRACE_MAX_MAP_KEYS: '4294967295' }, stderr: /^ERROR: Failed to create map @ of 4294967295 elements of \d+ bytes: it is too large for the kernel\nHINT: /, status: 255 }],
  ['--probe-filter', { args: ['-q', '--probe-filter', 'nothing', '-e', 'begin { printf("x\\n"); } interval:s:99 { }'], stdout: 'x\n\n\n' }],
  ['an unknown probe', { args: ['-e', 'tracepoint:no:such { }'], stderr: /ERROR: /, status: 1 }],
];

/** Rows whose answer is the kernel's. */
const kernelRows: readonly string[] = ['-d verifier', 'a full map', 'a map that cannot be created'];

t.test('rows', async (t) => {
  if (!needs(t, 'root')) return;
  // a guest tries what its kernel says, and leaves what the command says to the machine
  if (isSlow) return checkRows(t, rows.filter(([title]) => kernelRows.includes(title)));
  await checkRows(t, rows);
  t.equal(readFileSync(file('out'), 'utf8'), 'in the file\n\n\n@x: 1\n');
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
