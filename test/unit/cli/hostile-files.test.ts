// Files that an ordinary user puts where tbpf looks for names: the trace goes on, and its maps are printed.
//
//   idea   the scene is set in a mount namespace of the traced process's own (`unshare -m`): its /tmp, /etc and the folder of its program are
//          what the test makes of them, and the machine's stay as they are

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import t from 'tap';
import { command, runCommand, type Ended } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
const children: ChildProcess[] = [];
t.teardown(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Runs a shell in a mount namespace of its own that sets the scene and becomes the victim, which says when it is ready. */
async function inScene(scene: string, victim: string): Promise<number> {
  const child = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', `${scene}; exec ${victim}`], { env: { ...process.env, NODE_OPTIONS: '', DIR: folder }, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid!;
}

const CALLS = `$| = 1; my $r = system($ENV{SCENE}); print "ready $r\\n"; 1 while (getppid, select(undef, undef, undef, 0.01)) >= 0`;

/** A perl in a folder of its own, which calls getppid() again and again, and sets the scene when it runs. */
function perl(scene: string): Promise<number> {
  return inScene(`mount -t tmpfs none "$DIR"; cp /usr/bin/perl "$DIR/victim-perl"; export SCENE='${scene}'`, `"$DIR/victim-perl" -e '${CALLS}'`);
}

/** A node whose calls come from code that was compiled while it ran, and so lies in no file. */
function node(scene: string, options = ''): Promise<number> {
  return inScene(`mount -t tmpfs none /tmp; map=/tmp/perf-$$.map; ${scene}`, `"${process.execPath}" --always-sparkplug ${options} -e 'function victim() { return process.ppid; } console.log("ready"); setInterval(() => { for (let i = 0; i < 100; i++) victim(); }, 10)'`);
}

type Scene = readonly [title: string, scene: string];

/** One trace of all processes: the stacks of their calls, by process. */
async function stacksOf(pids: readonly number[]): Promise<{ readonly ended: Ended; readonly stackOf: (pid: number) => string }> {
  const ended = await runCommand(['-q', '-e', `tracepoint:syscalls:sys_enter_getppid /${pids.map((pid) => `pid == ${pid}`).join(' || ')}/ { @[pid, ustack(40)] = count(); } interval:s:1 { exit(); }`], { timeoutMs: 200_000 });
  return { ended, stackOf: (pid) => ended.stdout.split('\n@[').filter((element) => element.startsWith(`${pid}, `)).join('\n') };
}

const maps: readonly Scene[] = [
  ['a pipe', 'mkfifo $map'],
  ['a folder', 'mkdir $map'],
  ['a link to itself', 'ln -s $map $map'],
  ['a link to a device without end', 'ln -s /dev/zero $map'],
  ['a link to the memory of the kernel', 'ln -s /proc/kcore $map'],
  ['a file of 3 GB', 'truncate -s 3G $map'],
  ['a file of 8 TB', 'truncate -s 8T $map'],
  ['somebody else\'s', 'echo "0 7fffffffffff forged" > $map; chown 12345 $map'],
  ['no /tmp that may be entered', 'rm -rf /tmp/*; chmod 0 /tmp'],
];
t.test('perf maps', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const pids = await Promise.all(maps.map(([, scene]) => node(scene)));
  const honest = await node('true', '--perf-basic-prof');
  const { ended, stackOf } = await stacksOf([...pids, honest]);
  t.equal(ended.stderr, '');
  t.equal(ended.status, 0);
  maps.forEach(([title], i) => {
    t.match(stackOf(pids[i]!), /^ +0x[0-9a-f]+$/m, `${title}: code without a name`);
    t.match(stackOf(pids[i]!), /\]: \d+\s*$/, `${title}: a count`);
    t.notMatch(stackOf(pids[i]!), /forged/, title);
  });
  t.match(stackOf(honest), /^ +JS:/m, 'an honest one has names');
});

const programs: readonly Scene[] = [
  ['a link in a circle', 'mount -t tmpfs none "$DIR"; ln -s victim-perl "$DIR/victim-perl"'],
  ['a pipe', 'mount -t tmpfs none "$DIR"; mkfifo "$DIR/victim-perl"'],
  ['a folder', 'mount -t tmpfs none "$DIR"; mkdir "$DIR/victim-perl"'],
  ['a file of 8 TB', 'mount -t tmpfs none "$DIR"; truncate -s 8T "$DIR/victim-perl"'],
  ['nothing', 'mount -t tmpfs none "$DIR"'],
];
t.test('what stands where the program was', async (t) => {
  if (!needs(t, 'root', 'tracepoint')) return;
  const pids = await Promise.all(programs.map(([, scene]) => perl(scene)));
  const { ended, stackOf } = await stacksOf(pids);
  t.equal(ended.stderr, '');
  t.equal(ended.status, 0);
  programs.forEach(([title], i) => {
    t.match(stackOf(pids[i]!), /getppid\+/, `${title}: the names come from the file that is mapped`);
    t.match(stackOf(pids[i]!), /\]: \d+\s*$/, `${title}: a count`);
  });
});

const caches: readonly Scene[] = [
  ['a pipe', 'mount -t tmpfs none /etc; mkfifo /etc/ld.so.cache'],
  ['a folder', 'mount -t tmpfs none /etc; mkdir /etc/ld.so.cache'],
  ['a link to a device', 'mount -t tmpfs none /etc; ln -s /dev/zero /etc/ld.so.cache'],
  ['a file of 8 TB', 'mount -t tmpfs none /etc; truncate -s 8T /etc/ld.so.cache'],
  ['a link to itself', 'mount -t tmpfs none /etc; ln -s ld.so.cache /etc/ld.so.cache'],
];
for (const [title, scene] of caches) {
  t.test(`-p: ${title} as the process's ld.so.cache`, async (t) => {
    if (!needs(t, 'root', 'uprobe')) return;
    const pid = await perl(scene);
    const { stderr, status } = await runCommand(['-q', '-p', String(pid), '-e', 'uprobe:libnosuch:f { }']);
    t.match(stderr, /libnosuch/);
    t.notMatch(stderr, /BUG/);
    t.equal(status, 1);
  });
}

const passwds: readonly Scene[] = [
  ['none', 'mount -t tmpfs none /etc'],
  ['a pipe', 'mount -t tmpfs none /etc; mkfifo /etc/passwd'],
  ['a folder', 'mount -t tmpfs none /etc; mkdir /etc/passwd'],
  ['a file of 8 TB', 'mount -t tmpfs none /etc; truncate -s 8T /etc/passwd'],
];
for (const [title, scene] of passwds) {
  t.test(`username with /etc/passwd: ${title}`, async (t) => {
    if (!needs(t, 'root')) return;
    // without SHELL, bash, which bin/tbpf starts with, looks the user up in /etc/passwd itself, and waits at the pipe
    const { stdout, stderr, status } = await runCommand(['-m', '--propagation', 'private', 'sh', '-c', `${scene}; unset NODE_EXTRA_CA_CERTS; exec "$TBPF" -q -e 'begin { @[username] = 7; @other = 3; exit(); }'`], { program: 'unshare', env: { TBPF: command, SHELL: '/bin/sh' } });
    t.equal(stdout, '\n\n@[]: 7\n@other: 3\n', stderr);
    t.match(stderr, /^WARNING: Some names cannot be found: .*\/etc\/passwd.*\n$/);
    t.equal(status, 0);
  });
}

t.test('a symbol that doubles at each level', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  const reference = (index: number): string => (index === 0 ? 'S_' : `S${(index - 1).toString(36).toUpperCase()}_`);
  let name = '_Z1f1A1PIS_S_E';
  for (let level = 0; level < 26; level++) name += `S0_I${reference(level + 2)}${reference(level + 2)}E`;
  const path = join(folder, 'doubling');
  execFileSync('gcc', ['-x', 'c', '-O0', '-o', path, '-'], { input: `int ${name}(int x) { return x + 1; }\nint main(void) { return ${name}(-1); }\n` });
  const { stdout, stderr, status } = await runCommand(['-q', '-c', path, '-e', `uprobe:${path}:${name} { print(ustack(1)); @[usym(reg("ip"))] = count(); }`], { timeoutMs: 60_000 });
  t.match(stdout, `@[${name}]: 1\n`, stderr);
  t.ok(stdout.length < 4096, `${stdout.length} bytes`);
  t.equal(status, 0);
});
