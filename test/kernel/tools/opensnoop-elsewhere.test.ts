// opensnoop: opens by programs of 32 bits, and by io_uring.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { lacking, needs } from '../../helpers/needs.js';
import { program32 } from '../../helpers/programs32.js';
import { canTrace, isSlow, underLoad } from '../../helpers/tool-load.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-opensnoop-'));
t.teardown(() => rmSync(folder, { recursive: true }));

// a guest leaves to the machine what that can try, too
for (const source of lacking('fentry') !== undefined ? ['tracepoint'] : isSlow ? ['fexit'] : ['fexit', 'tracepoint']) t.test(`a program of 32 bits, by ${source} probes`, async (t) => {
  if (!canTrace(t, 'kernel') || !needs(t, 'gcc')) return;
  const program = program32(folder);
  if (program === undefined) return t.plan(0, 'this kernel runs no programs of 32 bits');
  const { lines, pid } = await underLoad({ args: (pid) => ['opensnoop', '-p', String(pid), '-e', '-F', '--source', source], load: `cd ${folder}; exec ${program}\n`, until: /how32/ });
  const of = (fd: number, err: number, rest: string): string => `${String(pid).padEnd(6)} ${'program32'.padEnd(16)} ${String(fd).padStart(4)} ${String(err).padStart(3)} ${rest}`;
  t.same(lines.slice(1).filter((line) => line.includes(' program32 ')), [
    of(-1, 2, '00000000 n/a  /tbpf/open32'), of(-1, 2, `00001101 0600 ${folder}/tbpf-none/creat32`), of(3, 0, '00100000 n/a  /etc/passwd'),
    of(-1, 2, `00000101 0644 ${folder}/tbpf-how32/x`),
  ]);
});

/** Opens by io_uring: a file that is there, one that is not, one that is made, one into the ring's own table. */
const ringProgram = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct io_uring_params p = {0};
  int ring = syscall(SYS_io_uring_setup, 8, &p);
  if (ring < 0) { perror("io_uring_setup"); return 1; }
  char *sq = mmap(0, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
  struct io_uring_sqe *sqes = mmap(0, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
  unsigned *tail = (unsigned *)(sq + p.sq_off.tail), mask = *(unsigned *)(sq + p.sq_off.ring_mask), *array = (unsigned *)(sq + p.sq_off.array);
  int none[4] = {-1, -1, -1, -1};
  syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, none, 4);
  const char *names[] = {"there", "/tbpf/none", "made", "there", "/tbpf/the-last-one"};
  static struct open_how how = {.flags = O_RDWR | O_CREAT | O_CLOEXEC, .mode = 0640};
  for (int i = 0; i < 5; i++) {
    struct io_uring_sqe *sqe = &sqes[*tail & mask];
    memset(sqe, 0, sizeof *sqe);
    sqe->fd = AT_FDCWD;
    sqe->addr = (unsigned long)names[i];
    if (i == 2) { sqe->opcode = IORING_OP_OPENAT2; sqe->len = sizeof how; sqe->off = (unsigned long)&how; }
    else { sqe->opcode = IORING_OP_OPENAT; sqe->open_flags = O_RDONLY; sqe->file_index = i == 3 ? 2 : 0; }
    array[*tail & mask] = *tail & mask;
    __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) < 0) { perror("io_uring_enter"); return 1; }
  }
  return 0;
}
`;

t.test('--all: opens by io_uring', async (t) => {
  if (!canTrace(t, 'kernel') || !needs(t, 'gcc', 'fentry')) return;
  const program = join(folder, 'ring');
  writeFileSync(`${program}.c`, ringProgram);
  execFileSync('gcc', ['-O1', '-static', '-o', program, `${program}.c`]);
  const work = join(folder, 'work');
  mkdirSync(work);
  writeFileSync(join(work, 'there'), 'x');
  const opensOf = async (options: readonly string[]): Promise<readonly (readonly [fd: string, err: string, flags: string, mode: string, path: string])[]> => {
    const { lines, pid } = await underLoad({ args: (pid) => ['opensnoop', '-p', String(pid), '-e', ...options], load: `cd ${work}; rm -f made; exec ${program}\n`, until: /the-last-one/ });
    // a worker of io_uring, which opens what may have to wait, is a thread of the process with a name of its own
    return lines.filter((line) => / (ring|iou-wrk-\d+) /.test(line)).map((line) => {
      t.equal(Number(line.split(' ')[0]), pid);
      return line.replace(/^\d+ +\S+ +/, '').split(/ +/) as unknown as readonly [string, string, string, string, string];
    });
  };
  // what a worker opens may be told later than what the program opens next
  const sorted = <T>(rows: readonly T[]): readonly T[] => [...rows].sort((x, y) => (String(x) < String(y) ? -1 : 1));
  t.same(sorted(await opensOf(['--all'])), sorted([
    ['4', '0', '00000000', 'n/a', 'there'], ['-1', '2', '00000000', 'n/a', '/tbpf/none'], ['5', '0', '02000102', '0640', 'made'], ['-', '0', '00000000', 'n/a', 'there'],
    ['-1', '2', '00000000', 'n/a', '/tbpf/the-last-one'],
  ]));
  t.same(sorted((await opensOf(['--all', '-F', '--path', `{${folder},/tbpf}/*`])).map(([, , , , path]) => path)), sorted([`${work}/there`, '/tbpf/none', `${work}/made`, `${work}/there`, '/tbpf/the-last-one']));
  t.same((await opensOf(['--all', '-x'])).map(([, , , , path]) => path), ['/tbpf/none', '/tbpf/the-last-one']);
});
