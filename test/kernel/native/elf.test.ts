// ELF files and kernel symbols.

import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lastAtOrBelow, nameAt } from '../../../lib/runtime/native/columns.js';
import { loadNative, type ElfSymbols } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';

const native = loadNative();
const libc = /\S*\/libc\.so\.6$/m.exec(readFileSync('/proc/self/maps', 'utf8'))![0];

const namesOf = (symbols: ElfSymbols): string[] => Array.from({ length: symbols.count }, (_, i) => nameAt(symbols, i));

t.test('symbols of a library, as readelf sees them', async (t) => {
  if (!needs(t, 'readelf')) return;
  const symbols = native.readElfSymbols(libc, { debugFiles: false });
  const listed = execFileSync('readelf', ['-W', '--dyn-syms', libc], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .map((line) => /^\s*\d+: ([0-9a-f]+)\s+(\d+|0x[0-9a-f]+) (?:FUNC|IFUNC)\s+\w+\s+\w+\s+\d+ ([^@\s]+)/.exec(line))
    .filter((match) => match !== null)
    .map((match) => `${parseInt(match[1]!, 16)} ${Number(match[2])} ${match[3]}`);
  const ours = new Set(namesOf(symbols).map((name, i) => `${symbols.addresses[i]} ${symbols.sizes[i]} ${name}`));
  t.ok(listed.length > 2000);
  t.same(listed.filter((entry) => !ours.has(entry)), []);
  t.ok(symbols.addresses.every((address, i) => i === 0 || symbols.addresses[i - 1]! <= address), 'sorted');
  t.equal(new Set(ours).size, symbols.count, 'each once');
  t.ok(namesOf(symbols).every((name) => name !== '' && !name.includes('@')));
});

t.test('file offsets follow the segments', async (t) => {
  const symbols = native.readElfSymbols(process.execPath);
  const { segments } = native.elfInfo(process.execPath);
  t.ok(symbols.count > 1000);
  for (const i of [0, symbols.count >> 1, symbols.count - 1]) {
    const address = symbols.addresses[i]!;
    const segment = segments.find((s) => address >= s.address && address < s.address + s.fileBytes)!;
    t.equal(symbols.fileOffsets[i], address - segment.address + segment.fileOffset);
  }
});

t.test('variables when asked for', async (t) => {
  const functions = new Set(namesOf(native.readElfSymbols(libc)));
  const all = new Set(namesOf(native.readElfSymbols(libc, { objects: true })));
  t.same([functions.has('environ'), all.has('environ'), all.has('malloc')], [false, true, true]);
});

t.test('a separate debug file is found by its link', async (t) => {
  if (!needs(t, 'gcc')) return;
  const folder = t.testdir({ 'a.c': 'static int __attribute__((noinline)) hidden(int x) { return x * 3; }\nint main(int c, char **v) { return hidden(c); }\n' });
  const run = (command: string, ...args: string[]): Buffer => execFileSync(command, args, { cwd: folder });
  run('gcc', '-O1', '-g', '-o', 'a', 'a.c');
  run('objcopy', '--only-keep-debug', 'a', 'a.debug');
  run('strip', 'a');
  t.notOk(namesOf(native.readElfSymbols(join(folder, 'a'))).includes('hidden'));
  run('objcopy', '--add-gnu-debuglink=a.debug', 'a');
  const found = native.readElfSymbols(join(folder, 'a'));
  t.ok(namesOf(found).includes('hidden'));
  t.equal(found.debugFile, join(folder, 'a.debug'));
  t.equal(native.elfInfo(join(folder, 'a')).debugLink, 'a.debug');
  const without = native.readElfSymbols(join(folder, 'a'), { debugFiles: false });
  t.notOk(namesOf(without).includes('hidden'));
  t.equal(without.debugFile, undefined);
});

t.test('what an ELF file is', async (t) => {
  const info = native.elfInfo('/bin/sh');
  t.match(info, { type: 3, bits: 64, littleEndian: true, machine: process.arch === 'x64' ? 62 : 183 });
  t.match(info.buildId, /^[0-9a-f]{40}$/);
  t.match(info.interpreter, /ld-linux/);
  t.ok(info.segments.some((s) => (s.flags & 1) !== 0), 'an executable segment');
  t.equal(native.elfInfo(libc).type, 3);
});

t.test('USDT probes', async (t) => {
  if (!needs(t, 'gcc')) return;
  // what sys/sdt.h writes, without needing it
  const source = `
    unsigned short tick_semaphore __attribute__((section(".probes"), used));
    int main(int argc, char **argv) {
      __asm__ volatile("990: nop\\n"
        ".pushsection .note.stapsdt,\\"?\\",\\"note\\"\\n .balign 4\\n .4byte 992f-991f, 994f-993f, 3\\n"
        "991: .asciz \\"stapsdt\\"\\n992: .balign 4\\n993: .8byte 990b\\n .8byte _.stapsdt.base\\n .8byte tick_semaphore\\n"
        " .asciz \\"demo\\"\\n .asciz \\"tick\\"\\n .asciz \\"-4@%0 8@%1\\"\\n994: .balign 4\\n .popsection\\n"
        ".ifndef _.stapsdt.base\\n .pushsection .stapsdt.base,\\"aG\\",\\"progbits\\",.stapsdt.base,comdat\\n .weak _.stapsdt.base\\n"
        " .hidden _.stapsdt.base\\n_.stapsdt.base: .space 1\\n .size _.stapsdt.base, 1\\n .popsection\\n .endif\\n"
        :: "r"(argc), "r"(argv));
      return 0;
    }`;
  const folder = t.testdir({ 'a.c': source });
  execFileSync('gcc', ['-O1', '-o', 'a', 'a.c'], { cwd: folder });
  const path = join(folder, 'a');
  const probes = native.readUsdtProbes(path);
  t.equal(probes.length, 1);
  t.match(probes[0], { provider: 'demo', name: 'tick', arguments: /^-4@%\w+ 8@%\w+$/ });
  const bytes = readFileSync(path);
  t.equal(bytes[probes[0]!.fileOffset], 0x90, 'a nop is there');
  const symbols = native.readElfSymbols(path, { objects: true });
  t.equal(probes[0]!.semaphoreAddress, symbols.addresses[namesOf(symbols).indexOf('tick_semaphore')]);
  t.equal(probes[0]!.semaphoreOffset, symbols.fileOffsets[namesOf(symbols).indexOf('tick_semaphore')]);
  t.same(native.readUsdtProbes('/bin/true'), []);
});

const noElf: [string, () => string, string][] = [
  ['nothing there', () => '/no/such/file', 'ENOENT'],
  ['a folder', () => '/usr', 'ENOEXEC'],
  ['text', () => '/etc/passwd', 'ENOEXEC'],
  ['an endless device', () => '/dev/zero', 'ENOEXEC'],
];
for (const [title, path, code] of noElf) {
  t.test(`not an ELF file: ${title}`, async (t) => {
    t.throws(() => native.readElfSymbols(path()), { code });
    t.throws(() => native.elfInfo(path()), { code });
    t.throws(() => native.readUsdtProbes(path()), { code });
  });
}

t.test('damaged files do not crash', async (t) => {
  const folder = t.testdir({});
  const whole = readFileSync(realpathSync('/bin/true'));
  const path = join(folder, 'damaged');
  let seed = 12345;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let i = 0; i < 300; i++) {
    const bytes = Buffer.from(i % 3 === 0 ? whole.subarray(0, random(whole.length)) : whole);
    for (let k = 0; k < 20; k++) if (bytes.length > 100) bytes[random(k < 10 ? 64 : bytes.length)] = random(256);
    writeFileSync(path, bytes);
    for (const read of [native.readElfSymbols, native.elfInfo, native.readUsdtProbes]) {
      try {
        read(path);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
      }
    }
  }
  t.pass('survived');
});

const demangled: [string, string | undefined][] = [
  ['_ZNSt6vectorIiSaIiEE9push_backEOi', 'std::vector<int, std::allocator<int> >::push_back(int&&)'],
  ['_ZN4node7ProcessEv', 'node::Process()'],
  ['main', undefined],
  ['i', undefined],
  ['_Z', undefined],
  ['_ZZZZZ', undefined],
];
for (const [name, want] of demangled) t.test(`demangles ${name}`, async (t) => { t.equal(native.demangle(name), want); });

t.test('kernel symbols of a recorded file', async (t) => {
  const path = join(t.testdir({ kallsyms: [
    'ffffffff81000200 T later', 'ffffffff81000000 T _text', 'ffffffff81000000 t same_place', 'ffffffffc0000010 t helper\t[mod_a]', 'nonsense',
    'ffffffffc0000000 d data\t[mod_b]', 'ffffffffc0000020 t other\t[mod_a]', '', 'ffffffff81000300 W last',
  ].join('\n') }), 'kallsyms');
  const symbols = native.readKallsyms(path);
  const rows = Array.from({ length: symbols.count }, (_, i) => [
    symbols.addresses[i]!.toString(16), String.fromCharCode(symbols.types[i]!), nameAt(symbols, i), symbols.moduleNames[symbols.modules[i]!],
  ].join(' '));
  t.same(rows, [
    'ffffffff81000000 T _text ', 'ffffffff81000000 t same_place ', 'ffffffff81000200 T later ', 'ffffffff81000300 W last ',
    'ffffffffc0000000 d data mod_b', 'ffffffffc0000010 t helper mod_a', 'ffffffffc0000020 t other mod_a',
  ]);
  t.equal(symbols.restricted, false);
  t.equal(lastAtOrBelow(symbols.addresses, 0xffffffff810002ffn), 2);
  t.same(await native.readKallsymsAsync(path), symbols);
});

t.test('kernel symbols without privileges', async (t) => {
  const path = join(t.testdir({ kallsyms: '0000000000000000 T _text\n0000000000000000 T _stext\n' }), 'kallsyms');
  t.match(native.readKallsyms(path), { restricted: true, count: 2 });
});

t.test('kernel symbols of the running kernel', async (t) => {
  if (!needs(t, 'root')) return;
  const symbols = native.readKallsyms();
  t.ok(symbols.count > 10_000);
  t.equal(symbols.restricted, false);
  t.ok(symbols.addresses.every((address, i) => i === 0 || symbols.addresses[i - 1]! <= address));
  t.ok(symbols.names.includes('\0schedule\0'));
  t.throws(() => native.readKallsyms('/no/such/file'), { code: 'ENOENT' });
  await t.rejects(native.readKallsymsAsync('/no/such/file'), { code: 'ENOENT' });
});
