// ELF files and kernel symbols.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, realpathSync, symlinkSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lastAtOrBelow, nameAt } from '../../../lib/runtime/native/columns.js';
import { loadNative, type ElfSymbols } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';

const native = loadNative();
/** the most memory that this process has had */
let peak = 0;
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

// Files that say they are large: a header, a table of sections, and holes.

interface Claimed { readonly type: number; readonly bytes: number; readonly link?: number; readonly entryBytes?: number; readonly name?: string; readonly at?: number }

/** Sections lie behind each other from 1 MB on, unless they say where; the last one has the names. Segments are notes. */
function claims(path: string, sections: readonly Claimed[], options: { readonly notes?: readonly number[]; readonly header?: (head: Buffer) => void } = {}): void {
  const names = ['', ...sections.map(({ name }) => name ?? '')];
  const strings = Buffer.from(`${names.join('\0')}\0`);
  const all = [{ type: 0, bytes: 0 }, ...sections, { type: 3, bytes: strings.length }] as Claimed[];
  const head = Buffer.alloc(64);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeUInt16LE(3, 0x10);
  head.writeUInt16LE(62, 0x12);
  head.writeUInt32LE(1, 0x14);
  const notes = options.notes ?? [];
  head.writeBigUInt64LE(64n, 0x20);
  head.writeBigUInt64LE(BigInt(64 + notes.length * 56), 0x28);
  head.writeUInt16LE(64, 0x34);
  head.writeUInt16LE(56, 0x36);
  head.writeUInt16LE(notes.length, 0x38);
  head.writeUInt16LE(64, 0x3a);
  head.writeUInt16LE(all.length, 0x3c);
  head.writeUInt16LE(all.length - 1, 0x3e);
  options.header?.(head);
  const segments = notes.map((bytes) => {
    const segment = Buffer.alloc(56);
    segment.writeUInt32LE(4, 0);
    segment.writeBigUInt64LE(BigInt(1 << 20), 8);
    segment.writeBigUInt64LE(BigInt(bytes), 32);
    segment.writeBigUInt64LE(4n, 48);
    return segment;
  });
  let end = 1 << 20;
  let size = end;
  const table = all.map((section, index) => {
    const header = Buffer.alloc(64);
    header.writeUInt32LE(names.slice(0, index).reduce((sum, name) => sum + name.length + 1, 0) % strings.length, 0);
    header.writeUInt32LE(section.type, 4);
    header.writeBigUInt64LE(BigInt(section.at ?? end), 0x18);
    header.writeBigUInt64LE(BigInt(section.bytes), 0x20);
    header.writeUInt32LE(section.link ?? 0, 0x28);
    header.writeBigUInt64LE(1n, 0x30);
    header.writeBigUInt64LE(BigInt(section.entryBytes ?? 0), 0x38);
    if (section.at === undefined && index < all.length - 1) end += section.bytes;
    size = Math.max(size, (section.at ?? end) + section.bytes);
    return header;
  });
  const file = openSync(path, 'w');
  writeSync(file, Buffer.concat([head, ...segments, ...table]), 0, undefined, 0);
  writeSync(file, strings, 0, undefined, end);
  closeSync(file);
  truncateSync(path, Math.max(size, end + strings.length, ...notes.map((bytes) => bytes + (1 << 20))));
}

const GB = 2 ** 30;
const symtab = (bytes: number, rest: Partial<Claimed> = {}): Claimed => ({ type: 2, bytes, link: 2, entryBytes: 24, ...rest });
const large: [title: string, make: (path: string) => void][] = [
  ['symbols of 2.5 GB', (path) => claims(path, [symtab(2.5 * GB), { type: 3, bytes: 16 }])],
  ['names of 2.5 GB', (path) => claims(path, [symtab(24 * 1000), { type: 3, bytes: 2.5 * GB }])],
  ['names of sections of 2.5 GB', (path) => claims(path, [{ type: 3, bytes: 2.5 * GB }], { header: (head) => head.writeUInt16LE(1, 0x3e) })],
  ['many tables over the same bytes', (path) => claims(path, Array.from({ length: 2000 }, (_, i) => (i === 1 ? { type: 3, bytes: 16 } : symtab(200 * 2 ** 20, { at: 1 << 21 }))))],
  ['notes of 2.5 GB', (path) => claims(path, [{ type: 7, bytes: 2.5 * GB, name: '.note.gnu.build-id' }], { notes: [2.5 * GB] })],
  ['many notes over the same bytes', (path) => claims(path, [], { notes: Array<number>(2000).fill(1 << 20) })],
  ['notes of probes of 2.5 GB', (path) => claims(path, [{ type: 7, bytes: 2.5 * GB, name: '.note.stapsdt' }])],
  ['a debug link of 2.5 GB', (path) => claims(path, [{ type: 1, bytes: 2.5 * GB, name: '.gnu_debuglink' }])],
  ['more sections than are counted', (path) => { claims(path, [{ type: 0, bytes: 0 }], { header: (head) => { head.writeUInt16LE(0, 0x3c); } }); truncateSync(path, 8 * 2 ** 40); }],
  ['more segments than are counted', (path) => { claims(path, [], { header: (head) => { head.writeUInt16LE(0xffff, 0x38); } }); truncateSync(path, 8 * 2 ** 40); }],
  ['sections somewhere in 8 TB', (path) => { claims(path, [], { header: (head) => { head.writeBigUInt64LE(2n ** 42n, 0x28); head.writeUInt16LE(0xfeff, 0x3c); } }); truncateSync(path, 8 * 2 ** 40); }],
];
for (const [title, make] of large) {
  t.test(`a file that says it is large: ${title}`, async (t) => {
    const path = join(t.testdir({}), 'large');
    make(path);
    const before = process.memoryUsage.rss();
    const began = performance.now();
    let most = 0;
    for (const read of [native.readElfSymbols, native.elfInfo, native.readUsdtProbes]) {
      try {
        read(path);
      } catch (error) {
        t.match(error, { code: /^(EFBIG|ENOEXEC)$/ });
      }
      most = Math.max(most, Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))![1]) * 1024);
    }
    t.ok(most < Math.max(before, peak) + 0.8 * GB, `${Math.round((most - before) / 2 ** 20)} MB`);
    peak = Math.max(peak, most);
    t.ok(performance.now() - began < 20_000, `${Math.round(performance.now() - began)} ms`);
  });
}

const irregular: [title: string, make: (path: string) => void][] = [
  ['a pipe', (path) => execFileSync('mkfifo', [path])],
  ['a link to a device', (path) => symlinkSync('/dev/full', path)],
];
for (const [title, make] of irregular) {
  t.test(`not an ELF file: ${title}`, async (t) => {
    const path = join(t.testdir({}), 'file');
    make(path);
    for (const read of [native.readElfSymbols, native.elfInfo, native.readUsdtProbes]) t.throws(() => read(path), { code: 'ENOEXEC' });
  });
}

/** `f(A, P<A, A>, P<P<A, A>, P<A, A>>, …)`: each parameter is twice the one before. */
function doubling(levels: number): string {
  const reference = (index: number): string => (index === 0 ? 'S_' : `S${(index - 1).toString(36).toUpperCase()}_`);
  let name = `_Z1f1A1PI${reference(0)}${reference(0)}E`;
  for (let level = 0; level < levels; level++) name += `${reference(1)}I${reference(level + 2)}${reference(level + 2)}E`;
  return name;
}

/** Without a limit it never ends. An emulated guest is slow, and proves with a looser bound as much. */
const MOST_US = process.env['TBPF_GUEST'] === undefined ? 2_000_000 : 20_000_000;

t.test('C++ names that double at each level stay as they are', async (t) => {
  t.match(native.demangle(doubling(3)), /^f\(A, P<A, A>, P<P<A, A>, P<A, A> ?>/);
  for (const levels of [12, 20, 26, 60, 400]) {
    const { user } = process.cpuUsage();
    t.equal(native.demangle(doubling(levels)), undefined, `${levels} levels`);
    t.ok(process.cpuUsage().user - user < MOST_US);
  }
  t.equal(native.demangle(`_Z${'N'.repeat(100_000)}`), undefined);
  t.equal(native.demangle(`_Z1f${'P'.repeat(1000)}i`)?.length, 1000 + 'f(int)'.length);
  t.equal(native.demangle(`_Z900${'a'.repeat(900)}v`)?.length, 902);
  t.equal(native.demangle(`_Z9000${'a'.repeat(9000)}v`), undefined, 'too long to be shown');
});

/** f(A<A<…>, A<…> >...): an expansion of what doubles at each level, and has no parameter pack in it. */
function doublingPack(levels: number): string {
  const reference = (index: number): string => (index === 0 ? 'S_' : `S${(index - 1).toString(36).toUpperCase()}_`);
  let type = 'S_IiiE';
  for (let level = 1; level < levels; level++) type = `S_I${type}${reference(level)}E`;
  return `_Z1fDp${type.replace(/^S_/, '1A')}`;
}

t.test('C++ names whose parameter packs are searched for ever stay as they are', async (t) => {
  const { user } = process.cpuUsage();
  for (const levels of [20, 30, 40, 200]) t.equal(native.demangle(doublingPack(levels)), undefined, `${levels} levels`);
  t.ok(process.cpuUsage().user - user < MOST_US, 'at once');
  t.equal(native.demangle(doublingPack(2)), 'f((A<A<int, int>, A<int, int> >)...)');
});
