// execsnoop on the running kernel.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runCommand, Running } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';
import { program32 } from '../../helpers/programs32.js';
import { canTrace, underLoad, type Loaded } from '../../helpers/tool-load.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-execsnoop-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** Every load ends with this program; nothing else starts it. */
const last = '/bin/date the-last-one';
const end = /\/bin\/date.*\n/;

async function execs(options: string, load: string): Promise<Loaded> {
  return underLoad({ args: (pid) => ['execsnoop', '-P', String(pid), ...options.split(' ').filter((word) => word)], load: `${load}\n${last}\n`, until: end });
}

interface Line { readonly comm: string; readonly ret: string; readonly args: string }

/** The rows, after a look at their columns. */
function rowsOf(t: Test, { lines, pid, stderr, status }: Loaded): Line[] {
  t.equal(stderr, '');
  t.equal(status, 0);
  t.equal(lines[0], 'COMM             PID     PPID    RET ARGS');
  return lines.slice(1).map((line) => {
    const found = /^(.{16}) (\d+ *) (\d+ *) ([ -]*\d+) (.*)$/.exec(line);
    if (!found) throw new Error(`no row: ${line}`);
    const [, comm, own, , ret, args] = found as unknown as string[];
    t.equal(line, `${comm!.trimEnd().padEnd(16)} ${own!.trimEnd().padEnd(7)} ${String(pid).padEnd(7)} ${ret!.trim().padStart(3)} ${args}`);
    return { comm: comm!.trimEnd(), ret: ret!.trim(), args: args! };
  });
}

function script(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

const plain = script('plain.sh', '#!/bin/sh\n:\n');
const withOption = script('option.sh', '#!/bin/sh -e\n:\n');
const nested = script('nested.sh', `#!${plain}\n`);
const broken = script('broken.sh', '#!/nonexistent/interpreter\n');
const forbidden = join(folder, 'forbidden');
writeFileSync(forbidden, 'x');

/** exec with these arguments, argv[0] first, whatever the shell thinks */
const perl = (file: string, ...argv: string[]): string => `perl -e 'exec {q(${file})} ${argv.join(', ')}' 2>/dev/null`;

const numbers = (count: number): string => Array.from({ length: count }, (_, i) => String(i + 1)).join(' ');
// [title, options, commands, what is printed as ARGS, but for perl's own]
const rows: [title: string, options: string, load: string, want: readonly string[]][] = [
  ['arguments as they are', '', '/bin/echo a "b c" "" d', ['/bin/echo a b c  d']],
  ['a newline is two characters', '', "/bin/echo 'a\nb'", ['/bin/echo a\\nb']],
  ['tabs and controls go into a pipe as they are', '', "/bin/echo \"$(printf 'a\\tb\\033[31m')\"", ['/bin/echo a\tb\x1b[31m']],
  ['-q', '-q', `/bin/echo a '' 'b"c' 'd\ne'`, ['"/bin/echo" "a" "" "b\\"c" "d\\ne"']],
  ['no arguments', '', '/bin/true', ['/bin/true']],
  ['the name of the file, not argv[0]', '', perl('/bin/true', 'q(other)', 'q(x)'), ['/bin/true x']],
  ['19 arguments and the name: all', '', `/bin/echo ${numbers(19)}`, [`/bin/echo ${numbers(19)}`]],
  ['20 arguments: one too many', '', `/bin/echo ${numbers(20)}`, [`/bin/echo ${numbers(19)} ...`]],
  ['--max-args 1', '--max-args 1', '/bin/echo a; /bin/true', ['/bin/echo ...', '/bin/true']],
  ['--max-args 3', '--max-args=3', '/bin/echo a; /bin/echo a b; /bin/echo a b c', ['/bin/echo a', '/bin/echo a b', '/bin/echo a b ...']],
  ['an argument of 129 bytes', '', `/bin/true ${'x'.repeat(129)} y`, [`/bin/true ${'x'.repeat(129)} y`]],
  ['an argument of 4 KiB', '', `/bin/true ${'x'.repeat(4096)} y`, [`/bin/true ${'x'.repeat(4096)} y`]],
  ['an argument of 128 KiB', '', perl('/bin/true', 'q(true)', 'q(x) x 131071', 'q(y)'), [`/bin/true ${'x'.repeat(131071)} y`]],
  ['a block that ends where a record does', '', perl('/bin/true', 'q(t)', 'q(x) x 8189'), [`/bin/true ${'x'.repeat(8189)}`]],
  ['and one byte more', '', perl('/bin/true', 'q(t)', 'q(x) x 8190'), [`/bin/true ${'x'.repeat(8190)}`]],
  ['a script', '', `${plain} a b`, [`${plain} a b`]],
  ['a script with an option of its interpreter', '', `${withOption} a`, [`${withOption} a`]],
  ['a script of a script', '', `${nested} a`, [`${nested} a`]],
  ['a script that is given its own name', '', `${plain} ${plain}`, [`${plain} ${plain}`]],
  ['-n: a part of the name', '-n ^ech|date', '/bin/echo a; /bin/true b', ['/bin/echo a']],
  ['-l: a part of the line', '-l a.b|date', '/bin/true a b; /bin/true ab; /bin/echo xa.b', ['/bin/true a b', '/bin/echo xa.b']],
  ['-l: before quoting', '-q -l ^[^"]*"$|date', '/bin/true a; /bin/true \'"\'', ['"/bin/true" "\\""']],
  ['-u: root', '-u root', '/bin/true a', ['/bin/true a']],
  ['a file by its descriptor (fexecve)', '', `perl -e '$^F = 9; open(F, q(<), q(/bin/true)); $n = qq(\\0); $b = qq(x\\0); $argv = pack(q(ppQ), $n, $b, 0); syscall(322, fileno(F), $n, $argv, 0, 0x1000)'`, ['/dev/fd/3 x']],
  ['failures are not shown', '', perl('/nonexistent/x', 'q(a)'), []],
];

// One run for each set of options; a program stands between the rows.
for (const options of new Set(rows.map(([, options]) => options))) {
  t.test(`options: ${options || 'none'}`, async (t) => {
    if (!canTrace(t, options === '' ? 'kernel' : 'option')) return;
    const mine = rows.filter(([, of]) => of === options);
    const separator = '/bin/date +between';
    const load = mine.map(([, , load]) => `${load}\n${separator}`).join('\n');
    const found = rowsOf(t, await underLoad({ args: (pid) => ['execsnoop', '-P', String(pid), ...options.split(' ').filter((word) => word)], load, until: new RegExp(`(${end.source}[^]*){${mine.length}}`) }));
    let at = 0;
    for (const [title, , , want] of mine) {
      const until = found.findIndex(({ args }, i) => i >= at && args.includes('/bin/date'));
      t.same(found.slice(at, until).map(({ args }) => args).filter((args) => !args.includes('perl')), want, title);
      at = until + 1;
    }
  });
}

t.test('-u: another user', async (t) => {
  if (!canTrace(t, 'option')) return;
  // a program of user 12345 and one of root
  const { lines } = await underLoad({ args: () => ['execsnoop', '-U', '-u', '12345'], load: `/bin/true of-root\nperl -e '$> = $< = 12345; exec q(/bin/true), q(of-12345)'\n`, until: /of-12345/ });
  t.equal(lines.length, 2);
  t.match(lines[1], /^12345 true .* \/bin\/true of-12345$/);
});

t.test('-x: failures', async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const E = { ENOENT: '-2', E2BIG: '-7', ENOEXEC: '-8', EACCES: '-13', EFAULT: '-14' };
  writeFileSync(join(folder, 'text'), 'no program\n');
  chmodSync(join(folder, 'text'), 0o755);
  const load = [
    perl('/nonexistent/x', 'q(zero)', 'q(arg one)', 'q()', 'q(end)'),
    perl(forbidden, 'q(zero)', 'q(b)'),
    perl(join(folder, 'text'), 'q(zero)', 'q(c)'),
    perl(broken, 'q(zero)', 'q(d)'),
    perl('/bin/true', 'q(zero)', 'q(x) x 140000', 'q(e)'),
    perl('/nonexistent/x', 'q(zero)', '1..19'),
    perl('/nonexistent/x', 'q(zero)', '1..20'),
    // execve(3, 5, 0), and execveat(AT_FDCWD, name, argv, 0, 0) and (7, name, 0, 0, 0)
    "perl -e 'syscall(59, 3, 5, 0)'",
"perl -e '$a = q(first); $b = qq(second\\0); $c = qq(/nonexistent/y\\0); $d = qq(z\\0); $argv = pack(q(ppQ), $a, $b, 0); syscall(322, -100, $c, $argv, 0, 0); syscall(322, 7, $d, 0, 0, 0)'",
  ].join('\n');
  const found = rowsOf(t, await execs('-x', load)).filter(({ ret }) => ret !== '0');
  t.same(found, [
    { comm: 'perl', ret: E.ENOENT, args: '/nonexistent/x arg one  end' },
    { comm: 'perl', ret: E.EACCES, args: `${forbidden} b` },
    { comm: 'perl', ret: E.ENOEXEC, args: `${join(folder, 'text')} c` },
    { comm: 'perl', ret: E.ENOENT, args: `${broken} d` },
    { comm: 'perl', ret: E.E2BIG, args: `/bin/true ${'x'.repeat(8195)}... e` },
    { comm: 'perl', ret: E.ENOENT, args: `/nonexistent/x ${numbers(19)}` },
    { comm: 'perl', ret: E.ENOENT, args: `/nonexistent/x ${numbers(19)} ...` },
    { comm: 'perl', ret: E.EFAULT, args: '' },
    { comm: 'perl', ret: E.ENOENT, args: '/nonexistent/y second' },
    { comm: 'perl', ret: '-9', args: '/dev/fd/7/z' },
  ]);
});

t.test('every column', async (t) => {
  if (!canTrace(t, 'option')) return;
  const { lines } = await execs('-TtUCM', '/bin/echo a');
  t.equal(lines[0], 'TIME     TIME(s) UID   COMM             PID     PCOMM            PPID    CPU  RET ARGS');
  t.match(lines[1], /^\d\d:\d\d:\d\d \d+\.\d{3}   0     echo {13}\d+ +sh {15}\d+ +\d+ +0 \/bin\/echo a$/);
});

t.test('--time-format', async (t) => {
  if (!canTrace(t, 'option')) return;
  const iso = await execs('--time-format iso', '');
  t.match(iso.lines[0], /^TIME {27}COMM/);
  t.match(iso.lines[1], /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z date /);
  const epoch = await execs('--time-format epoch', '');
  t.match(epoch.lines[0], /^TIME\(s\) {14}COMM/);
  t.ok(Math.abs(Number(epoch.lines[1]!.split(' ')[0]) - Date.now() / 1000) < 60);
  const rel = await execs('--time-format rel', '');
  t.match(rel.lines[1], /^\d\.\d{9} +date /);
});

t.test('--duration, --cwd, --env, --tree', async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const load = `cd ${folder}; export KIND=value; sh -c 'exit 3'; sh -c 'kill -9 $$'; sh -c 'exec /bin/echo x'; sh -c '/bin/echo child; :'; unset KIND; cd /`;
  const { lines } = await underLoad({ args: (pid) => ['execsnoop', '-P', String(pid), '--duration', '--cwd', '--env', 'KIND'], load: `${load}\n${last}\n`, until: end });
  t.match(lines[0], /^COMM {13}PID {5}PPID {4}RET {3}DUR\(ms\) EXIT {5}CWD {22}KIND {13}ARGS$/);
  const rows = lines.slice(1).map((line) => /^(\S+) +\d+ +\d+ +0 +[\d.]+ (\S+) +(\S+) +(\S+) +(.*)$/.exec(line)?.slice(1));
  t.same(rows, [
    ['sh', '3', folder, 'value', '/usr/bin/sh -c exit 3'], ['sh', 'SIGKILL', folder, 'value', '/usr/bin/sh -c kill -9 $$'],
    ['sh', 'exec', folder, 'value', '/usr/bin/sh -c exec /bin/echo x'], ['echo', '0', folder, 'value', '/bin/echo x'],
    ['sh', '0', folder, 'value', '/usr/bin/sh -c /bin/echo child; :'], ['date', '1', '/', '-', last],
  ]);
  const tree = await underLoad({ args: () => ['execsnoop', '--tree', '-l', 'tbpf-(one|two)'], load: "sh -c '/bin/echo tbpf-one; sh -c \"/bin/echo tbpf-two; :\"; :'\n", until: /echo tbpf-two\n/ });
  const args = tree.lines.slice(1).map((line) => line.slice(37));
  t.same(args, ['/usr/bin/sh -c /bin/echo tbpf-one; sh -c "/bin/echo tbpf-two; :"; :', '  /bin/echo tbpf-one', '  /usr/bin/sh -c /bin/echo tbpf-two; :', '    /bin/echo tbpf-two']);
});

t.test('JSON: bytes that are not UTF-8, argv[0], the interpreter', async (t) => {
  if (!canTrace(t, 'option')) return;
  const { stdout } = await execs('-o ndjson', [perl('/bin/true', 'q(zero)', 'qq(\\xff\\xc3\\xa9)'), `${withOption} a`].join('\n'));
  const records = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  t.equal(records[0]!['type'], 'columns');
  const [bytes, ofScript] = records.filter(({ comm, type }) => type === 'exec' && comm === 'true' || comm === 'option.sh');
  t.match(bytes, { type: 'exec', comm: 'true', ret: 0, args: ['/bin/true', { base64: '/8Op' }], truncated: false, argv0: 'zero', interpreter: '/bin/true' });
  t.match(ofScript, { args: [withOption, 'a'], argv0: null, interpreter: '/bin/sh' });
});

t.test('nobody reads any more: the tool ends without a word', async (t) => {
  if (!canTrace(t, 'option')) return;
  const tool = new Running(['execsnoop', '-P', String(process.pid)]);
  await tool.until('stdout', /\n/);
  tool.process.stdout!.destroy();
  let over = false;
  const ended = tool.ended.finally(() => (over = true));
  while (!over) await runCommand([], { program: '/bin/true' });
  const { status, stderr } = await ended;
  t.equal(status, 0);
  t.equal(stderr, '');
});

t.test('wrong command lines', async (t) => {
  if (!canTrace(t, 'option')) return;
  const cases: [args: string[], stderr: RegExp, status: number][] = [
    [['-u', 'no-such-user'], /^usage: execsnoop \[-h\][^]*\nexecsnoop: error: argument -u\/--uid: 'no-such-user' is not valid UID or user entry\n$/, 2],
    [['--max-args', '0'], /error: argument --max-args: '0' is not between 1 and 100000\n$/, 2],
    [['-n', '['], /error: argument -n\/--name: '\[' is not a regular expression: /, 2],
    [['--nonsense'], /error: unrecognized arguments: --nonsense\n$/, 2],
    [['--mntns', '4194304'], /^cannot look up the mnt namespace of process 4194304: there is no such process\n$/, 1],
    [['--cgroup', 'no/such/group'], /^execsnoop: (There is no control group no\/such\/group below|Control groups of version 2 are not mounted)/, 1],
    [['--pod', 'x'], /^execsnoop: A pod is named NAMESPACE\/NAME, not x\n$/, 1],
    [['--cgroupmap', '/sys/fs/bpf/no-such-map'], /^execsnoop: .*no-such-map/, 1],
  ];
  for (const [args, stderr, status] of cases) {
    const ended = await runCommand(['execsnoop', ...args]);
    t.match(ended.stderr, stderr);
    t.equal(ended.status, status, args.join(' '));
    t.equal(ended.stdout, '');
  }
});

t.test('--dump-program, --ebpf, and the name of the tool as a command', async (t) => {
  if (!canTrace(t, 'option')) return;
  const dumped = await runCommand(['execsnoop', '--dump-program']);
  t.match(dumped.stdout, /^config = [^]*rawtracepoint:sched_process_exec\n\{/);
  t.equal((await runCommand(['execsnoop', '--ebpf'])).stdout, dumped.stdout);
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> };
  t.equal(bin['execsnoop-tbpf'], 'bin/tbpf');
});

/** Starts a program: by a thread that is not the process's first, or with an argument behind which there is no memory. */
const starter = `
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
// what a process has not touched cannot be read when its call fails
static void *start(void *path) { char *argv[] = {"zero", strdup("of-a-thread"), 0}; execv(path, argv); return 0; }
int main(int argc, char **argv) {
  if (argc == 2) {
    pthread_t thread;
    pthread_create(&thread, 0, start, argv[1]);
    pthread_join(thread, 0);
    return 0;
  }
  char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page + 4096, 4096);
  char *last = strcpy(page + 4096 - sizeof "at-the-edge", "at-the-edge");
  char *at_edge[] = {"zero", last, 0};
  execv(argv[1], at_edge);
  return 0;
}
`;

t.test('an exec by a thread that is not the first; an argument behind which there is no memory', async (t) => {
  if (!canTrace(t, 'kernel') || !needs(t, 'gcc')) return;
  const program = join(folder, 'starter');
  writeFileSync(`${program}.c`, starter);
  execFileSync('gcc', ['-O1', '-pthread', '-o', program, `${program}.c`]);
  const found = rowsOf(t, await execs('-x', [`${program} /bin/true`, `${program} /nonexistent/x`, `${program} /bin/true edge`, `${program} /nonexistent/x edge`].join('\n')));
  t.same(found.filter(({ args }) => !args.startsWith(program) && args !== last), [
    { comm: 'true', ret: '0', args: '/bin/true of-a-thread' }, { comm: 'starter', ret: '-2', args: '/nonexistent/x of-a-thread' },
    { comm: 'true', ret: '0', args: '/bin/true at-the-edge' }, { comm: 'starter', ret: '-2', args: '/nonexistent/x at-the-edge' },
  ]);
});

t.test('failed calls of a program of 32 bits', async (t) => {
  if (!canTrace(t, 'kernel') || !needs(t, 'gcc')) return;
  const program = program32(folder);
  if (program === undefined) return t.plan(0, 'this kernel runs no programs of 32 bits');
  const { lines } = await execs('-x --env TBPF_TEST', program);
  const own = lines.filter((line) => line.startsWith('program32 ')).map((line) => line.replace(/^program32 +\d+ +\d+ +/, ''));
  t.match(own[0], /^0 +- +\S+program32$/, 'the program itself: a success, without the variable');
  t.same(own.slice(1), Array.from({ length: 2 }, () => `-2 ${'of 32 bits'.padEnd(16)} /tbpf/exec32 first argument second`));
});
