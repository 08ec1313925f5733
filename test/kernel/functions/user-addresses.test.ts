// uaddr on the running kernel: programs at fixed addresses, programs and libraries that are mapped anywhere; entries, returns, offsets, patterns.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { lacking } from '../probes/machines.js';
import { mapLines } from '../probes/worker.js';

const library = `
int in_library = 31;
int library_step(int n) { in_library += n; return in_library; }
`;
const program = `
#include <stdio.h>
extern int library_step(int n);
volatile char small = -3;
volatile short middle = -300;
volatile int counter = 7;
volatile long big = 123456789012;
volatile int table[10] = { 5 };
__thread int own = 1;
int step_one(int n) { counter += n; return counter; }
int step_two(int n) { counter += 2 * n; return counter; }
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("%p %p\\n", (void *)&counter, (void *)step_one);
  if (getchar() < 0) return 1;
  own += step_one(1);
  own += step_two(1);
  own += library_step(11);
  return own == 0;
}
`;

const folder = mkdtempSync(join(tmpdir(), 'tbpf-uaddr-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** Builds the program; `flags` say where it may be mapped. */
function build(name: string, flags: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(join(folder, 'program.c'), program);
  execFileSync('gcc', ['-O0', ...flags, '-o', path, join(folder, 'program.c'), '-L', folder, '-lstep', `-Wl,-rpath,${folder}`]);
  return path;
}

async function lines(path: string, script: string, machine = runningMachine()): Promise<{ shown: string[]; counter: bigint; step: bigint; stderr: string }> {
  const child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const [data] = await once(child.stdout, 'data') as [Buffer];
  const [counter, step] = data.toString().trim().split(' ').map(BigInt);
  const { stdout, stderr } = await runLive(script, { pid: child.pid!, target: machine, during: async () => { child.stdin.end('\n'); await ended; } });
  return { shown: mapLines(stdout), counter: counter!, step: step!, stderr };
}

t.test('uaddr', async (t) => {
  if (!needs(t, 'root', 'btf', 'uprobe', 'gcc')) return;
  writeFileSync(join(folder, 'library.c'), library);
  const step = join(folder, 'libstep.so');
  execFileSync('gcc', ['-O0', '-shared', '-fPIC', '-o', step, join(folder, 'library.c')]);
  const paths = { 'a program that may lie anywhere': build('anywhere', ['-pie', '-fPIE']), 'a program at a fixed address': build('fixed', ['-no-pie', '-fno-pie']) };

  for (const [title, path] of Object.entries(paths)) {
    t.test(title, async (t) => {
      const { shown, counter, stderr } = await lines(path, `
        uprobe:${path}:step_one { @entry = *uaddr("counter"); @address = (uint64)uaddr("counter"); @small = *uaddr("small"); @middle = *uaddr("middle"); @big = *uaddr("big"); @table = *uaddr("table"); }
        uretprobe:${path}:step_one { @return[*uaddr("counter")] = count(); }
        uprobe:${path}:step_* { @each[*uaddr("counter"), probe] = count(); @every[(uint64)uaddr("counter")] = count(); @name[usym(uaddr("step_two"))] = count(); }
        uretprobe:${path}:step_* { @last = *uaddr("counter"); }`);
      t.strictSame(shown, [
        `@address: ${counter}`, '@big: 123456789012', `@each[7, uprobe:${path}:step_one]: 1`, `@each[8, uprobe:${path}:step_two]: 1`, '@entry: 7', `@every[${counter}]: 2`, '@last: 10',
        '@middle: -300', '@name[step_two]: 2', '@return[8]: 1', '@small: -3', '@table: 5',
      ], stderr);
    });
  }

  t.test('a library', async (t) => {
    const { shown, stderr } = await lines(paths['a program that may lie anywhere'], `uprobe:${step}:library_step { @before = *uaddr("in_library"); } uretprobe:${step}:library_step { @after = *uaddr("in_library"); }`);
    t.strictSame(shown, ['@after: 42', '@before: 31'], stderr);
  });

  t.test('an offset', async (t) => {
    if (runningMachine().arch !== 'x86_64') return t.plan(0, 'where instructions begin is known for x86_64');
    const path = paths['a program that may lie anywhere'];
    const { shown, stderr } = await lines(path, `uprobe:${path}:step_one+4 { @v = *uaddr("counter"); }`);
    t.strictSame(shown, ['@v: 7'], stderr);
  });

  t.test('without multi links', async (t) => {
    const path = paths['a program that may lie anywhere'];
    const { shown, counter, stderr } = await lines(path, `uprobe:${path}:step_* { @a[(uint64)uaddr("counter")] = count(); } uretprobe:${path}:step_* { @r[(uint64)uaddr("counter")] = count(); }`, lacking('uprobe_multi'));
    t.strictSame(shown, [`@a[${counter}]: 2`, `@r[${counter}]: 2`], stderr);
  });

  t.test('the probed file', async (t) => {
    const path = paths['a program that may lie anywhere'];
    const { shown, stderr } = await lines(path, `uprobe:${path}:step_one, uretprobe:${step}:library_step { @[__builtin_elf_is_exe(), __builtin_elf_ino] = count(); @seen[(uint64)curtask.mm.exe_file.f_inode.i_ino == __builtin_elf_ino] = count(); }`);
    t.strictSame(shown, [`@[false, ${statSync(step).ino}]: 1`, `@[true, ${statSync(path).ino}]: 1`, '@seen[false]: 1', '@seen[true]: 1'], stderr);
  });

  t.test('what each thread has of its own has no address', async (t) => {
    const path = paths['a program that may lie anywhere'];
    const { stderr } = await runLive(`uprobe:${path}:step_one { print(uaddr("own")); }`, {});
    t.match(stderr, `Could not resolve symbol: ${path}:own`);
  });
});
