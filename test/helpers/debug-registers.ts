// Whether watchpoints work on this machine: some virtual machines accept debug registers and never trap.
//
//   idea   a program without BPF counts the writes to a variable of its own by a perf event; a machine that counts none has no watchpoints
//   needs  gcc

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** writes of the program to its variable */
export const WRITES = 7;

const program = `
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
static volatile long watched;
int main(void) {
  struct perf_event_attr attr = {.type = PERF_TYPE_BREAKPOINT, .size = sizeof attr, .bp_type = HW_BREAKPOINT_W, .bp_addr = (unsigned long)&watched, .bp_len = 8};
  int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
  long count = -1;
  for (long i = 0; i < ${WRITES}; i++) watched = i;
  if (fd < 0 || read(fd, &count, sizeof count) != sizeof count) return 1;
  printf("%ld\\n", count);
  return 0;
}
`;

/** How many of the WRITES the perf event counted. */
export function countTrappedWrites(): number {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-watchpoint-'));
  try {
    const path = join(folder, 'writes');
    writeFileSync(`${path}.c`, program);
    execFileSync('gcc', ['-O0', '-o', path, `${path}.c`]);
    return Number(execFileSync(path, { encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
