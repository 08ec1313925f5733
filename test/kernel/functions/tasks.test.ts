// Threads by their task_struct and by their number on the running kernel; words of the stack.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';

const GETPPID = process.arch === 'x64' ? 110 : 173;
/** larger than any number of a process (PID_MAX_LIMIT) */
const NOBODY = 4194304;

/** Runs a script while a process of this test, `parent` by name, waits for a line, then calls getppid() and read() once. */
async function whileAsked(script: (pid: number) => string): Promise<{ pid: number; stdout: string; stderr: string }> {
  const child = spawn('perl', ['-e', `$| = 1; print "ready\\n"; <STDIN>; syscall(${GETPPID}); open(F, '</dev/null'); sysread(F, $x, 1);`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  const pid = child.pid!;
  const { stdout, stderr } = await runLive(script(pid), {
    during: async () => {
      child.stdin.end('\n');
      await ended;
    },
  });
  return { pid, stdout, stderr };
}

const own = readFileSync('/proc/self/comm', 'utf8').trim();
const asked = (pid: number, body: string): string => `tracepoint:syscalls:sys_enter_getppid /pid == ${pid}/ { ${body} }`;

t.test('relatives of tasks', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  const { pid, stdout } = await whileAsked((pid) => asked(pid, `print((ppid(curtask), ppid(), pcomm(curtask) == pcomm, leader_comm(curtask), leader_tid(curtask)));
    print((ppid(curtask.group_leader) == ppid, pcomm((uint64)curtask) == pcomm())); @[leader_comm(curtask.real_parent)] = count();`));
  const main = readFileSync(`/proc/${process.pid}/comm`, 'utf8').trim();
  t.equal(stdout.trim(), `(${process.pid}, ${process.pid}, true, perl, ${pid})\n(true, true)\n\n\n@[${main}]: 1`, own);
});

const kinds = {
  tracepoint: { need: ['tracepoint', 'kernel>=6.12'] as const, script: asked },
  fentry: { need: ['fentry', 'kernel>=6.2'] as const, script: (pid: number, body: string) => `fentry:vfs_read /pid == ${pid}/ { ${body} }` },
};

for (const [kind, { need, script }] of Object.entries(kinds)) {
  t.test(`names of threads by their numbers: ${kind}`, async (t) => {
    if (!needs(t, 'root', 'btf', ...need)) return;
    const { stdout, stderr } = await whileAsked((pid) => script(pid, `print((comm(pid), comm(tid), comm(${process.pid}), comm() == comm)); print(comm(${NOBODY})); @[comm(pid), comm(-1)] = count();`));
    const main = readFileSync(`/proc/${process.pid}/comm`, 'utf8').trim();
    t.equal(stdout.trim(), `(perl, perl, ${main}, true)\nN/A\n\n\n@[perl, N/A]: 1`, stderr);
    t.same([...stderr.matchAll(/WARNING: (.*)/g)].map(([, text]) => text).sort(), ['No such process (pid=-1)', `No such process (pid=${NOBODY})`]);
  });
}

t.test('names of threads by their numbers: interval', async (t) => {
  if (!needs(t, 'root', 'btf', 'software', 'kernel>=6.12')) return;
  const { stdout } = await runLive(`interval:ms:10 { print((comm(${process.pid}), comm(${NOBODY}))); exit(); }`);
  t.equal(stdout.trim(), `(${readFileSync(`/proc/${process.pid}/comm`, 'utf8').trim()}, N/A)`);
});

t.test('names of threads by their numbers: iter', async (t) => {
  if (!needs(t, 'root', 'btf', 'iter', 'kernel>=6.2')) return;
  const { stdout } = await runLive(`iter:task { if (ctx.task != 0 && ctx.task.pid == ${process.pid}) { printf("%s\\n", comm(${process.pid})); } }`, { during: async () => undefined });
  t.equal(stdout.trim(), readFileSync(`/proc/${process.pid}/comm`, 'utf8').trim());
});

t.test('a kernel that finds no process by its number', async (t) => {
  if (!needs(t, 'root', 'btf', 'tracepoint')) return;
  if (runningMachine().has('kfunc:bpf_task_from_pid')) return void t.plan(0, 'this kernel finds them');
  const { stdout } = await whileAsked((pid) => asked(pid, 'print(comm(pid));'));
  t.equal(stdout.trim(), '[unknown]');
});

t.test('words of the stack', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  if (process.arch !== 'x64') return void t.plan(0, 'on other architectures eight numbers fit into registers');
  const folder = t.testdir();
  const program = join(folder, 'many');
  writeFileSync(`${program}.c`, `__attribute__((noinline)) long many(long a, long b, long c, long d, long e, long f, long g, long h) {
  __asm__ volatile("" ::: "memory");
  return a + b + c + d + e + f + g + h;
}
int main(void) { return many(1, 2, 3, 4, 5, 6, 77, 88) != 186; }
`);
  execFileSync('gcc', ['-O1', '-o', program, `${program}.c`]);
  const { stdout } = await runLive(`uprobe:${program}:many { print((arg0, arg5, sarg0, sarg1)); @[sarg1] = sum(sarg0); }`, {
    during: async () => void execFileSync(program),
  });
  t.equal(stdout.trim(), '(1, 6, 77, 88)\n\n\n@[88]: 77');
});
