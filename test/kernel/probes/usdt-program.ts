// C programs with USDT probes, built with sys/sdt.h: what fires with which arguments is known. Each line such a program is given makes it work once more.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A round fires `twelve` once, `mark` five times, at three places, `inlined` a hundred times, each at a place of its own, `plain` once, `counted` only while its semaphore is
 *  above 0, `index` once, `number` once. Behind `done` it prints that semaphore. */
const source = `
#include <stdio.h>
#include <stdlib.h>
#ifdef SEMAPHORES
#define _SDT_HAS_SEMAPHORES 1
#endif
#include <sys/sdt.h>
#ifdef SEMAPHORES
#define SEMAPHORE(name) unsigned short app_##name##_semaphore __attribute__((section(".probes")));
SEMAPHORE(twelve) SEMAPHORE(mark) SEMAPHORE(inlined) SEMAPHORE(plain) SEMAPHORE(counted) SEMAPHORE(index) SEMAPHORE(number)
#define COUNTED (*(volatile unsigned short *)&app_counted_semaphore)
#else
#define COUNTED 1
#endif
volatile int counter = 77;
int table[20];
__attribute__((noinline)) void twelve(long a, int b, short c, char d, unsigned char e, unsigned short f, unsigned g, unsigned long h) {
  STAP_PROBE12(app, twelve, a, b, c, d, e, f, g, h, "text", 5, -6, counter);
}
static inline __attribute__((always_inline)) void mark(int n, int where) { STAP_PROBE2(app, mark, n, where); }
static inline __attribute__((always_inline)) void inlined(int i, void *p) { STAP_PROBE2(app, inlined, i, p); }
__attribute__((noinline)) void element(int *p, long i) { STAP_PROBE1(app, index, p[i]); }
__attribute__((noinline)) void number(double d, int after) { STAP_PROBE2(app, number, d, after); }
#define TEN(n) inlined(n, line); inlined(n + 1, line); inlined(n + 2, line); inlined(n + 3, line); inlined(n + 4, line); \\
  inlined(n + 5, line); inlined(n + 6, line); inlined(n + 7, line); inlined(n + 8, line); inlined(n + 9, line);
int main(void) {
  static char line[10];
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int i = 0; i < 20; i++) table[i] = i * i;
  printf("ready\\n");
  while (fgets(line, sizeof line, stdin) != NULL) {
    twelve(-1, -2, -3, -4, 250, 65000, 4000000000u, 1ul << 63);
    for (int i = 0; i < 3; i++) mark(i, 1);
    mark(100, 2);
    mark(line[0], 3);
    TEN(0) TEN(10) TEN(20) TEN(30) TEN(40) TEN(50) TEN(60) TEN(70) TEN(80) TEN(90)
    STAP_PROBE(app, plain);
    element(table, line[0] - '0');
    number(1.5, 8);
    if (COUNTED) STAP_PROBE1(app, counted, 9);
    printf("done %d\\n", COUNTED);
  }
  return 0;
}
`;

/** Compiles the program. @returns its path; the folder is removed with `remove` */
export function buildUsdtProgram(flags: readonly string[], name = 'marked'): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-usdt-'));
  const path = join(folder, name);
  writeFileSync(`${path}.c`, source);
  execFileSync('gcc', ['-O2', ...flags, '-o', path, `${path}.c`]);
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}
