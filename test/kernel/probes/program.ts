// A small C program that probes watch: what it calls and where it writes is known. Each line it is given makes it work once more.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A round calls outer(1..7), which calls tenfold(n, 2); math::add of two ints twice and of two longs three times; it writes and then reads `watched` seven
 *  times, and writes each of eight `bytes` once. It calls named() four times with the same texts, each time with other remains behind their NULs. The names of math::add are written as a C++ compiler writes them.
 *  Virtual machines now and then let a watchpoint trap that is no more: SIGTRAP would kill it. */
const source = `
#include <signal.h>
#include <stdio.h>
#include <string.h>
static void ignore(int number) {}
volatile long watched;
volatile char watched_name;
volatile char bytes[8] __attribute__((aligned(8)));
long tenfold(long n, long m) { return n * 10 + m; }
long outer(long n) { return tenfold(n, 2) + 1; }
int _ZN4math3addEii(int a, int b) { return a + b; }
long _ZN4math3addEll(long a, long b) { return a + b; }
struct named { char name[16]; char path[200]; };
void named(struct named *n) { watched_name = n->name[0]; }
int main(void) {
  long sum = 0;
  signal(SIGTRAP, ignore);
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("%p %p %p\\n", (void *)tenfold, (void *)&watched, (void *)bytes);
  while (getchar() == '\\n') {
    for (long i = 1; i <= 7; i++) { sum += outer(i); watched = i; sum += watched; }
    for (int i = 0; i < 8; i++) bytes[i] = (char)i;
    for (int i = 0; i < 2; i++) sum += _ZN4math3addEii(i, 40);
    for (int i = 0; i < 3; i++) sum += _ZN4math3addEll(i, 40);
    struct named n;
    for (int i = 1; i <= 4; i++) { memset(&n, i, sizeof n); strcpy(n.name, "abc"); strcpy(n.path, "/a/b"); named(&n); }
    printf("done\\n");
  }
  return sum == 0;
}
`;

export class CProgram {
  readonly path: string;
  readonly pid: number;
  private readonly lines: LineProgram;
  private readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'tbpf-program-'));
    this.path = join(this.folder, 'watched');
    writeFileSync(`${this.path}.c`, source);
    // functions that set up a frame as their first instructions, at addresses that are those of the file
    execFileSync('gcc', ['-O0', '-g0', '-no-pie', '-fno-pie', '-fno-omit-frame-pointer', '-fcf-protection=none', '-o', this.path, `${this.path}.c`]);
    this.lines = new LineProgram(this.path);
    this.pid = this.lines.pid;
  }

  /** Addresses of things in its memory; resolves when it waits for work. */
  async places(): Promise<{ tenfold: bigint; watched: bigint; bytes: bigint }> {
    const [tenfold, watched, bytes] = (await this.lines.ready).split(' ').map(BigInt);
    return { tenfold: tenfold!, watched: watched!, bytes: bytes! };
  }

  /** One round; resolves when it is over. */
  readonly work = async (): Promise<void> => void (await this.lines.work(''));

  async close(): Promise<void> {
    await this.lines.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** A program that prints a line when it is ready, and one behind each line it was given and has dealt with. */
export class LineProgram {
  readonly pid: number;
  private readonly process: ChildProcess;
  private printed = '';
  private wake: () => void = () => undefined;
  private readonly ended: Promise<unknown>;
  private isGone = false;
  readonly ready: Promise<string>;

  constructor(command: string, args: readonly string[] = []) {
    this.process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.pid = this.process.pid!;
    this.ended = new Promise((resolve) => this.process.on('close', resolve)).then(() => {
      this.isGone = true;
      this.wake();
    });
    this.process.stdout!.on('data', (data: Buffer) => {
      this.printed += data.toString();
      this.wake();
    });
    this.ready = this.line();
  }

  /** One round; resolves with what it printed when it is over. */
  readonly work = async (line = '3'): Promise<string> => {
    this.process.stdin!.write(`${line}\n`);
    return this.line();
  };

  async close(): Promise<void> {
    this.process.stdin!.end();
    await this.ended;
  }

  private async line(): Promise<string> {
    while (!this.printed.includes('\n')) {
      if (this.isGone) throw new Error('the program has ended');
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const [first, ...rest] = this.printed.split('\n');
    this.printed = rest.join('\n');
    return first!;
  }
}
