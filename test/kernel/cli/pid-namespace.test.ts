// tbpf in a PID namespace of its own, as in a container (language.md 4.1: `pid` is the number that tbpf's own namespace knows).
//
//   idea   the shell of `unshare` says its number, and becomes tbpf: so the number is known from another source

import t, { type Test } from 'tap';
import { command, packageRoot, runCommand, type Ended } from '../../helpers/command.js';
import { needs, type Feature } from '../../helpers/needs.js';

/** Runs a shell in a new PID namespace; `$TBPF` is the command. */
function inNamespace(shell: string, mountProc = true): Promise<Ended> {
  return runCommand(['-pf', '--kill-child', ...(mountProc ? ['--mount-proc'] : []), 'sh', '-c', shell], { program: 'unshare', env: { TBPF: command } });
}

async function scene(title: string, run: (t: Test) => Promise<void>, ...features: Feature[]): Promise<void> {
  await t.test(title, async (t) => {
    if (!needs(t, 'root', ...features)) return;
    await run(t);
  });
}

const PERL = `exec perl -e 'getppid while select(undef, undef, undef, 0.02) == 0'`;

await scene('pid, tid and pid(init)', async (t) => {
  const { stdout, stderr } = await inNamespace(`echo $$; exec "$TBPF" -q -e 'begin { printf("%d %d %d\\n", pid, tid, pid != pid(init)); exit(); }'`);
  const [shell, ids] = stdout.split('\n');
  t.equal(ids, `${shell} ${shell} 1`, stderr);
});

await scene('-c: cpid, names of addresses and stacks', async (t) => {
  const { stdout, stderr, status } = await inNamespace(`exec "$TBPF" -q -c 'perl -e getppid,select(undef,undef,undef,1)' -e '
    uprobe:libc:getppid /pid == cpid/ {
      printf("%d %d ", pid < 100, pid == pid(init));
      printf("%s\\n", usym(reg("ip")));
      print(ustack(1));
      @[ustack(1)] = count();
    }'`);
  t.match(stdout, /^1 0 getppid\n\n? +getppid\+0\n\n\n\n@\[\n? +getppid\+0\n\]: 1\n$/, stderr);
  t.equal(status, 0);
}, 'uprobe');

await scene('stacks of processes that have ended', async (t) => {
  const { stdout, stderr, status } = await inNamespace(`exec "$TBPF" -q -c 'perl -e exit(fork()&&getppid)' -e 'uprobe:libc:getppid /pid == cpid/ { @[ustack(1)] = count(); }'`);
  t.match(stdout, /^\n?\n@\[\n +getppid\+0\n\]: 1\n$/, stderr);
  t.equal(status, 0);
}, 'uprobe');

await scene('-p: the process with that number', async (t) => {
  const { stdout, stderr } = await inNamespace(`${PERL.replace('exec ', '')} & "$TBPF" -q -p $! -e 'uprobe:libc:getppid { printf("%d %s %s\\n", pid, usym(reg("ip")), comm); exit(); }'; echo $!; kill $!`);
  const [seen, number] = stdout.trim().split(/\n+/);
  t.equal(seen, `${number} getppid perl`, stderr);
}, 'uprobe');

await scene('-p in programs that filter by themselves', async (t) => {
  const { stdout, stderr } = await inNamespace(`${PERL.replace('exec ', '')} & "$TBPF" -q -p $! -e 'tracepoint:syscalls:sys_enter_getppid { printf("%d\\n", pid); exit(); }'; echo $!; kill $!`);
  const [seen, number] = stdout.trim().split(/\n+/);
  t.equal(seen, number, stderr);
}, 'tracepoint');

await scene('the library: pid of the program that traces, cpid of its command', async (t) => {
  if (process.env['TBPF_GUEST']) return t.plan(0, 'the command has asked this kernel the same; translating the library takes a guest long');
  const { stdout, stderr, status } = await inNamespace(`cd '${packageRoot}' && exec '${process.execPath}' scripts/run.mjs test/helpers/trace-own-child.ts`);
  t.match(stderr, /^\d+$/, 'the child says who it is');
  t.strictSame(JSON.parse(stdout), { pid: 1, printed: `1 ${stderr}\n${stderr}\n`, keys: [stderr] });
  t.equal(status, 0);
}, 'tracepoint');

await scene('-p of a process in a namespace inside', async (t) => {
  const { stdout, stderr, status } = await inNamespace(`unshare -pf --kill-child sh -c '${PERL.replaceAll("'", '"')}' & for i in $(seq 300); do pgrep -x perl >/dev/null && break; sleep 0.05; done; for p in $(pgrep -x perl); do "$TBPF" -p $p -e 'interval:s:1 { exit(); }'; echo $?; done; kill $!`);
  t.match(stderr, /ERROR: Process \d+ is in a PID namespace inside the one tbpf runs in, .*Run tbpf in the PID namespace of the process, or in the initial one \(on the host\)\.\n/);
  t.equal(stdout, '1\n', String(status));
}, 'software');

await scene('without a /proc of its own: numbers are right, and -p and -c say what is missing', async (t) => {
  const { stdout } = await inNamespace(`echo $$; exec "$TBPF" -q -e 'begin { printf("%d\\n", pid); exit(); }'`, false);
  const [shell, pid] = stdout.split('\n');
  t.equal(pid, shell);
  for (const option of ['-p 1', '-c true']) {
    const { stderr, status } = await inNamespace(`exec "$TBPF" ${option} -e 'begin { }'`, false);
    t.match(stderr, /^ERROR: \/proc shows the processes of another PID namespace than the one tbpf runs in, under other numbers\. Give tbpf a \/proc of its own/, option);
    t.equal(status, 1, option);
  }
});
