// --follow: a process and all that descend from it, from their first instruction to their last, and nobody else.
//
//   idea   each process of the load calls getppid() as often as its level says, so that the sum tells which were seen and which were not

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { RunningTarget } from '../../../lib/runtime/discover/index.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { command, Running, runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const inGuest = process.env['TBPF_GUEST'] !== undefined;

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-follow-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file of Perl, to be run as a command without quotes. */
function perl(t: Test, text: string): string {
  const path = join(folderOf(t), 'load.pl');
  writeFileSync(path, text);
  return path;
}

/** Of a text of maps the value of `@`. */
const total = (stdout: string): number => Number(/^@: (\d+)$/m.exec(stdout)?.[1] ?? 0);

// 12 children of one call each, each with a thread of 100 and a child of 10 that becomes a program of 1000
const FAMILY = `
  use threads;
  for (1 .. 12) {
    my $child = fork;
    if ($child == 0) {
      getppid;
      my $grandchild = fork;
      if ($grandchild == 0) { getppid for 1 .. 10; exec 'perl', '-e', 'getppid for 1 .. 1000'; }
      waitpid $grandchild, 0;
      threads->create(sub { getppid for 1 .. 100 })->join;
      exit 0;
    }
    waitpid $child, 0;
  }
  getppid for 1 .. 10000;`;
const OF_FAMILY = 12 * (1 + 10 + 100 + 1000) + 10000;

t.test('-c: every call of the command, its children, theirs, and what they run', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const load = perl(t, FAMILY);
  // somebody else of the same name
  const other = spawn('perl', ['-e', 'while (1) { getppid for 1 .. 100; select undef, undef, undef, 0.01 }'], { stdio: 'ignore' });
  t.teardown(() => other.kill('SIGKILL'));
  const { stdout, stderr, status } = await runCommand(['--follow', '-c', `perl ${load}`, '-e', `
    tracepoint:syscalls:sys_enter_getppid { @ = count(); }
    tracepoint:sched:sched_process_exec { @execs = count(); }
    tracepoint:sched:sched_process_exit { @exits = count(); }`]);
  t.equal(stderr, 'Attached 3 probes\n', 'what keeps the processes does not count');
  t.equal(status, 0);
  t.equal(total(stdout), OF_FAMILY);
  t.match(stdout, /^@execs: 13$/m, 'the command itself, and 12 grandchildren');
  t.match(stdout, /^@exits: 37$/m, '12 children, 12 grandchildren, 12 threads, the command');
});

t.test('uprobes and samples follow too', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint', 'uprobe')) return;
  const load = perl(t, FAMILY);
  const { stdout, stderr } = await runCommand(['-q', '--follow', '-c', `perl ${load}`, '-e', 'uprobe:libc:getppid { @ = count(); } profile:hz:99 { @samples[comm] = count(); }']);
  t.equal(total(stdout), OF_FAMILY, stderr);
  t.strictSame([...stdout.matchAll(/^@samples\[(.*)\]/gm)].map(([, name]) => name).filter((name) => name !== 'perl' && name !== 'node'), [], 'nobody else');
});

t.test('-p: children that there were, and those that come', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const go = join(folderOf(t), 'go');
  const script = perl(t, `
    $| = 1;
    my $early = fork;
    if ($early == 0) {
      my $below = fork;
      if ($below == 0) { select undef, undef, undef, 0.02 until -e '${go}'; getppid for 1 .. 5; exit 0; }
      print "ready\\n";
      waitpid $below, 0;
      exit 0;
    }
    waitpid $early, 0;
    my $late = fork;
    if ($late == 0) { getppid for 1 .. 70; exit 0; }
    waitpid $late, 0;
    getppid for 1 .. 900;`);
  const load = spawn('perl', [script], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => load.kill('SIGKILL'));
  await new Promise((resolve) => load.stdout.once('data', resolve));
  const running = new Running(['--follow', '-p', String(load.pid), '-e', 'tracepoint:syscalls:sys_enter_getppid { @ = count(); }']);
  await running.until('stderr', /Attached/);
  writeFileSync(go, '');
  const { stdout, stderr } = await running.ended;
  t.equal(total(stdout), 975, stderr);
});

t.test('in a PID namespace of its own', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const load = perl(t, FAMILY);
  const { stdout, stderr } = await runCommand(['-pf', '--kill-child', '--mount-proc', 'sh', '-c', `exec "$TBPF" -q --follow -c 'perl ${load}' -e 'tracepoint:syscalls:sys_enter_getppid { @ = count(); }'`],
    { program: 'unshare', env: { TBPF: command } });
  t.equal(total(stdout), OF_FAMILY, stderr);
});

t.test('a number that is given again is another process', async (t) => {
  if (!inGuest) return t.plan(0, 'sets which number the next process of the machine gets: tried in guests');
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const folder = folderOf(t);
  const load = spawn('perl', ['-e', `
    $| = 1; print "ready\\n";
    sub told { my ($name) = @_; select undef, undef, undef, 0.02 until -e "${folder}/$name" }
    told 'go'; my $child = fork; if ($child == 0) { getppid for 1 .. 3; exit 0 } waitpid $child, 0;
    open my $file, '>', '${folder}/number.part'; print $file $child; close $file; rename '${folder}/number.part', '${folder}/number';
    told 'end'; getppid for 1 .. 20;`], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => load.kill('SIGKILL'));
  await new Promise((resolve) => load.stdout.once('data', resolve));
  const running = new Running(['--follow', '-p', String(load.pid), '-e', 'tracepoint:syscalls:sys_enter_getppid { @ = count(); }']);
  await running.until('stderr', /Attached/);
  writeFileSync(join(folder, 'go'), '');
  while (!existsSync(join(folder, 'number'))) await new Promise((resolve) => setTimeout(resolve, 20));
  const number = Number(readFileSync(join(folder, 'number'), 'utf8'));
  let again = 0;
  for (let attempt = 0; attempt < 20 && again !== number; attempt++) {
    const stranger = spawn('sh', ['-c', `echo ${number - 1} > /proc/sys/kernel/ns_last_pid; perl -e 'print $$; getppid for 1 .. 500' & wait`], { stdio: ['ignore', 'pipe', 'ignore'] });
    again = await new Promise<number>((resolve) => stranger.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))));
    await new Promise((resolve) => (stranger.exitCode === null ? stranger.once('exit', resolve) : resolve(undefined)));
  }
  t.equal(again, number, 'somebody has the number again');
  writeFileSync(join(folder, 'end'), '');
  const { stdout, stderr } = await running.ended;
  t.equal(total(stdout), 23, stderr);
});

t.test('the kernel is asked for no process, and what is not the script\'s is not seen', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint', 'uprobe')) return;
  const target = new RunningTarget({ native: loadNative });
  const script = new Source('stdin', 'uprobe:libc:getppid { @tbpf_started = 1; } profile:hz:99 { } begin { }');
  const { diagnostics, output } = compile(script, target, { pid: process.pid, restriction: { conditions: [], follows: true } });
  t.strictSame(diagnostics, []);
  const { programs, maps, started } = output!.manifest;
  t.strictSame(programs.map(({ probe, probeCount }) => `${probe.replace(/:.*:/, ':')} ${probeCount}`), [
    'rawtracepoint:sched_process_fork 0', 'rawtracepoint:sched_process_exit 0', 'rawtracepoint:sched_process_free 0', 'uprobe:getppid 1', 'profile:99 1', 'begin 1',
  ]);
  t.strictSame(programs.filter(({ attach }) => 'pid' in attach), []);
  t.strictSame(maps.map(({ scriptName }) => scriptName), ['@tbpf_started'], 'the script\'s own map of that name');
  t.ok(output!.object.maps.some(({ name }) => name === started));
  t.not(started, maps[0]!.name);
});

t.test('wrong command lines', async (t) => {
  if (inGuest) return t.plan(0, 'does not depend on the kernel: tried on the machine itself');
  const said = async (...args: string[]): Promise<string> => (await runCommand(args)).stderr;
  t.equal(await said('--follow', '-e', 'begin { }'), 'ERROR: USAGE: --follow needs a process to begin with: give -p PID or -c CMD.\n');
  t.equal(await said('build', '--follow', '-c', 'true', '-e', 'begin { }', '-o', '/dev/null'), 'ERROR: USAGE: --follow is no option of tbpf build: what is built takes -p of tbpf run.\n');
  t.equal(await said('run', '--follow', '-c', 'true', '/dev/null'), 'ERROR: USAGE: --follow is no option of tbpf run: what the compiler decides was decided by tbpf build.\n');
});
