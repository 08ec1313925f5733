// Functions whose first instruction the kernel puts no probe on, beside others, in a program whose calls are known: what is not attached counts nothing.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runCommand, Running } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const PT_LOAD = 1;
const PF_X = 1;
const PROGRAM_HEADER_BYTES = 56;

/** The program with a segment of code that says it goes on for 256 MiB, as a file has that was cut off. */
function cutOff(elf: Buffer): Buffer {
  const start = Number(elf.readBigUInt64LE(32));
  for (let at = start; at < start + PROGRAM_HEADER_BYTES * elf.readUInt16LE(56); at += PROGRAM_HEADER_BYTES) {
    if (elf.readUInt32LE(at) === PT_LOAD && (elf.readUInt32LE(at + 4) & PF_X) !== 0) elf.writeBigUInt64LE(0x10000000n, at + 32);
  }
  return elf;
}

/** Calls each function as often as its argument says, when it reads a line. locked_*: a lock prefix, and an opcode of vectors; sizeless has no size, locked_beyond lies outside of the code. */
const source = `
#include <stdio.h>
#include <stdlib.h>
#define FUNCTION(name, first) __asm__(".text\\n.globl " #name "\\n.type " #name ",@function\\n" #name ":\\n" first "\\n ret\\n.size " #name ", .-" #name "\\n")
FUNCTION(locked_add, "lock addl $1,(%rdi)");
FUNCTION(locked_not, "lock notl (%rdi)");
FUNCTION(locked_plain, "addl $1,(%rdi)");
FUNCTION(locked_late, "nop\\nlock addl $1,(%rdi)");
__asm__(".globl sizeless\\n.type sizeless,@function\\nsizeless: addl $1,(%rdi)\\n ret\\n");
__asm__(".globl locked_beyond\\n.type locked_beyond,@function\\n.set locked_beyond, locked_plain+0x1000000\\n");
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

/** A program of 32 bits without a library: says that it runs, reads a byte, calls plain_first, locked and plain_last. */
const source32 = `
.globl _start, plain_first, locked, plain_last
.type plain_first,@function
.type locked,@function
.type plain_last,@function
plain_first: incl counter
 ret
.size plain_first, .-plain_first
locked: lock incl counter
 ret
.size locked, .-locked
plain_last: incl counter
 ret
.size plain_last, .-plain_last
_start: mov $4, %eax
 mov $1, %ebx
 mov $counter, %ecx
 mov $1, %edx
 int $0x80
 mov $3, %eax
 xor %ebx, %ebx
 int $0x80
 call plain_first
 call locked
 call plain_last
 mov $1, %eax
 xor %ebx, %ebx
 int $0x80
.data
counter: .long 46
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

      t.test('places that the file ends before', async (t) => {
        const cut = join(folder, 'cut');
        writeFileSync(cut, cutOff(readFileSync(path)), { mode: 0o755 });
        const script = `uprobe:${cut}:locked_plain,uprobe:${cut}:locked_b*,uprobe:${cut}:locked_l* { }`;
        const pattern = await runCommand([...options, '-v', '-e', `uprobe:${cut}:locked_* { }`, '-c', '/bin/true']);
        t.match(pattern.stderr, `Left out uprobe:${cut}:locked_beyond: ${cut} ends before locked_beyond, whatever its symbol table says\n`);
        t.match(pattern.stderr, 'WARNING: 3 matches of wildcards cannot be probed and are left out.');
        t.match(pattern.stderr, 'Attached 2 probes\n');
        const { stderr, status } = await runCommand([...options, '-e', script, '-c', '/bin/true']);
        t.match(stderr, `${cut} ends before locked_beyond, whatever its symbol table says. The file was cut off, or is being written: replace it by a whole one.\nERROR: Unable to attach probe: uprobe:${cut}:locked_beyond.`);
        t.equal(status, 255);
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

  t.test('a program of 32 bits, whose instructions cannot be tried beforehand', async (t) => {
    if (!needs(t, 'uprobe_multi')) return;
    const program = join(folder, 'bits32');
    writeFileSync(`${program}.s`, source32);
    execFileSync('gcc', ['-m32', '-nostdlib', '-static', '-o', program, `${program}.s`]);
    // a shell is started where the kernel refuses the file, and complains
    const worker = spawn(program, { stdio: ['pipe', 'pipe', 'ignore'] });
    t.teardown(() => worker.kill());
    const runs = await Promise.race([once(worker.stdout, 'data').then(() => true), once(worker, 'exit').then(() => false)]);
    if (!runs) return t.plan(0, 'this kernel runs no programs of 32 bits');
    const tracing = new Running(['-v', '-e', `uprobe:${program}:*l* /pid == ${worker.pid!}/ { @[probe] = count(); }`]);
    await tracing.attached();
    worker.stdin.end('x');
    await once(worker, 'exit');
    tracing.kill('SIGINT');
    const { stdout, stderr } = await tracing.ended;
    t.strictSame(linesOf(stdout), ['plain_first', 'plain_last'].map((name) => `@[uprobe:${program}:${name}]: 1`));
    t.match(stderr, `Left out uprobe:${program}:locked: `);
    t.match(stderr, 'Attached 2 probes\n');
  });
});
