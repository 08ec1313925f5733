// opensnoop on the running kernel.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runCommand } from '../../helpers/command.js';
import { AT_FDCWD, creat, ENOENT, last, linesOf, number, O, open, openat, openat2, opens, row } from '../../helpers/opens.js';
import { lacking } from '../../helpers/needs.js';
import { canTrace, isSlow, underLoad, type Loaded } from '../../helpers/tool-load.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-opensnoop-'));
t.teardown(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'inner'));
writeFileSync(join(folder, 'there'), 'x');

const RESOLVE_BENEATH = 8;
const EXDEV = 18;

function checkAll(t: Test, { stderr, status }: Loaded): void {
  t.equal(stderr, '');
  t.equal(status, 0);
}

/** What opens can be seen by on this kernel; a guest leaves to the machine what that can try, too. */
const sources = lacking('fentry') !== undefined ? ['tracepoint'] : isSlow ? ['fexit'] : ['fexit', 'tracepoint'];

for (const source of sources) t.test(`the four calls, and their errors, by ${source} probes`, async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const long = 'x'.repeat(255);
  const tooLong = `tbpf/${'y'.repeat(4200)}`;
  const loaded = await opens(folder, ['--source', source], [
    open('tbpf-none', O.RDONLY), open(`${folder}/there`, O.RDONLY), creat(`${folder}/made`, 0o600), openat(AT_FDCWD, '/tbpf/none', O.RDWR),
    openat2(`${folder}/there`, O.RDONLY), openat2('/tbpf/none', O.RDONLY), openat(AT_FDCWD, `${folder}/there/tbpf`, O.RDONLY), openat(AT_FDCWD, folder, O.WRONLY),
    openat(77, 'tbpf-bad-folder', O.RDONLY), open(`/tbpf/${long}x`, O.RDONLY), open(`/${`${long}/`.repeat(15)}tbpf`, O.RDONLY), open(tooLong, O.RDONLY),
    open(`${folder}/there`, O.CREAT | 0o200, 0o600), open(folder, O.PATH), openat2(`${folder}/there`, O.RDONLY, 0, RESOLVE_BENEATH),
    open('tbpf-a\\x{ff}b', O.RDONLY), open('tbpf a\\tb', O.RDONLY),
  ]);
  checkAll(t, loaded);
  t.equal(loaded.lines[0], 'PID    COMM               FD ERR PATH');
  t.same(linesOf(loaded), [
    row(loaded, -1, ENOENT, 'tbpf-none'), row(loaded, 3, 0, `${folder}/there`), row(loaded, 4, 0, `${folder}/made`), row(loaded, -1, ENOENT, '/tbpf/none'),
    row(loaded, 5, 0, `${folder}/there`), row(loaded, -1, ENOENT, '/tbpf/none'), row(loaded, -1, 20, `${folder}/there/tbpf`), row(loaded, -1, 21, folder),
    row(loaded, -1, 9, 'tbpf-bad-folder'), row(loaded, -1, ENOENT, `/tbpf/${long}x`), row(loaded, -1, ENOENT, `/${`${long}/`.repeat(15)}tbpf`), row(loaded, -1, 36, `${tooLong.slice(0, 4103)}...`),
    row(loaded, -1, 17, `${folder}/there`), row(loaded, 6, 0, folder), row(loaded, -1, EXDEV, `${folder}/there`),
    row(loaded, -1, ENOENT, 'tbpf-a\ufffdb'), row(loaded, -1, ENOENT, 'tbpf a\tb'),
  ]);
});

t.test('what opens are seen by', async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const { stderr } = await opens(folder, ['-v'], []);
  t.equal(stderr, `opensnoop: opens are seen by ${sources[0]!} probes\n`);
});

t.test('a name at no address', async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const loaded = await opens(folder, ['-x'], [`syscall(${number.open}, 5, 0, 0)`, `syscall(${number.openat2}, ${AT_FDCWD}, 5, 5, 24)`]);
  t.same(loaded.lines.slice(1).filter((line) => / 14 $/.test(line)), [row(loaded, -1, 14, ''), row(loaded, -1, 14, '')]);
});

for (const source of sources) t.test(`-e: flags and mode, by ${source} probes`, async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const loaded = await opens(folder, ['-e', '--source', source], [
    open('tbpf-a', O.WRONLY | O.CLOEXEC), open('tbpf-b/x', O.CREAT | O.RDWR, 0o644), creat('tbpf-c/x', 0o600), openat2('tbpf-d', O.DIRECTORY), openat(AT_FDCWD, '/tbpf-e', O.TMPFILE | O.WRONLY, 0o7), openat(AT_FDCWD, 'tbpf-f', 0, 0o755),
    openat(AT_FDCWD, 'tbpf-g/x', O.CREAT),
  ]);
  t.equal(loaded.lines[0], 'PID    COMM               FD ERR FLAGS    MODE PATH');
  t.same(linesOf(loaded).map((line) => line.slice(33)), [
    '02000001 n/a  tbpf-a', '00000102 0644 tbpf-b/x', '00001101 0600 tbpf-c/x', '00200000 n/a  tbpf-d', '20200001 0007 /tbpf-e', '00000000 0755 tbpf-f', '00000100 0000 tbpf-g/x',
  ]);
});

const names = (loaded: Loaded): string[] => linesOf(loaded).map((line) => line.split(' ').at(-1)!);

for (const source of sources) t.test(`-F: relative names, by ${source} probes`, async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const loaded = await opens(folder, ['-F', '--source', source, '--path', '*tbpf*'], [
    open('tbpf-a', 0), open('./tbpf-b', 0), `opendir(D, q(inner)); $d = fileno(D)`, openat('$d', 'tbpf-c', 0), openat('$d', '/tbpf-d', 0), 'chdir(q(/)); 1', open('tbpf-e', 0), 'chdir(q(/proc/self)); 1', open('tbpf-f', 0), open('', 0),
    `chdir(q(${folder})); mkdir(q(gone)); chdir(q(gone)); 1`, open('tbpf-g', O.RDONLY),
    `chroot(q(${folder})); chdir(q(/inner)); 1`, open('tbpf-h', O.RDONLY), open('../tbpf-i', O.RDONLY),
  ]);
  t.same(names(loaded).filter((name) => !name.endsWith('inner') && !name.includes('.')), [
    `${folder}/tbpf-a`, `${folder}/inner/tbpf-c`, '/tbpf-d', '/tbpf-e', `/proc/${loaded.pid}/tbpf-f`, `${folder}/gone/tbpf-g`, '/inner/tbpf-h',
  ]);
  for (const name of [`${folder}/./tbpf-b`, '/inner/../tbpf-i']) t.ok(names(loaded).includes(name), name);
});

t.test('-T: seconds since the first event, filtered out or not', async (t) => {
  if (!canTrace(t, 'option')) return;
  const all = await opens(folder, ['-T'], [open('tbpf-a', 0)]);
  t.match(all.lines[0], /^TIME\(s\) {7}PID {4}COMM/);
  t.match(all.lines[1], /^0\.000000000 {3}\d/);
  t.match(all.lines[2], /^\d+\.\d{6}000 +\d/);
  const failed = await opens(folder, ['-T', '-x', '-U'], ['select(undef, undef, undef, 0.3)', open('tbpf-a', 0)]);
  t.match(failed.lines[0], /^TIME\(s\) {7}UID {3}PID {4}COMM/);
  t.ok(Number(linesOf(failed)[0]!.split(' ')[0]) > 0.3, 'the time of the first open that succeeded counts');
});

t.test('--exec: the command, and its end', async (t) => {
  if (!canTrace(t, 'option')) return;
  const { stdout, stderr, status } = await runCommand(['opensnoop', '--path', '/tbpf*', '--exec', 'perl', '-e', `${open('/tbpf-a', 0)}; ${open('/tbpf-b', 0)}`]);
  t.match(stdout, /^PID {4}COMM {15}FD ERR PATH\n\d+ +perl {15}-1 {3}2 \/tbpf-a\n\d+ +perl {15}-1 {3}2 \/tbpf-b\n$/);
  t.equal(stderr, '');
  t.equal(status, 0);
  const speaks = ['--path', '/tbpf*', '--exec', 'perl', '-e', `$| = 1; print "said\n"; ${open('/tbpf-a', 0)}; print "done\n"`];
  t.match((await runCommand(['opensnoop', ...speaks])).stdout, /said\n.*done\n/s, 'in text the command writes where the tool does');
  for (const [form, pathsOf] of [
    ['json', (text: string) => (JSON.parse(text) as { records: { path: string }[] }).records.map(({ path }) => path)],
    ['ndjson', (text: string) => text.trimEnd().split('\n').slice(1).map((line) => (JSON.parse(line) as { path: string }).path)],
    ['csv', (text: string) => text.trimEnd().split('\n').slice(1).map((line) => /\/tbpf-a/.exec(line)?.[0])],
    ['otlp', (text: string) => text.trimEnd().split('\n').map((line) => /\/tbpf-a/.exec(JSON.stringify(JSON.parse(line)))?.[0])],
  ] as const) {
    const formed = await runCommand(['opensnoop', '-o', form, ...speaks]);
    t.strictSame(pathsOf(formed.stdout), ['/tbpf-a'], `${form}: records alone`);
    t.equal(formed.stderr, 'said\ndone\n', `${form}: what the command writes`);
  }
  const missing = await runCommand(['opensnoop', '--exec', 'no-such-command', '-x']);
  t.equal(missing.stderr, 'failed to exec command: no-such-command: No such file or directory\n');
  t.equal(missing.status, 1);
  const script = join(folder, 'script');
  writeFileSync(script, '#!/nonexistent/interpreter\n');
  chmodSync(script, 0o755);
  for (const [file, reason] of [[script, 'No such file or directory'], [folder, 'Permission denied'], [join(folder, 'there'), 'Permission denied']] as const) {
    const refused = await runCommand(['opensnoop', '--exec', file]);
    t.equal(refused.stderr, `failed to exec command: ${file}: ${reason}\n`);
    t.equal(refused.status, 1);
  }
});

t.test('-d, -c, --errname, --count, JSON', async (t) => {
  if (!canTrace(t, 'option')) return;
  const timed = await runCommand(['opensnoop', '-d', '1', '-n', 'no-such-comm']);
  t.equal(timed.stdout, 'PID    COMM               FD ERR PATH\n');
  t.equal(timed.status, 0);
  const named = await opens(folder, ['--errname'], [open('tbpf-a', 0)]);
  t.match(linesOf(named)[0], / -1 ENOENT {11}tbpf-a$/);
  // perl has no frame pointers, the C library has: it looks for the files of a locale that there is not
  const callers = await underLoad({ args: (pid) => ['opensnoop', '-p', String(pid), '-c', '-x'], load: `export LC_ALL=tbpf_NOWHERE.UTF-8; exec perl -e '${open(last, 0)}'\n`, until: /the-last-one/ });
  t.match(callers.lines[0], /PATH\/CALLER$/);
  t.match(callers.stdout, /\n\d+ +perl .*\/tbpf_NOWHERE\S+\n {4}_nl_find_locale\+0x[0-9a-f]+\n {4}newlocale\+0x[0-9a-f]+\n\d/);
  const counted = await runCommand(['opensnoop', '--count', '--path', '/tbpf*', '--exec', 'perl', '-e', [open('/tbpf-a', 0), open('/tbpf-b', 0), open('/tbpf-b', 0)].join('; ')]);
  t.equal(counted.stdout, 'COUNT    FAILED   PATH\n2        2        /tbpf-b\n1        1        /tbpf-a\n');
  const logs = (await runCommand(['opensnoop', '-o', 'otlp', '--path', '/tbpf*', '--exec', 'perl', '-e', [open('/tbpf-a', 0), open('/tbpf-b', 0)].join('; ')])).stdout;
  const opened = logs.trimEnd().split('\n').map((line) => (JSON.parse(line) as { resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: string }] }] }] }).resourceLogs[0].scopeLogs[0].logRecords[0]);
  t.match(opened, ['/tbpf-a', '/tbpf-b'].map((path) => ({ eventName: 'tbpf.open', body: { stringValue: new RegExp(`^\\d+ +perl +-1 +2 ${path}$`) }, attributes: [{ key: 'time' }, { key: 'uid', value: { intValue: 0 } }] })));
  t.ok(Math.abs(Number(BigInt(opened[0]!.timeUnixNano) / 1_000_000n) - Date.now()) < 60_000);
  const json = await underLoad({ args: (pid) => ['opensnoop', '-p', String(pid), '-o', 'ndjson', '--path', '{tbpf*,/tbpf*}'], load: `cd ${folder} && exec perl -e '${open('tbpf-a\\x{ff}', O.CREAT, 0o600)}; ${open(last, 0)}'\n`, until: /the-last-one/ });
  const record = JSON.parse(json.lines[1]!) as object;
  t.match(record, { type: 'open', uid: 0, pid: json.pid, tid: json.pid, comm: 'perl', flags: O.CREAT, mode: 0o600, path: { base64: 'dGJwZi1h/w==' }, truncated: false });
});

t.test('wrong command lines', async (t) => {
  if (!canTrace(t, 'option')) return;
  const cases: [args: string[], stderr: RegExp, status: number][] = [
    [['-f', 'WRONLY'], /^Bad flag: WRONLY\n$/, 1],
    [['-f', 'O_NONSENSE'], /^Bad flag: O_NONSENSE\n$/, 1],
    [['-p', '1', '--exec', 'ls'], /^ERROR: can only use -p or --exec\. Exiting\.\n$/, 1],
    [['--exec'], /^ERROR: --exec without command\. Exiting\.\n$/, 1],
    [['-b', '3'], /opensnoop: error: argument -b\/--buffer-pages: '3' is not a power of two\n$/, 2],
    [['--all', '--source', 'tracepoint'], /^--all needs fexit probes: no tracepoint tells what io_uring opens\. Leave --source tracepoint out\.\n$/, 1],
    [['--source', 'kprobe'], /opensnoop: error: argument --source: invalid choice: 'kprobe' \(choose from 'fexit', 'tracepoint'\)\n$/, 2],
    [['-o', 'prom'], /opensnoop: error: argument -o\/--output: invalid choice: 'prom' \(choose from 'text', 'json', 'ndjson', 'csv', 'otlp'\)\n$/, 2],
    [['-d', 'x'], /opensnoop: error: argument -d\/--duration: invalid int value: 'x'\n$/, 2],
    [['-u', 'root'], /opensnoop: error: argument -u\/--uid: invalid int value: 'root'\n$/, 2],
  ];
  for (const [args, stderr, status] of cases) {
    const ended = await runCommand(['opensnoop', ...args]);
    t.match(ended.stderr, stderr);
    t.equal(ended.status, status, args.join(' '));
    t.equal(ended.stdout, '');
  }
});
