// What is missing around the command is told as that: rights in a user namespace, folders, a process that can be followed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import t from 'tap';
import { command, runCommand } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const userNamespace = 'ERROR: tbpf runs in a user namespace, whose root the kernel gives no rights for BPF: run it outside of it (not in a rootless container)\n';
const only = 'begin { exit(); }';
const timer = 'interval:s:1 { exit(); }';
/** In a mount namespace of its own, without this folder. */
const without = (folder: string, script = timer): string[] => ['-m', 'sh', '-c', `mount -t tmpfs none ${folder} && exec "$0" -e '${script}'`, command];

const rows: readonly (readonly [title: string, program: string, args: readonly string[], stderr: string])[] = [
  ['a user namespace', 'unshare', ['-Ur', command, '-e', timer], userNamespace],
  ['no /proc', 'unshare', without('/proc'), 'ERROR: /proc is not mounted here, and tbpf needs it: mount -t proc proc /proc\n'],
  ['a user namespace, and no probe of the kernel', 'unshare', ['-Ur', command, '-e', only], userNamespace],
  ['no /proc, and no probe of the kernel', 'unshare', without('/proc', only), 'ERROR: /proc is not mounted here, and tbpf needs it: mount -t proc proc /proc\n'],
  ['no /sys, and no probe of the kernel', 'unshare', without('/sys', only), 'ERROR: /sys is not mounted here, and tbpf needs it: mount -t sysfs sysfs /sys\n'],
  ['a pattern that matches nothing', command, ['-l', 'tracepoint:nosuch:*'], "WARNING: No probes match 'tracepoint:nosuch:*'.\n"],
];
for (const [title, program, args, stderr] of rows) {
  t.test(title, async (t) => {
    if (!needs(t, 'root', 'software')) return;
    t.equal((await runCommand(args, { program })).stderr, stderr);
  });
}

t.test('few open files: either it runs or the limit is told', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  if (process.env['TBPF_GUEST']) return t.plan(0, 'it depends on libbpf, not on the kernel');
  const script = 'begin { @a[1] = 1; @b[1] = 2; @c[comm] = 3; printf("x"); } interval:ms:10 { exit(); }';
  for (let limit = 22; limit <= 38; limit += 2) {
    const { stderr } = await runCommand(['-c', `ulimit -n ${limit}; exec "$0" -e '${script}'`, command], { program: 'sh' });
    t.match(stderr, /^Attached 2 probes\n$|too many open files[^]*Raise the limit: ulimit -n/, `${limit}`);
    t.notMatch(stderr, /mistake in tbpf|verifier/, `${limit}`);
  }
});

t.test('-p with a process that has ended and that nobody has waited for', async (t) => {
  if (!needs(t, 'root')) return;
  const parent = spawn('perl', ['-e', '$| = 1; my $child = fork; exit 0 if $child == 0; select undef, undef, undef, 0.01 until do { open my $f, "<", "/proc/$child/stat"; <$f> =~ / Z /; }; print $child; <STDIN>;'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => parent.stdin.end());
  const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
  const { stderr, status } = await runCommand(['-p', String(pid), '-e', timer]);
  t.equal(stderr, `ERROR: Failed to attach to pid: process ${String(pid)} has ended, and waits for its parent to take note (a zombie)\n`);
  t.equal(status, 1);
});

t.test('-p with a thread', async (t) => {
  if (!needs(t, 'root')) return;
  const thread = readdirSync(`/proc/${process.pid}/task`).find((each) => Number(each) !== process.pid)!;
  const { stderr, status } = await runCommand(['-p', thread, '-e', timer]);
  t.equal(stderr, `ERROR: Failed to attach to pid: ${thread} is a thread of process ${process.pid}. Give the process: -p ${process.pid}; a filter /tid == ${thread}/ picks the thread.\n`);
  t.equal(status, 1);
});
