// dw_ustack on real processes: programs without frame pointers, libc that calls back, signal handlers, static programs, node; by every kind of probe.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runCommand } from '../../helpers/command.js';
import { needs, type Feature } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
const started: ChildProcess[] = [];
t.teardown(() => rmSync(folder, { recursive: true }));

/** In turn: a recursion into a frame of variable size and a large one, a callback of qsort, a signal handler, a system call; then a long time in the recursion. */
const source = `
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#define CALLED __attribute__((noipa))
volatile long sink;
CALLED void leaf(long n) { for (long i = 0; i < n; i++) sink += i; }
CALLED long large(long n) { volatile char bytes[3000]; bytes[n] = 1; leaf(n); return bytes[n] + sink; }
CALLED long variable(long n) { volatile char *more = __builtin_alloca(n * 16 + 32); more[0] = 1; return large(n) + more[0]; }
CALLED long recurse(long depth, long n) { return depth == 0 ? variable(n) + 1 : recurse(depth - 1, n) + sink; }
CALLED void compared(void) { leaf(20); sink++; }
CALLED int compare(const void *a, const void *b) { compared(); return *(const int *)a - *(const int *)b; }
CALLED void sorting(void) { int values[2] = {2, 1}; qsort(values, 2, sizeof(int), compare); sink += values[0]; }
CALLED void handled(void) { leaf(30); sink++; }
void handler(int number) { handled(); sink++; }
CALLED void raising(void) { raise(SIGUSR1); sink++; }
CALLED void calling(void) { sink += getppid(); }
CALLED void spinning(void) { for (int i = 0; i < 3000; i++) sink += recurse(3, 200); }
CALLED void turn(void) { sorting(); raising(); calling(); spinning(); sink++; }
int main(int argc, char **argv) {
  signal(SIGUSR1, handler);
  for (int i = 0; argc < 2 || i < atoi(argv[1]); i++) turn();
}`;

function build(name: string, ...options: string[]): string {
  const path = join(folder, name);
  writeFileSync(`${path}.c`, source);
  execFileSync('gcc', ['-O2', '-fomit-frame-pointer', '-fno-optimize-sibling-calls', ...options, '-o', path, `${path}.c`]);
  return path;
}

async function start(command: string, ...args: string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'ignore' });
  started.push(child);
  await once(child, 'spawn');
  return child.pid!;
}

const enabled = 'config = { unstable_dw_ustack = enable }';
const ends = 'interval:ms:400 { exit(); }';
const fromMain = ['main', '(?:__libc_start_call_main|__libc_start_main\\S*)', '(?:__libc_start_main\\S*)', '_start'];
/** A stack as it is printed, in any map: names of functions, the innermost first. */
const stack = (...names: string[]): RegExp => new RegExp(`@\\w*\\[\\n${names.map((name) => ` {8}${name}\\+\\d+\\n`).join('')}\\]: \\d+\\n`);

async function scene(title: string, features: readonly Feature[], run: (t: Test) => Promise<void>, { kernel = true } = {}): Promise<void> {
  await t.test(title, kernel ? {} : onThisMachine(), async (t) => {
    if (process.arch !== 'x64' || !needs(t, 'root', 'gcc', 'bpf_loop', ...features)) return;
    try {
      await run(t);
    } finally {
      for (const child of started.splice(0)) child.kill('SIGKILL');
    }
  });
}

async function traced(pid: number, script: string, ...options: string[]): Promise<string> {
  const { stdout, stderr } = await runCommand(['-q', '-p', String(pid), ...options, '-e', `${enabled} ${script} ${ends}`]);
  return stdout + stderr;
}

await scene('a uprobe: recursion, a frame of variable size, a callback of libc, a signal handler', ['uprobe'], async (t) => {
  const path = build('tbpf-deep');
  const pid = await start(path);
  // two commands, since to start one is what takes a guest long; a turn whose leaf is probed is too slow to come to the others
  const turns = await traced(pid, `uprobe:${path}:compared { @compared[dw_ustack] = count(); } uprobe:${path}:handled { @handled[dw_ustack] = count(); }`);
  t.match(turns, stack('compared', 'compare', '\\S+(?:\\+\\d+\\n {8}\\S+)*', 'sorting', 'turn', ...fromMain));
  t.match(turns, stack('handled', 'handler', '\\S*restore_rt', '\\S+(?:\\+\\d+\\n {8}\\S+)*', 'raising', 'turn', ...fromMain));
  const output = await traced(pid, `uprobe:${path}:leaf { @leaf[dw_ustack] = count(); } uretprobe:${path}:leaf { @after[dw_ustack(2)] = count(); }`);
  t.match(output, stack('leaf', 'large', 'variable', 'recurse', 'recurse', 'recurse', 'recurse', 'spinning', 'turn', ...fromMain));
  t.match(output, /@after\[\n {8}large\+\d+\n {8}variable\+\d+\n\]: \d+\n/);
});

await scene('a tracepoint: registers that the kernel saved', ['tracepoint'], async (t) => {
  const path = build('tbpf-call');
  const pid = await start(path);
  const output = await traced(pid, 'tracepoint:syscalls:sys_enter_getppid { @enter[dw_ustack] = count(); } rawtracepoint:sys_exit /comm == "tbpf-call"/ { @exit[dw_ustack(3)] = count(); }');
  t.match(output, stack('\\w*getppid', 'calling', 'turn', ...fromMain));
  t.match(output, /@exit\[\n {8}\w*getppid\+\d+\n {8}calling\+\d+\n {8}turn\+\d+\n\]: \d+\n/);
  t.match(await traced(pid, 'tracepoint:syscalls:sys_enter_getppid { printf("%s<%d>\\n", dw_ustack(perf, 3), len(dw_ustack(3))); exit(); }'), /^\s*[0-9a-f]+ \w*getppid\+\d+ \(.*\)\n\t[0-9a-f]+ calling\+\d+ \(.*tbpf-call\)\n\t[0-9a-f]+ turn\+\d+ \(.*\)\n<3>\n/);
});

await scene('a kprobe', ['kprobe'], async (t) => {
  const path = build('tbpf-kprobe');
  const pid = await start(path);
  t.match(await traced(pid, 'kprobe:__x64_sys_getppid { @[dw_ustack] = count(); }'), stack('\\w*getppid', 'calling', 'turn', ...fromMain));
});

await scene('samples: nearly all stacks are complete', ['software'], async (t) => {
  const path = build('tbpf-spin');
  const pid = await start(path);
  const output = await traced(pid, 'profile:hz:199 /comm == "tbpf-spin"/ { @[dw_ustack] = count(); }', '-v');
  t.match(output, stack('leaf', 'large', 'variable', 'recurse', 'recurse', 'recurse', 'recurse', 'spinning', 'turn', ...fromMain));
  const [, complete] = /(\d+) stacks? of dw_ustack ended where the thread begins: complete/.exec(output) ?? [];
  const all = [...output.matchAll(/(\d+) stacks? of dw_ustack ended/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  t.ok(Number(complete) >= 0.95 * all && all > 0, `${complete} of ${all}: ${output}`);
});

await scene('a static program', ['uprobe'], async (t) => {
  const path = build('tbpf-static', '-static');
  const pid = await start(path);
  t.match(await traced(pid, `uprobe:${path}:handled { @[dw_ustack] = count(); }`), stack('handled', 'handler', '\\S*restore_rt', '\\S+(?:\\+\\d+\\n {8}\\S+)*', 'raising', 'turn', ...fromMain));
}, { kernel: false });

await scene('a command, a process of --dwarf-pid, and one that nobody named', ['uprobe'], async (t) => {
  const path = build('tbpf-named');
  const script = `${enabled} uprobe:${path}:calling { @[dw_ustack] = count(); }`;
  const { stdout, stderr } = await runCommand(['-q', '-c', `${path} 30`, '-e', script]);
  t.match(stdout, stack('calling', 'turn', ...fromMain), stderr);
  const [known, unknown] = [await start(path), await start(path)];
  const one = await runCommand(['-q', '--dwarf-pid', String(known), '-e', `${enabled} uprobe:${path}:calling /pid == ${known}/ { @[dw_ustack] = count(); } ${ends}`]);
  t.match(one.stdout, stack('calling', 'turn', ...fromMain), one.stderr);
  t.equal(one.stderr, '');
  const other = await runCommand(['-q', '--dwarf-pid', String(known), '-e', `${enabled} uprobe:${path}:calling /pid == ${unknown}/ { @[dw_ustack] = count(); } ${ends}`]);
  t.match(other.stdout, /@\[\n\]: \d+\n/);
  t.match(other.stderr, /No DWARF unwind data available for this process\. Use -p or --dwarf-pid to specify target PIDs\./);
  const none = await runCommand(['-q', '-e', script]);
  t.match(none.stderr, /ERROR: dw_ustack requires a target process\. Use -p, -c, or --dwarf-pid to specify one\./);
}, { kernel: false });

await scene('node: as far as its code has unwind data', ['tracepoint'], async (t) => {
  const pid = await start(process.execPath, '-e', 'setInterval(() => process.getuid(), 1)');
  const output = await traced(pid, 'tracepoint:syscalls:sys_enter_getuid { @[dw_ustack] = count(); }', '-v');
  t.match(output, /@\[\n {8}\w*getuid\+\d+\n {8}node::\S*GetUid\S*[^\n]*\n {8}[^]*?\]: \d+\n/);
  t.match(output, /\d+ stacks? of dw_ustack ended in code that has no unwind data/);
}, { kernel: false });
