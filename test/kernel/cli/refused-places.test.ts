// Functions whose first instruction the kernel puts no probe on, beside others, in a program whose calls are known: what is not attached counts nothing.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runCommand, Running } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

/** Calls each function as often as its argument says, when it reads a line. locked_*: a lock prefix, and an opcode of vectors; sizeless and label have no size. */
const source = `
#include <stdio.h>
#include <stdlib.h>
#define FUNCTION(name, first) __asm__(".text\\n.globl " #name "\\n.type " #name ",@function\\n" #name ":\\n" first "\\n ret\\n.size " #name ", .-" #name "\\n")
FUNCTION(locked_add, "lock addl $1,(%rdi)");
FUNCTION(locked_not, "lock notl (%rdi)");
FUNCTION(locked_plain, "addl $1,(%rdi)");
FUNCTION(locked_late, "nop\\nlock addl $1,(%rdi)");
__asm__(".globl sizeless\\n.type sizeless,@function\\nsizeless: addl $1,(%rdi)\\n ret\\n");
__asm__(".section .rodata\\n.globl in_data\\n.type in_data,@function\\nin_data: .long 1\\n.text\\n");
void locked_add(int *), locked_not(int *), locked_plain(int *), locked_late(int *), sizeless(int *);
int main(int argc, char **argv) {
  int times = atoi(argv[1]), n = 0;
  puts("ready");
  fflush(stdout);
  if (argc > 2) getchar();
  for (int i = 0; i < times; i++) { locked_add(&n); locked_not(&n); locked_plain(&n); locked_late(&n); sizeless(&n); }
  return 0;
}
`;

const linesOf = (stdout: string): string[] => stdout.split('\n').filter((line) => line.startsWith('@')).sort();
const ways: readonly (readonly [title: string, options: readonly string[], need: 'uprobe' | 'uprobe_multi'])[] = [['one link for all', [], 'uprobe_multi'], ['one link each', ['--no-feature', 'uprobe_multi'], 'uprobe']];

t.test('instructions the kernel refuses', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  if (process.arch !== 'x64') return t.plan(0, 'the program is written for x86_64');
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-refused-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'refused');
  writeFileSync(`${path}.c`, source);
  execFileSync('gcc', ['-O1', '-o', path, `${path}.c`]);
  const counted = (name: string): string => `@[uprobe:${path}:${name}]: 7`;
  const refusal = (name: string): string => `the kernel puts no probe on the instruction at ${name} of ${path}. It has a prefix such as lock, or an opcode that cannot run out of its place: probe a later instruction (NAME+OFFSET) or another function.`;

  for (const [way, options, need] of ways) {
    t.test(way, async (t) => {
      if (!needs(t, need)) return;
      t.test('a pattern goes on without them, in a file that nobody runs yet', async (t) => {
        const { stdout, stderr, status } = await runCommand([...options, '-e', `uprobe:${path}:locked_* { @[probe] = count(); }`, '-c', `${path} 7`]);
        t.strictSame(linesOf(stdout), [counted('locked_late'), counted('locked_plain')]);
        t.match(stderr, 'WARNING: 2 matches of wildcards cannot be probed and are left out. Use -v to see them.\n');
        t.match(stderr, 'Attached 2 probes\n');
        t.equal(status, 0);
      });

      t.test('-v names them', async (t) => {
        const { stderr } = await runCommand([...options, '-v', '-e', `uretprobe:${path}:locked_* { @[probe] = count(); }`, '-c', `${path} 1`]);
        for (const name of ['locked_add', 'locked_not']) t.match(stderr, `Left out uretprobe:${path}:${name}: the kernel puts no probe on the instruction at ${name} of ${path}\n`);
      });

      t.test('nothing is said where missing probes are ignored', async (t) => {
        const { stdout, stderr } = await runCommand([...options, '-e', `config = { missing_probes = ignore } uprobe:${path}:locked_* { @[probe] = count(); }`, '-c', `${path} 7`]);
        t.strictSame(linesOf(stdout), [counted('locked_late'), counted('locked_plain')]);
        t.equal(stderr, 'Attached 2 probes\n');
      });

      t.test('one by its name is told', async (t) => {
        const { stderr, status } = await runCommand([...options, '-e', `uprobe:${path}:locked_add { @ = count(); }`, '-c', `${path} 7`]);
        t.equal(stderr, `${refusal('locked_add')}\nERROR: Unable to attach probe: uprobe:${path}:locked_add. If this is expected, set the 'missing_probes' config variable to 'warn'.\n`);
        t.equal(status, 255);
      });

      t.test('a pattern of which nothing can be probed is told', async (t) => {
        const { stdout, stderr, status } = await runCommand([...options, '-e', `config = { missing_probes = warn } uprobe:${path}:locked_n*,uprobe:${path}:locked_ad* { @[probe] = count(); } begin { printf("on\\n"); }`, '-c', `${path} 7`]);
        for (const name of ['locked_not', 'locked_add']) t.match(stderr, `${refusal(name)}\nWARNING: Unable to attach probe: uprobe:${path}:${name}. Skipping.\n`);
        // the program of -c prints on the same stdout, before or after
        t.ok(stdout.split('\n').includes('on'), `begin has run all the same: ${stdout}`);
        t.equal(status, 0);
      });

      t.test('while the program runs, what is not attached counts nothing', async (t) => {
        const worker = spawn(path, ['1000', 'wait'], { stdio: ['pipe', 'pipe', 'inherit'] });
        t.teardown(() => worker.kill());
        await once(worker.stdout, 'data');
        const tracing = new Running([...options, '-e', `config = { missing_probes = warn } uprobe:${path}:locked_* /pid == ${worker.pid!}/ { @[probe] = count(); } uprobe:${path}:locked_add { @wrong = count(); }`]);
        await tracing.attached();
        worker.stdin.end('\n');
        await once(worker, 'exit');
        tracing.kill('SIGINT');
        const { stdout } = await tracing.ended;
        t.strictSame(linesOf(stdout), [`@[uprobe:${path}:locked_late]: 1000`, `@[uprobe:${path}:locked_plain]: 1000`]);
      });
    });
  }

  t.test('a symbol without a size fires and is told', async (t) => {
    const { stdout, stderr } = await runCommand(['-e', `uprobe:${path}:sizeless { @[probe] = count(); }`, '-c', `${path} 7`]);
    t.strictSame(linesOf(stdout), [counted('sizeless')]);
    t.match(stdout + stderr, 'WARNING: sizeless has size 0: the probe fires when what stands at its address is run, which may be another function or nothing\n');
  });

  t.test('a function that lies in data is told', async (t) => {
    const { stderr, status } = await runCommand(['-e', `uprobe:${path}:in_data { @[probe] = count(); }`, '-c', `${path} 7`]);
    t.match(stderr, `ERROR: in_data lies outside the code of ${path}: a probe there would never fire\n`);
    t.equal(status, 1);
  });
});
