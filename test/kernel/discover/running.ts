// A program that says where its functions are, and waits: what addresses of processes are named on.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { lacking } from '../../helpers/needs.js';

export const children: ChildProcess[] = [];

/** For teardown. */
export function endAll(): void {
  for (const child of children) child.kill();
}

/** Prints addresses of its functions and of anonymous executable memory, then waits for its stdin to close. */
const source = `
  #include <cstdio>
  #include <sys/mman.h>
  #include <unistd.h>
  #ifdef PAD
  int padding(int n) { asm volatile(".fill 4096, 1, 0x90"); return n; }
  #endif
  namespace deep { struct thing { __attribute__((noinline)) int work(int n) { return n * 2; } }; }
  extern "C" __attribute__((noinline)) int plain(int n) { return n + 1; }
  int main(int argc, char **) {
    deep::thing thing;
    void *code = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int (deep::thing::*work)(int) = &deep::thing::work;
    printf("%p %p %p %p\\n", (void *)plain, *(void **)&work, (void *)getpid, code);
    fflush(stdout);
    char c;
    while (read(0, &c, 1) > 0) {}
    return plain(argc) + thing.work(argc);
  }`;

export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly plain: bigint;
  readonly work: bigint;
  readonly getpid: bigint;
  readonly code: bigint;
}

export const noCompiler = lacking('g++');

/** @param options  default: -pie */
export function build(path: string, ...options: string[]): void {
  writeFileSync(`${path}.cc`, source);
  execFileSync('g++', ['-O1', ...(options.length === 0 ? ['-pie', '-fPIE'] : options), '-o', path, `${path}.cc`]);
}

/** @param before  program and arguments that run it */
export async function start(path: string, before: readonly string[] = []): Promise<Running> {
  const [command, ...rest] = [...before, path];
  const child = spawn(command!, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await once(createInterface(child.stdout!), 'line') as [string];
  const [plain, work, getpid, code] = line.split(' ').map(BigInt) as [bigint, bigint, bigint, bigint];
  return { child, pid: child.pid!, plain, work, getpid, code };
}

export async function end({ child }: Running): Promise<void> {
  const ended = once(child, 'exit');
  child.stdin!.end();
  await ended;
}
