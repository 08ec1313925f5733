// Whose address it is: processes of one program, files that were replaced, other root folders, and processes that are gone.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { Symbolizer, type SymbolizerOptions } from '../../../lib/runtime/symbolize/index.js';
import { lacking, needs } from '../../helpers/needs.js';
import { build, children, end, endAll, noCompiler, start, type Running } from './running.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
t.teardown(() => {
  endAll();
  rmSync(folder, { recursive: true });
});

const program = join(folder, 'program');
const other = join(folder, 'other');
if (noCompiler === undefined) {
  build(program);
  // the same functions elsewhere in the file, under other names
  build(other, '-pie', '-fPIE', '-Dplain=renamed', '-DPAD=4096');
}

function symbolizer(options: Partial<SymbolizerOptions> = {}): Symbolizer {
  return new Symbolizer({ native: loadNative, warn: (text) => t.fail(`warned: ${text}`), ...options });
}

/** A symbolizer that is told what processes map. */
function follower(t: Test): Symbolizer {
  const native = loadNative();
  const events = native.openTaskEvents(native.onlineCpus(), 64);
  t.teardown(() => events.close());
  const symbols = symbolizer();
  symbols.follow(events);
  return symbols;
}

const nameOf = (symbols: Symbolizer, address: bigint, { pid }: Pick<Running, 'pid'>): string | undefined => symbols.userFrame(address, pid, 0).name;

t.test('two processes of one program, laid out at different addresses', { skip: noCompiler }, async (t) => {
  const [a, b] = [await start(program), await start(program)];
  const symbols = symbolizer();
  t.not(a.plain, b.plain, 'the kernel lays them out at random');
  for (const one of [a, b, a]) t.equal(nameOf(symbols, one.plain, one), 'plain');
  t.strictSame(symbols.userFrame(a.plain, b.pid, 0), { address: a.plain, unnamed: 'unmapped' }, "another process's address");
  await end(a);
  await end(b);
});

t.test('a program that is replaced while it runs', { skip: noCompiler ?? lacking('root') }, async (t) => {
  const path = join(folder, 'replaced');
  copyFileSync(program, path);
  const old = await start(path);
  const symbols = symbolizer();
  copyFileSync(other, `${path}.new`);
  renameSync(`${path}.new`, path);
  const fresh = await start(path);
  for (let round = 0; round < 2; round++) {
    t.equal(nameOf(symbols, old.plain, old), 'plain', 'the file that runs, not the one that has its name');
    t.equal(nameOf(symbols, fresh.plain, fresh), 'renamed');
  }
  await end(old);
  await end(fresh);
});

t.test('a program that is written anew under the same inode', { skip: noCompiler }, async (t) => {
  const path = join(folder, 'rewritten');
  copyFileSync(program, path);
  const { ino } = statSync(path);
  const symbols = symbolizer();
  const old = await start(path);
  t.equal(nameOf(symbols, old.plain, old), 'plain');
  await end(old);
  execFileSync('sh', ['-c', `cat ${other} > ${path}`]);
  t.equal(statSync(path).ino, ino);
  const fresh = await start(path);
  t.equal(nameOf(symbols, fresh.plain, fresh), 'renamed');
  await end(fresh);
});

t.test('functions without a size reach to the next one', { skip: noCompiler }, async (t) => {
  const path = join(folder, 'assembly');
  writeFileSync(`${path}.s`, `
    .text
    .globl first, sized
    .type first, @function
    first: .fill 16, 1, 0x90
    .type sized, @function
    sized: .fill 8, 1, 0x90
    .size sized, . - sized
    .fill 8, 1, 0x90
    .type last, @function
    last: .fill 16, 1, 0x90
    .section .note.GNU-stack, "", @progbits
  `);
  writeFileSync(`${path}.c`, `
    #include <stdio.h>
    #include <unistd.h>
    extern char first[], sized[];
    int main(void) { char c; printf("%p %p 0 0\\n", first, sized); fflush(stdout); while (read(0, &c, 1) > 0) {} return 0; }
  `);
  execFileSync('gcc', ['-o', path, `${path}.c`, `${path}.s`]);
  const running = await start(path);
  const [first, sized] = [running.plain, running.work];
  const text = (address: bigint): string => {
    const { name, offset, unnamed } = symbols.userFrame(address, running.pid, 0);
    return name === undefined ? unnamed! : `${name}+${offset}`;
  };
  const symbols = symbolizer();
  t.strictSame([first, first + 15n, sized + 7n, sized + 8n, sized + 16n, sized + 17n].map(text), ['first+0', 'first+15', 'sized+7', 'uncovered', 'last+0', 'last+1']);
  await end(running);
});

interface Inner extends Running {
  /** its number in its own PID namespace */
  readonly inner: number;
}

/** Runs the program as process 1 of a PID namespace, in a mount namespace whose /tmp is its own and has the program as /tmp/NAME. */
async function startContained(name: string): Promise<Inner> {
  const shell = `mount -t tmpfs none /mnt && cp ${program} /mnt/${name} && mount --move /mnt /tmp && exec /tmp/${name}`;
  const running = await start(shell, ['unshare', '-mpf', '--kill-child', '--mount-proc', 'sh', '-c']);
  const pid = Number(readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8').trim());
  return { ...running, pid, inner: 1 };
}

const noContainer = noCompiler ?? lacking('root');

t.test('a program of another mount and PID namespace, and its perf map', { skip: noContainer }, async (t) => {
  const running = await startContained('contained');
  const symbols = symbolizer();
  t.equal(nameOf(symbols, running.plain, running), 'plain');
  t.equal(nameOf(symbols, running.getpid, running), 'getpid');
  writeFileSync(`/proc/${running.pid}/root/tmp/perf-${running.inner}.map`, `${running.code.toString(16)} 40 compiled\n`);
  t.equal(nameOf(symbols, running.code + 4n, running), 'compiled');
  await end(running);
});

t.test('such a program, seen and then gone: its file and its perf map went with it', { skip: noContainer }, async (t) => {
  const running = await startContained('contained');
  writeFileSync(`/proc/${running.pid}/root/tmp/perf-1.map`, `${running.code.toString(16)} 40 compiled\n`);
  const symbols = symbolizer();
  symbols.snapshot(running.pid);
  await end(running);
  t.equal(nameOf(symbols, running.plain, running), 'plain');
  t.equal(nameOf(symbols, running.code, running), 'compiled');
});

t.test('a file of ours with the same path as one of a process that is gone', { skip: noContainer }, async (t) => {
  const path = join(tmpdir(), `tbpf-test-${process.pid}`);
  const running = await startContained(path.slice(tmpdir().length + 1));
  const symbols = symbolizer();
  // only its mappings are seen
  t.equal(symbols.userFrame(8n, running.pid, 0).unnamed, 'unmapped');
  await end(running);
  copyFileSync(other, path);
  t.teardown(() => rmSync(path));
  t.strictSame(symbols.userFrame(running.plain, running.pid, 0), { address: running.plain, module: path, unnamed: 'unreadable' });
});

t.test('a program under another root folder', { skip: noContainer }, async (t) => {
  const root = join(folder, 'root');
  const path = join(folder, 'static');
  build(path, '-static', '-g');
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync(path, join(root, 'bin/inner'));
  const running = await start('/bin/inner', ['chroot', root]);
  t.equal(nameOf(symbolizer(), running.plain, running), 'plain');
  await end(running);
});

const forker = join(folder, 'forker');
if (noCompiler === undefined) {
  writeFileSync(`${forker}.c`, `
    #include <stdio.h>
    #include <sys/wait.h>
    #include <unistd.h>
    __attribute__((noinline)) int plain(int n) { return n + 1; }
    int main(void) {
      char c;
      setbuf(stdout, NULL);
      printf("ready\\n");
      while (read(0, &c, 1) > 0) {
        if (fork() == 0) return printf("%d %p\\n", getpid(), (void *)plain), 0;
        wait(NULL);
        printf("gone\\n");
      }
      return plain(0);
    }`);
  execFileSync('gcc', ['-O1', '-o', forker, `${forker}.c`]);
}

const noEvents = noCompiler ?? lacking('root', 'software');

t.test('a process that began and ended unseen', { skip: noEvents }, async (t) => {
  const symbols = follower(t);
  for (const path of [program, program]) {
    const running = await start(path);
    await end(running);
    t.equal(nameOf(symbols, running.plain, running), 'plain');
    t.equal(nameOf(symbols, running.getpid, running), 'getpid');
    t.strictSame(symbols.userFrame(running.code, running.pid, 0).unnamed, 'no_perf_map');
    t.equal(symbols.userFrame(8n, running.pid, 0).unnamed, 'unmapped');
  }
});

for (const [title, before] of [['followed from its start', true], ['that was there before', false]] as const) {
  t.test(`a child that runs no program of its own and ends, of a parent ${title}`, { skip: noEvents }, async (t) => {
    const early = before ? follower(t) : undefined;
    const parent = spawn(forker, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(parent);
    const lines = createInterface(parent.stdout)[Symbol.asyncIterator]();
    await lines.next();
    const symbols = early ?? follower(t);
    parent.stdin.write('\n');
    const [pid, plain] = ((await lines.next()).value as string).split(' ');
    t.equal((await lines.next()).value, 'gone');
    t.equal(symbols.userFrame(BigInt(plain!), Number(pid), 0).name, 'plain');
    parent.stdin.end();
    await once(parent, 'exit');
    t.equal(symbols.userFrame(BigInt(plain!) + 1n, parent.pid!, 0).name, 'plain', 'the parent is gone, too');
  });
}

t.test('a process that runs another program, and is gone', { skip: noEvents }, async (t) => {
  const symbols = follower(t);
  // both say their addresses; the first goes on as the second
  const child = spawn('sh', ['-c', `${program} </dev/null; exec ${program}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  await lines.next();
  const second = BigInt(((await lines.next()).value as string).split(' ')[0]!);
  child.stdin!.end();
  await once(child, 'exit');
  t.equal(symbols.userFrame(second, child.pid!, 0).name, 'plain');
});

t.test('what the kernel tells of processes', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const native = loadNative();
  const events = native.openTaskEvents(native.onlineCpus(), 1);
  t.ok(events.drain() instanceof Buffer);
  t.throws(() => native.openTaskEvents([0], 3), { code: 'ERR_ARG' });
  t.throws(() => native.openTaskEvents([-1], 4), { code: 'ERR_ARG' });
  // a ring of one page holds few of a hundred programs
  for (let i = 0; i < 100; i++) execFileSync('true');
  const told: string[] = [];
  const symbols = symbolizer({ warn: (text) => told.push(text) });
  symbols.follow(events);
  symbols.note();
  execFileSync('true');
  symbols.note();
  t.match(told, [/^Processes started faster than tbpf could take note/]);
  events.close();
  events.close();
  t.equal(events.closed, true);
  t.throws(() => events.drain(), { code: 'ERR_CLOSED' });
  t.doesNotThrow(() => symbols.note());
});
