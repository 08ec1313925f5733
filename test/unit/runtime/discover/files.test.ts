// Parsers and searches of files: the linker's cache, patterns of paths, sections, mounted control groups.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { elfSection, isElf } from '../../../../lib/model/target/elf.js';
import { parseHierarchies } from '../../../../lib/runtime/discover/kernel/cgroup.js';
import { exists, isReadable, readIfOpen } from '../../../../lib/runtime/discover/files.js';
import { glob } from '../../../../lib/runtime/discover/glob.js';
import { isLibraryNamed, parseLibraryCache } from '../../../../lib/runtime/discover/user/library-cache.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
t.teardown(() => rmSync(folder, { recursive: true }));
for (const path of ['lib/liba.so.1', 'lib/liba.so.2', 'lib/b.txt', 'lib/.hidden.so', 'other/liba.so.1']) {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), 'x');
}
mkdirSync(join(folder, 'lib/dir.so'));
symlinkSync('liba.so.2', join(folder, 'lib/liba.so'));

const globs: [pattern: string, want: string[]][] = [
  ['lib/liba.so*', ['lib/liba.so', 'lib/liba.so.1', 'lib/liba.so.2']],
  ['*/liba.so.1', ['lib/liba.so.1', 'other/liba.so.1']],
  ['lib/*.so', ['lib/liba.so']],
  ['lib/.*', ['lib/.hidden.so']],
  ['lib/b.txt', ['lib/b.txt']],
  ['nothing/*', []],
  ['lib/b.txt/*', []],
];
for (const [pattern, want] of globs) t.test(`glob ${pattern}`, async (t) => { t.strictSame(glob(join(folder, pattern)), want.map((path) => join(folder, path))); });

/** A cache of the present shape, in front of it `before`. */
function cacheOf(entries: readonly [flags: number, name: string, path: string][], before = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(48 + entries.length * 24);
  header.write('glibc-ld.so.cache1.1', 'latin1');
  header.writeUInt32LE(entries.length, 20);
  let strings = '';
  const place = (text: string): number => {
    const at = header.length + strings.length;
    strings += `${text}\0`;
    return at;
  };
  entries.forEach(([flags, name, path], index) => {
    header.writeUInt32LE(flags, 48 + index * 24);
    header.writeUInt32LE(place(name), 52 + index * 24);
    header.writeUInt32LE(place(path), 56 + index * 24);
  });
  return Buffer.concat([before, header, Buffer.from(strings, 'latin1')]);
}

t.test('the linker\'s cache lists libraries of one architecture', async (t) => {
  const entries: [number, string, string][] = [[0x303, 'libc.so.6', '/lib64/libc.so.6'], [0x003, 'libc.so.6', '/lib32/libc.so.6'], [0xa03, 'libc.so.6', '/arm/libc.so.6'], [0x303, 'libz.so.1', '/lib64/libz.so.1']];
  t.strictSame(parseLibraryCache(cacheOf(entries), 'x86_64'), [{ name: 'libc.so.6', path: '/lib64/libc.so.6' }, { name: 'libz.so.1', path: '/lib64/libz.so.1' }]);
  t.strictSame(parseLibraryCache(cacheOf(entries, Buffer.from('ld.so-1.7.0\0\0\0\0\0')), 'arm64'), [{ name: 'libc.so.6', path: '/arm/libc.so.6' }]);
  t.strictSame(parseLibraryCache(Buffer.from('something else'), 'x86_64'), []);
  t.strictSame(parseLibraryCache(cacheOf(entries).subarray(0, 60), 'x86_64'), [], 'cut off');
});

const names: [file: string, name: string, want: boolean][] = [
  ['libc.so.6', 'libc', true],
  ['libc.so.6', 'libc.so', true],
  ['libc.so.6', 'libc.so.6', true],
  ['libc.so.6', 'libc.so.5', false],
  ['libcrypt.so.1', 'libc', false],
  ['libc.so', 'libc', true],
];
for (const [file, name, want] of names) t.test(`${name} ${want ? 'means' : 'does not mean'} ${file}`, async (t) => { t.equal(isLibraryNamed(file, name), want); });

t.test('mounted control groups, the unified one first', async (t) => {
  const mountinfo = [
    '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
    '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct',
    '33 31 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd',
    '34 31 0:31 / /sys/fs/cgroup/with\\040space rw - cgroup2 cgroup2 rw',
    '35 31 0:31 / /other rw - cgroup2 cgroup2 rw',
    '',
  ].join('\n');
  t.strictSame(parseHierarchies(mountinfo).map(({ name }) => name), ['unified', 'cpu,cpuacct', 'systemd']);
  t.equal(parseHierarchies(mountinfo.replace(/^35.*$/m, ''))[0]?.mountPoint, '/sys/fs/cgroup/with space');
  t.strictSame(parseHierarchies(''), []);
});

/** An ELF file with the sections named; each holds its own name. */
function elfOf(names: readonly string[]): Buffer {
  const all = ['', ...names, '.shstrtab'];
  const strings = Buffer.from(all.map((name) => `${name}\0`).join(''), 'latin1');
  const contents = all.map((name) => (name === '.shstrtab' ? strings : Buffer.from(name, 'latin1')));
  const header = Buffer.alloc(64);
  header.writeUInt32LE(0x464c457f, 0);
  header.set([2, 1], 4);
  const table = Buffer.alloc(64 * all.length);
  let offset = 64;
  all.forEach((name, index) => {
    table.writeUInt32LE(strings.indexOf(`${name}\0`), index * 64);
    table.writeBigUInt64LE(BigInt(offset), index * 64 + 0x18);
    table.writeBigUInt64LE(BigInt(contents[index]!.length), index * 64 + 0x20);
    offset += contents[index]!.length;
  });
  header.writeBigUInt64LE(BigInt(offset), 0x28);
  header.writeUInt16LE(64, 0x3a);
  header.writeUInt16LE(all.length, 0x3c);
  header.writeUInt16LE(all.length - 1, 0x3e);
  return Buffer.concat([header, ...contents, table]);
}

t.test('a section is found by its name', async (t) => {
  const file = elfOf(['.text', '.BTF', '.BTF.ext']);
  t.ok(isElf(file));
  t.equal(elfSection(file, '.BTF')?.toString(), '.BTF');
  t.equal(elfSection(file, '.BTF.ext')?.toString(), '.BTF.ext');
  t.equal(elfSection(file, '.data'), undefined);
  t.equal(elfSection(file.subarray(0, 100), '.BTF'), undefined, 'cut off');
  t.notOk(isElf(Buffer.from('#!/bin/sh\n')));
  t.equal(elfSection(Buffer.alloc(0), '.BTF'), undefined);
});

t.test('files that are not there, or closed', async (t) => {
  const file = join(folder, 'closed');
  writeFileSync(file, 'secret');
  chmodSync(file, 0);
  t.equal(readIfOpen(join(folder, 'nothing')), undefined);
  t.equal(readIfOpen(join(file, 'below')), undefined);
  t.equal(exists(join(folder, 'lib')), true);
  t.equal(exists(join(folder, 'nothing')), false);
  t.equal(isReadable(join(folder, 'nothing')), false);
  t.equal(isReadable(file), process.geteuid!() === 0);
});
