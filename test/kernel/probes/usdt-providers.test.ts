// USDT probes of libraries and programs that others build: libstdc++'s of exceptions, Python's of functions; a library that only the process sees.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { listProbes } from '../../../lib/runtime/discover/list/list.js';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { LineProgram } from './program.js';
import { mapLines } from './worker.js';

/** For each line it throws seven times, throws two of these again, and catches nine times. */
const throwing = `
#include <cstdio>
#include <stdexcept>
__attribute__((noinline)) void fail(int n) { if (n < 4) throw n; throw std::runtime_error("seven"); }
__attribute__((noinline)) void again(int n) { try { fail(n); } catch (int) { if (n < 2) throw; } }
int main() {
  char line[10];
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  while (fgets(line, sizeof line, stdin)) {
    for (int n = 0; n < 7; n++) try { again(n); } catch (int) { } catch (const std::exception &) { }
    puts("done");
  }
}
`;

function folderFor(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-usdt-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function working(t: Test, command: string, args: readonly string[] = []): Promise<LineProgram> {
  const program = new LineProgram(command, args);
  t.teardown(() => program.close());
  await program.ready;
  return program;
}

t.test('exceptions of C++', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'g++')) return;
  const folder = folderFor(t);
  writeFileSync(join(folder, 'throwing.cc'), throwing);
  execFileSync('g++', ['-O1', '-o', 'throwing', 'throwing.cc'], { cwd: folder });
  const program = await working(t, join(folder, 'throwing'));
  const { pid } = program;
  const listed = [...listProbes(runningMachine(), 'usdt:*:libstdcxx:*', { pid })];
  if (listed.length === 0) return t.plan(0, 'this libstdc++ was built without USDT probes');
  t.strictSame(listed.map((line) => line.replace(/^usdt:.*?:/, '')), ['libstdcxx:catch', 'libstdcxx:rethrow', 'libstdcxx:throw']);
  const { stdout, stderr } = await runLive(
    'usdt:throw { @throw = count(); @objects[arg0 != 0, arg1 != 0] = count(); } usdt:libstdcxx:catch { @catch = count(); } usdt:*:libstdcxx:rethrow { @again[pid] = count(); }',
    { pid, during: async () => void (await program.work()) });
  t.strictSame(mapLines(stdout), [`@again[${pid}]: 2`, '@catch: 9', '@objects[true, true]: 7', '@throw: 7'], stderr);
});

t.test("functions of Debian's Python", async (t) => {
  if (!needs(t, 'root', 'uprobe')) return;
  const python = '/usr/bin/python3.11';
  if (!existsSync(python)) return t.plan(0, `needs ${python}: the package python3.11`);
  if (![...listProbes(runningMachine(), `usdt:${python}`, {})].some((line) => line.endsWith(':function__entry'))) return t.plan(0, `${python} was built without USDT probes`);
  const folder = folderFor(t);
  writeFileSync(join(folder, 'calls.py'), [
    'import sys', 'def inner(n): return n', 'def outer(n): return inner(n) + inner(n)', 'print("ready", flush=True)', 'for line in sys.stdin:',
    '  for n in range(5): outer(n)', '  print("done", flush=True)', '',
  ].join('\n'));
  const script = join(folder, 'calls.py');
  const program = await working(t, python, ['-I', '-S', script]);
  const { pid } = program;
  // Python 3.11 passes function__entry only while the semaphore of line is up, too
  const [ours, calls] = ['strcontains(str(arg0), "calls.py")', '{ @[str(arg1), arg2] = count(); }'];
  const rows: [title: string, script: string, pid?: number][] = [
    ['of every process', `usdt:${python}:function__entry /pid == ${pid} && ${ours}/ ${calls} usdt:${python}:line /pid == ${pid}/ { @lines = 1; }`],
    ['of one process', `usdt:python:function__entry /${ours}/ ${calls} usdt:line { @lines = 1; }`, pid],
    ['one probe alone', `usdt:function__return /${ours}/ ${calls}`, pid],
  ];
  for (const [title, script, only] of rows) {
    const { stdout, stderr } = await runLive(script, { pid: only, during: async () => void (await program.work()) });
    t.strictSame(mapLines(stdout).filter((line) => !line.startsWith('@lines')), ['@[inner, 2]: 10', '@[outer, 3]: 5'], `${title}: ${stderr}`);
  }
});

/** Loads the library it is given; each line fires `own:fired` with the line's first character. */
const loading = `
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv) {
  char line[10];
  void *lib = dlopen(argv[1], RTLD_NOW);
  if (lib == NULL) return 2;
  void (*fire)(int) = (void (*)(int))dlsym(lib, "fire");
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  while (fgets(line, sizeof line, stdin) != NULL) { fire(line[0]); puts("done"); }
}
`;
const library = (probe: string): string => `
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>
unsigned short own_${probe}_semaphore __attribute__((section(".probes")));
__attribute__((noinline)) void fire(int n) { if (*(volatile unsigned short *)&own_${probe}_semaphore) STAP_PROBE1(own, ${probe}, n); }
`;

t.test('a library that only the process sees', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc', 'sdt')) return;
  const folder = folderFor(t);
  writeFileSync(join(folder, 'program.c'), loading);
  execFileSync('gcc', ['-o', 'program', 'program.c', '-ldl'], { cwd: folder });
  for (const probe of ['fired', 'other']) {
    writeFileSync(join(folder, `${probe}.c`), library(probe));
    execFileSync('gcc', ['-O2', '-shared', '-fPIC', '-o', `${probe}.so`, `${probe}.c`], { cwd: folder });
  }
  // our own file at the path that the process knows is another library
  const there = join(folder, 'there');
  execFileSync('mkdir', [there]);
  execFileSync('cp', [join(folder, 'other.so'), join(there, 'own.so')]);
  const command = 'mount -t tmpfs none "$1/there" && cp "$1/fired.so" "$1/there/own.so" && exec "$1/program" "$1/there/own.so"';
  const program = await working(t, 'unshare', ['-m', 'sh', '-c', command, 'sh', folder]);
  const { pid } = program;
  const path = join(there, 'own.so');
  t.strictSame([...listProbes(runningMachine(), `usdt:${path}`, { pid })], [`usdt:/proc/${pid}/root${path}:own:fired`]);
  t.strictSame([...listProbes(runningMachine(), `usdt:${path}`, {})], [`usdt:${path}:own:other`]);
  for (const point of [`usdt:${path}:fired`, 'usdt:fired', 'usdt:own:fired', 'usdt:*:own:*']) {
    const { stdout, stderr } = await runLive(`${point} { @[pid, arg0] = count(); }`, { pid, during: async () => void (await program.work('3')) });
    t.strictSame(mapLines(stdout), [`@[${pid}, ${'3'.charCodeAt(0)}]: 1`], `${point}: ${stderr}`);
  }
});
