// --cgroup, --container, --pod: control groups and all below them, those that come later included, and nobody else.
//
//   idea   each process of the load calls getppid() as often as its group says, so that the sum tells which were seen and which were not

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Running, runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const inGuest = process.env['TBPF_GUEST'] !== undefined;
const mount = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
const COUNT = 'tracepoint:syscalls:sys_enter_getppid { @ = count(); }';
/** Of a text of maps the value of `@`. */
const total = (stdout: string): number => Number(/^@: (\d+)$/m.exec(stdout)?.[1] ?? 0);

function canTry(t: Test): boolean {
  if (!needs(t, 'root', 'tracepoint')) return false;
  if (mount === undefined) t.plan(0, 'cgroup v2 is not mounted');
  return mount !== undefined;
}

/** A group for the test; all below it goes with it. */
function groupOf(t: Test, ...below: string[]): string {
  const name = `tbpf-test-${process.pid}-${Math.trunc(performance.now())}`;
  for (const each of ['', ...below]) mkdirSync(join(mount!, name, each), { recursive: true });
  t.teardown(() => remove(join(mount!, name)));
  return name;
}

function remove(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) if (entry.isDirectory()) remove(join(directory, entry.name));
  rmdirSync(directory);
}

/** Runs Perl in a group, from its first instruction on. */
function perlIn(group: string, text: string, ...args: string[]): Promise<void> {
  return ended(spawn('sh', ['-c', `echo $$ > ${mount!}/${group}/cgroup.procs && exec perl -e "$0" "$@"`, text, ...args], { stdio: 'inherit' }));
}

const calls = (group: string, count: number): Promise<void> => perlIn(group, 'getppid for 1 .. shift', String(count));

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', (status) => (status === 0 ? resolve() : reject(new Error(`the load ended with ${status}`)))));
}

t.test('a group and those below it, also those that are made later', async (t) => {
  if (!canTry(t)) return;
  const name = groupOf(t, 'in/below', 'out');
  const running = new Running(['--cgroup', `${name}/in`, '-e', COUNT]);
  await running.until('stderr', /Attached/);
  await calls(`${name}/in`, 3);
  await calls(`${name}/in/below`, 50);
  await calls(`${name}/out`, 7_000);
  await calls(name, 700_000);
  mkdirSync(join(mount!, name, 'in/late/deep'), { recursive: true });
  await calls(`${name}/in/late/deep`, 600);
  // a process that moves counts where it is
  await perlIn(`${name}/in`, `getppid for 1 .. 2000; open my $f, '>', shift; print $f $$; close $f; getppid for 1 .. 100000`, join(mount!, name, 'out/cgroup.procs'));
  running.process.kill('SIGINT');
  const { stdout, stderr } = await running.ended;
  t.equal(total(stdout), 2_653, stderr);
  t.equal(stderr, 'Attached 1 probe\n');
});

t.test('a pattern: groups that come while the script runs, and groups that go', async (t) => {
  if (!canTry(t)) return;
  const name = groupOf(t, 'web-1', 'db-1');
  const running = new Running(['--cgroup', `${name}/web-*`, '-e', `${COUNT} tracepoint:syscalls:sys_enter_getpgid /args.pid == 77/ { printf("seen %d\\n", pid); }`]);
  await running.until('stderr', /Attached/);
  await calls(`${name}/web-1`, 5);
  for (const [each, count] of [['web-2', 40], ['web-3', 300]] as const) {
    const told = join(folderOf(t), 'go');
    mkdirSync(join(mount!, name, each));
    // it asks whether it is seen, with another call, and then makes those that count
    const load = perlIn(`${name}/${each}`, 'my ($go, $n) = @ARGV; until (-e $go) { getpgrp 77; select undef, undef, undef, 0.005 } getppid for 1 .. $n', told, String(count));
    await running.until('stdout', new RegExp(`(seen \\d+\\n[^]*){${each === 'web-2' ? 1 : 2}}`));
    writeFileSync(told, '');
    await load;
    // and it goes: the next of that name is another group
    rmdirSync(join(mount!, name, each));
  }
  await calls(`${name}/db-1`, 10_000);
  running.process.kill('SIGINT');
  const { stdout, stderr } = await running.ended;
  t.equal(total(stdout), 345, stderr);
});

t.test('a pattern that nothing fits yet', async (t) => {
  if (!canTry(t)) return;
  const name = groupOf(t);
  const running = new Running(['--cgroup', `${name}/*`, '-e', `${COUNT} interval:ms:20 /@seen == 1/ { exit(); } tracepoint:syscalls:sys_enter_getpgid /args.pid == 77/ { @seen = 1; }`]);
  await running.until('stderr', /Attached/);
  mkdirSync(join(mount!, name, 'first'));
  const load = spawn('sh', ['-c', `echo $$ > ${mount!}/${name}/first/cgroup.procs && exec perl -e 'while (1) { getpgrp 77; select undef, undef, undef, 0.005 }'`], { stdio: 'ignore' });
  const gone = new Promise((resolve) => load.once('exit', resolve));
  const { stderr } = await running.ended;
  load.kill('SIGKILL');
  await gone;
  t.match(stderr, new RegExp(`^WARNING: No control group fits ${name}/\\* yet: it is traced when there is one\\.\n`));
});

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-cgroup-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

t.test('a container by its id, a pod by its name, both', async (t) => {
  if (!canTry(t)) return;
  const uid = `${process.pid}-13`;
  const [one, other] = ['1', '2'].map((digit) => `${process.pid}`.padStart(8, '0') + digit.repeat(56));
  const pod = `kubepods-pod${uid.replace('-', '_')}.slice`;
  const name = groupOf(t, `${pod}/cri-containerd-${one!}.scope`, `${pod}/cri-containerd-${other!}.scope`, `docker-${'3'.repeat(64)}.scope`);
  const log = `/var/log/pods/shop-${process.pid}_cart_${uid}`;
  const hadLogs = existsSync('/var/log/pods');
  mkdirSync(log, { recursive: true });
  t.teardown(() => (hadLogs ? rmdirSync(log) : rmSync('/var/log/pods', { recursive: true })));
  const counted = async (...args: string[]): Promise<string> => {
    const running = new Running([...args, '-e', `${COUNT} tracepoint:syscalls:sys_enter_getppid { @owners[container, pod] = count(); }`]);
    await running.until('stderr', /Attached/);
    await calls(`${name}/${pod}/cri-containerd-${one!}.scope`, 1);
    await calls(`${name}/${pod}/cri-containerd-${other!}.scope`, 20);
    await calls(`${name}/docker-${'3'.repeat(64)}.scope`, 300);
    await calls(name, 4000);
    running.process.kill('SIGINT');
    const { stdout, stderr } = await running.ended;
    t.equal(stderr, 'Attached 2 probes\n');
    return stdout.trim();
  };
  const owner = `shop-${process.pid}/cart`;
  t.equal(await counted('--container', one!.slice(0, 12)), `@: 1\n@owners[${one!.slice(0, 12)}, ${owner}]: 1`);
  t.equal(await counted('--pod', owner), `@: 21\n@owners[${one!.slice(0, 12)}, ${owner}]: 1\n@owners[${other!.slice(0, 12)}, ${owner}]: 20`);
  t.equal(await counted('--pod', owner, '--container', other!), `@: 20\n@owners[${other!.slice(0, 12)}, ${owner}]: 20`);
  t.equal(await counted('--cgroup', name), `@: 4321\n@owners[${one!.slice(0, 12)}, ${owner}]: 1\n@owners[${other!.slice(0, 12)}, ${owner}]: 20\n@owners[${'3'.repeat(12)}, ]: 300\n@owners[, ]: 4000`);
});

t.test('a file that build wrote takes them when it runs, and runs without', async (t) => {
  if (!canTry(t)) return;
  const name = groupOf(t, 'in', 'out');
  const file = join(folderOf(t), 'count.tbpf');
  const built = await runCommand(['build', '-e', `${COUNT} tracepoint:syscalls:sys_enter_getppid /comm == "perl" && cgroup != 0/ { @all = count(); }`, '-o', file]);
  t.equal(built.status, 0, built.stderr);
  const running = new Running(['run', '--cgroup', `${name}/in`, file]);
  await running.until('stderr', /Attached/);
  await calls(`${name}/in`, 3);
  await calls(`${name}/out`, 7_000);
  running.process.kill('SIGINT');
  const { stdout, stderr } = await running.ended;
  t.equal(total(stdout), 3, stderr);
  t.match(stdout, /^@all: 3$/m);
  const unrestricted = new Running(['run', file]);
  await unrestricted.until('stderr', /Attached/);
  await calls(`${name}/in`, 3);
  await calls(`${name}/out`, 7_000);
  unrestricted.process.kill('SIGINT');
  t.ok(total((await unrestricted.ended).stdout) >= 7_003);
});

t.test('with -c and other kinds of probes', async (t) => {
  if (!canTry(t) || !needs(t, 'uprobe', 'btf')) return;
  const name = groupOf(t, 'in');
  const script = `uprobe:libc:getppid { @ = count(); } rawtracepoint:sys_enter { @raw = count(); } profile:hz:99 { @samples = count(); } begin { @begun = 1; } interval:ms:100 { @ticks = count(); }`;
  const { stdout, stderr } = await runCommand(['-q', '--cgroup', `${name}/in`, '-c', 'perl -e getppid()', '-e', script]);
  t.equal(stderr, '');
  t.notMatch(stdout, /@raw|@: |@samples/, 'the command is in another group');
  t.match(stdout, /^@begun: 1$/m, 'what tbpf runs itself is not filtered');
  const running = new Running(['--cgroup', `${name}/in`, '-e', script]);
  await running.until('stderr', /Attached/);
  await calls(`${name}/in`, 123);
  running.process.kill('SIGINT');
  t.equal(total((await running.ended).stdout), 123);
});

t.test('wrong command lines', async (t) => {
  if (inGuest) return t.plan(0, 'does not depend on the kernel: tried on the machine itself');
  if (!canTry(t)) return;
  const said = async (...args: string[]): Promise<string> => (await runCommand(args)).stderr;
  t.match(await said('--cgroup', 'no/such', '-e', COUNT), /^ERROR: There is no control group no\/such below \S+\. systemd-cgls shows those that there are; a pattern, as in web\*, waits for one\.\n$/);
  t.match(await said('--container', 'none-of-these', '-e', COUNT), /^ERROR: There is no running container none-of-these: neither .* has it\. Start it first\.\n$/);
  t.match(await said('--pod', 'a/b', '-e', COUNT), /^ERROR: There is no pod a\/b on this machine\. /);
  t.match(await said('--pod', 'a', '-e', COUNT), /^ERROR: A pod is named NAMESPACE\/NAME, not a\n$/);
  t.match(await said('--cgroup', '[z-a]', '-e', COUNT), /^ERROR: '\[z-a\]' is no shell pattern\n$/);
  t.match(await said('--cgroup', '/', '-e', 'begin { exit(); }'), /^ERROR: This program cannot be restricted to control groups: none of its probes fires in processes, or an older tbpf built it\n$/);
  t.equal(await said('--cgroup', '', '-e', COUNT), 'ERROR: USAGE: --cgroup needs a name.\n');
  t.equal(await said('build', '--cgroup', 'x', '-e', COUNT, '-o', '/dev/null'), 'ERROR: USAGE: --cgroup is an option of tbpf run: a program that is built is for any control group.\n');
});
