// USDT probes that a program makes at run time, as libstapsdt does: a library in a file that has no name. They are found through the process.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { listProbes } from '../../../lib/runtime/discover/list/list.js';
import { runLive, runningMachine } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';
import { LineProgram } from './program.js';
import { mapLines } from './worker.js';

const library = `
#include <sys/sdt.h>
__attribute__((noinline)) void fire(int n) { STAP_PROBE1(late, fired, n); }
`;

/** Loads the library from a copy in memory; each line it is given fires the probe with the line's first character. */
const program = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
int main(int argc, char **argv) {
  char line[10], path[64], bytes[65536];
  int fd = memfd_create("late", MFD_CLOEXEC), from = open(argv[1], O_RDONLY);
  for (ssize_t n; (n = read(from, bytes, sizeof bytes)) > 0;) if (write(fd, bytes, n) != n) return 1;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  void *lib = dlopen(path, RTLD_NOW);
  if (lib == NULL) return 2;
  close(fd);
  void (*fire)(int) = (void (*)(int))dlsym(lib, "fire");
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  while (fgets(line, sizeof line, stdin) != NULL) {
    fire(line[0]);
    puts("done");
  }
  return 0;
}
`;

t.test('a library in memory', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc', 'sdt')) return;
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-usdt-'));
  writeFileSync(join(folder, 'library.c'), library);
  writeFileSync(join(folder, 'program.c'), program);
  execFileSync('gcc', ['-O2', '-shared', '-fPIC', '-o', 'library.so', 'library.c'], { cwd: folder });
  execFileSync('gcc', ['-O2', '-o', 'program', 'program.c', '-ldl'], { cwd: folder });
  const running = new LineProgram(join(folder, 'program'), [join(folder, 'library.so')]);
  t.teardown(async () => {
    await running.close();
    rmSync(folder, { recursive: true });
  });
  await running.ready;
  const { pid } = running;
  t.match([...listProbes(runningMachine(), 'usdt:late:*', { pid })].join('\n'), new RegExp(`^usdt:/proc/${pid}/map_files/[0-9a-f]+-[0-9a-f]+:late:fired$`));
  for (const script of ['usdt:fired { @[pid, arg0] = count(); }', 'usdt:*:late:fired { @[pid, args.0] = count(); }']) {
    const { stdout, stderr } = await runLive(script, { pid, during: async () => void (await running.work('3')) });
    t.strictSame(mapLines(stdout), [`@[${pid}, ${'3'.charCodeAt(0)}]: 1`], stderr);
  }
});
