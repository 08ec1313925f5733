// Addresses of real processes and of the kernel, named.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { Symbolizer, type SymbolizerOptions } from '../../../lib/runtime/symbolize/index.js';
import { readVdso } from '../../../lib/runtime/symbolize/vdso.js';
import { parseMaps } from '../../../lib/model/target/process-maps.js';
import { lacking, needs } from '../../helpers/needs.js';
import { build, children, end, endAll, noCompiler, start as startProgram, type Running } from './running.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
t.teardown(() => {
  endAll();
  rmSync(folder, { recursive: true });
});

function symbolizer(options: Partial<SymbolizerOptions> = {}): Symbolizer {
  return new Symbolizer({ native: loadNative, warn: (text) => t.fail(`warned: ${text}`), ...options });
}

const program = join(folder, 'program');
const fixed = join(folder, 'fixed');
if (noCompiler === undefined) {
  build(program);
  build(fixed, '-no-pie', '-fno-pie');
}

const start = (path = program): Promise<Running> => startProgram(path);

t.test('kernel addresses have the names of kallsyms', async (t) => {
  if (!needs(t, 'root')) return;
  const address = BigInt(`0x${/^([0-9a-f]+) T vfs_read$/m.exec(readFileSync('/proc/kallsyms', 'latin1'))![1]}`);
  t.strictSame(symbolizer().kernelFrame(address + 5n), { address: address + 5n, name: 'vfs_read', offset: 5n });
});

t.test('a running program, C++ and a library', { skip: noCompiler }, async (t) => {
  const running = await start();
  const symbols = symbolizer();
  t.strictSame(symbols.userFrame(running.plain + 2n, running.pid, 0), { address: running.plain + 2n, name: 'plain', offset: 2n, module: program });
  t.equal(symbols.userFrame(running.work, running.pid, 0).name, 'deep::thing::work(int)');
  t.equal(symbols.userFrame(running.getpid, running.pid, 0).name, 'getpid');
  t.match(symbols.userFrame(running.getpid, running.pid, 0).module, /libc\.so\.6$/);
  t.equal(symbolizer({ demangle: false }).userFrame(running.work, running.pid, 0).name, '_ZN4deep5thing4workEi');
  t.strictSame(symbols.frames({ $: 'stack', addresses: [running.plain + 1n, 8n], pid: running.pid, program: 0 }, 'user'), [
    { address: running.plain + 1n, name: 'plain', offset: 1n, module: program },
    { address: 8n, unnamed: 'unmapped' },
  ]);
  await end(running);
});

t.test('a program that ended after it was seen', { skip: noCompiler }, async (t) => {
  const running = await start();
  const symbols = symbolizer();
  symbols.snapshot(running.pid);
  await end(running);
  t.equal(symbols.userFrame(running.plain, running.pid, 0).name, 'plain');
  t.equal(symbols.userFrame(running.getpid, running.pid, 0).name, 'getpid');
});

t.test('a program whose file was deleted while it runs', { skip: noCompiler ?? lacking('root') }, async (t) => {
  const copy = join(folder, 'deleted');
  execFileSync('cp', [program, copy]);
  const running = await start(copy);
  unlinkSync(copy);
  t.strictSame(symbolizer().userFrame(running.plain, running.pid, 0), { address: running.plain, name: 'plain', offset: 0n, module: copy });
  await end(running);
});

t.test('a program that ended unseen is told apart by the probe', { skip: noCompiler }, async (t) => {
  const running = await start();
  await end(running);
  const unknown = symbolizer().userFrame(running.work, running.pid, 0, running.plain);
  t.strictSame(unknown, { address: running.work, unnamed: 'exited' }, 'without a probe nothing is known');
  const offset = loadNative().readElfSymbols(program);
  const index = Array.from({ length: offset.count }, (_, i) => i).find((i) => offset.names.toString('latin1', offset.nameOffsets[i], offset.names.indexOf(0, offset.nameOffsets[i])) === 'plain')!;
  const plain = BigInt(offset.fileOffsets[index]!);
  const probed = { path: program, fileOffsets: [plain] };
  const symbols = symbolizer({ binaryOf: (number) => (number === 3 ? probed : undefined) });
  t.equal(symbols.userFrame(running.work, running.pid, 3, running.plain).name, 'deep::thing::work(int)');
  t.equal(symbols.userFrame(running.plain, running.pid, 3, running.plain).name, 'plain');
  const nameWith = (fileOffsets: readonly bigint[]): string | undefined => symbolizer({ binaryOf: () => ({ path: program, fileOffsets }) }).userFrame(running.plain, running.pid, 3).name;
  t.equal(nameWith([plain + 1n, plain, plain + 16n]), 'plain', 'of many probes, one lies in its page as the address does');
  t.equal(nameWith([plain, plain - 0x1000n]), undefined, 'two do');
  t.equal(nameWith([plain + 1n]), undefined, 'none does');
});

t.test('a program linked to fixed addresses needs no process', { skip: noCompiler }, async (t) => {
  const running = await start(fixed);
  await end(running);
  const symbols = symbolizer({ binaryOf: () => ({ path: fixed }) });
  t.equal(symbols.userFrame(running.plain, running.pid, 0).name, 'plain');
});

t.test('without a cache the process is looked at each time', { skip: noCompiler }, async (t) => {
  const running = await start();
  const symbols = symbolizer({ cache: 'NONE' });
  t.equal(symbols.userFrame(running.plain, running.pid, 0).name, 'plain');
  t.equal(symbols.userFrame(running.plain, running.pid, 0).name, 'plain');
  await end(running);
});

t.test('code of a run-time compiler has the names of its perf map', { skip: noCompiler }, async (t) => {
  const running = await start();
  const map = `/tmp/perf-${running.pid}.map`;
  const symbols = symbolizer();
  t.equal(symbols.userFrame(running.code + 0x10n, running.pid, 0).name, undefined, 'no map yet');
  writeFileSync(map, `${running.code.toString(16)} 40 LazyCompile:*fib /app/a.js:1:13\n`);
  t.teardown(() => rmSync(map, { force: true }));
  t.strictSame(symbols.userFrame(running.code + 0x10n, running.pid, 0), { address: running.code + 0x10n, name: 'LazyCompile:*fib /app/a.js:1:13', offset: 0x10n });
  await end(running);
});

t.test('another program in the same process is noticed', { skip: noCompiler }, async (t) => {
  const child = spawn('sh', ['-c', `read line; exec ${fixed}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const symbols = symbolizer();
  // Node's spawn comes back when the shell was started
  symbols.snapshot(child.pid!);
  child.stdin!.write('go\n');
  const [line] = await once(createInterface(child.stdout!), 'line') as [string];
  t.equal(symbols.userFrame(BigInt(line.split(' ')[0]!), child.pid!, 0).name, 'plain');
  const ended = once(child, 'exit');
  child.stdin!.end();
  await ended;
});

t.test('the vDSO has names', async (t) => {
  const table = readVdso();
  if (table === undefined) {
    t.plan(0, 'no vDSO can be read here');
    return;
  }
  const mapping = parseMaps(readFileSync('/proc/self/maps', 'utf8')).find(({ path }) => path === '[vdso]')!;
  const index = Array.from(table.addresses, (_, i) => i).find((i) => /clock_gettime/.test(table.name(i)))!;
  const frame = symbolizer().userFrame(mapping.start + BigInt(table.addresses[index]!) + 1n, process.pid, 0);
  t.match(frame, { offset: 1n, module: '[vdso]' });
  t.match(frame.name, /clock_gettime/);
});
