// Whose events a tool shows: pinned maps, cgroups, namespaces; with execsnoop, for all tools alike.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { needs } from '../../helpers/needs.js';
import { canTrace, underLoad } from '../../helpers/tool-load.js';
import { runCommand } from '../../helpers/command.js';

const end = /echo the-last-one\n/;

/** ARGS of what is shown, but for the last program, which has to be. */
async function shown(options: (pid: number) => readonly string[], load: string): Promise<string[]> {
  const { lines } = await underLoad({ args: (pid) => ['execsnoop', '-P', String(pid), ...options(pid)], load: `${load}\n/bin/echo the-last-one\n`, until: end });
  return lines.slice(1, -1).map((line) => line.slice(37));
}

/** A map with the ids that it is given, pinned while the test runs. */
function pinned(t: Test, keyBytes: number, ids: readonly bigint[]): string {
  const path = `/sys/fs/bpf/tbpf-test-${process.pid}-${keyBytes}-${ids.join('-')}`;
  execFileSync('bpftool', ['map', 'create', path, 'type', 'hash', 'key', String(keyBytes), 'value', '4', 'entries', '16', 'name', 'tbpf_test']);
  t.teardown(() => rmSync(path));
  for (const id of ids) execFileSync('bpftool', update(path, id));
  return path;
}

function update(path: string, id: bigint): string[] {
  const key = Array.from({ length: 8 }, (_, i) => String((id >> BigInt(i * 8)) & 0xffn));
  return ['map', 'update', 'pinned', path, 'key', ...key, 'value', '0', '0', '0', '0'];
}

/** Where cgroup v2 is mounted. */
function cgroupMount(): string | undefined {
  return readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
}

t.test('--cgroupmap and --mntnsmap: what is in the map when the event comes', async (t) => {
  if (!canTrace(t, 'option') || !needs(t, 'bpftool')) return;
  const mount = cgroupMount();
  if (mount === undefined) return t.plan(0, 'cgroup v2 is not mounted');
  const own = readFileSync('/proc/self/cgroup', 'utf8').split('\n').find((line) => line.startsWith('0::'))!.slice(3);
  const cgroup = statSync(join(mount, own), { bigint: true }).ino;
  const mntns = statSync('/proc/self/ns/mnt', { bigint: true }).ino;
  const other = 12345n;
  t.same(await shown(() => ['--cgroupmap', pinned(t, 8, [cgroup])], '/bin/true a'), ['/bin/true a']);
  t.same(await shown(() => ['--mntnsmap', pinned(t, 8, [mntns])], '/bin/true a'), ['/bin/true a']);
  const late = pinned(t, 8, [other]);
  // what was there before the map was changed has time to arrive
  const load = `/bin/true before; sleep 1; bpftool ${update(late, mntns).join(' ')}; /bin/true after`;
  t.same((await shown(() => ['--cgroupmap', pinned(t, 8, [cgroup, other]), '--mntnsmap', late], load)).filter((args) => args.startsWith('/bin/true')), ['/bin/true after']);
  const narrow = await runCommand(['execsnoop', '--cgroupmap', pinned(t, 4, [])]);
  t.match(narrow.stderr, /^the keys of the map \S+ have 4 bytes; ids of cgroups and namespaces have 8\n$/);
  t.equal(narrow.status, 1);
});

t.test('--cgroup: a group and those below it, also those that are made later', async (t) => {
  if (!canTrace(t, 'kernel') || !needs(t, 'kernel>=6.1')) return;
  const mount = cgroupMount();
  if (mount === undefined) return t.plan(0, 'cgroup v2 is not mounted');
  const name = `tbpf-test-${process.pid}`;
  const group = join(mount, name);
  mkdirSync(group);
  t.teardown(() => [join(group, 'late'), group].forEach((each) => rmdirSync(each)));
  const load = `/bin/true outside; mkdir ${group}/late; echo $$ > ${group}/late/cgroup.procs; /bin/true below; echo $$ > ${group}/cgroup.procs; /bin/true in`;
  t.same(await shown(() => ['--cgroup', name], load), ['/bin/true below', '/bin/true in']);
});

t.test('--follow: the process of -p and all that descend from it', async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const counted = 'perl -e "getppid for 1 .. 7; if (fork) { wait } else { getppid for 1 .. 30 }"\n';
  const alone = await underLoad({ args: (pid) => ['funccount', '-p', String(pid), 't:syscalls:sys_enter_getppid'], load: `${counted}exec sleep 0.1\n`, until: /Tracing/ });
  t.notMatch(alone.stdout, /\d+$/m, 'not without it');
  const family = await underLoad({ args: (pid) => ['funccount', '--follow', '-p', String(pid), 't:syscalls:sys_enter_getppid'], load: counted });
  t.match(family.stdout, /getppid\s+37$/m);
  const opens = await underLoad({ args: (pid) => ['opensnoop', '--follow', '-p', String(pid), '--path', '/tbpf-none-*'], load: 'cat /tbpf-none-a; sh -c "cat /tbpf-none-b; :"\n' });
  t.same(opens.lines.slice(1).map((line) => line.split(/ +/).at(-1)), ['/tbpf-none-a', '/tbpf-none-b']);
  const traced = await underLoad({ args: (pid) => ['trace', '--follow', '-p', String(pid), 't:syscalls:sys_enter_getppid'], load: 'sh -c "perl -e getppid; :"\n' });
  t.match(traced.stdout, /perl +sys_enter_getppid/);
  const sizes = await underLoad({ args: (pid) => ['argdist', '--follow', '-p', String(pid), '-C', 't:syscalls:sys_enter_getpgid():int:args->pid', '-o', 'ndjson'], load: 'sh -c "perl -e \'getpgrp 77 for 1 .. 5\'; :"\n', ready: /tool/ });
  t.match(sizes.stdout, /"count":5/);
  const { stdout } = await runCommand(['opensnoop', '--follow', '--path', '/tbpf-none-*', '--exec', 'sh', '-c', 'cat /tbpf-none-c; :']);
  t.match(stdout, /\/tbpf-none-c\n/);
});

t.test('--follow without a process', async (t) => {
  const { stderr, status } = await runCommand(['trace', '--follow', 't:sched:sched_switch']);
  t.match(stderr, /^--follow needs a process to begin with: give -p PID\n$/);
  t.equal(status, 1);
});

for (const [option, flag] of [['--mntns', '-m'], ['--netns', '-n'], ['--pidns', '-pf']] as const) {
  t.test(`${option}: the namespace of a process`, async (t) => {
    if (!canTrace(t, option === '--pidns' ? 'kernel' : 'option')) return;
    // the shell starts unshare, which goes on as the program in the new namespace, or starts it there
    const { lines } = await underLoad({
      args: (pid) => ['execsnoop', '-l', 'tbpf-|the-last', option, String(pid)],
      load: `unshare ${flag} /bin/echo tbpf-inside; /bin/echo tbpf-outside; /bin/echo the-last-one\n`, until: end,
    });
    // other tests run in the same namespace
    t.same(lines.filter((line) => line.includes('/bin/echo ')).slice(0, -1).map((line) => line.slice(37).replace(/^.*unshare/, 'unshare')), [`unshare ${flag} /bin/echo tbpf-inside`, '/bin/echo tbpf-outside']);
  });
}

t.test('a program of another PID namespace has the number that ours gives it', async (t) => {
  if (!canTrace(t, 'kernel')) return;
  const { lines } = await underLoad({
    args: () => ['execsnoop', '-l', 'tbpf-inside|the-last'],
    load: 'unshare -pf /bin/echo tbpf-inside; /bin/echo the-last-one\n', until: end,
  });
  // other tests have programs with the other word
  const [unshare, inside] = lines.filter((line) => line.includes('tbpf-inside')).map((line) => line.split(/ +/));
  t.equal(inside![2], unshare![1], 'its parent is unshare');
  t.not(inside![1], '1');
});
