import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readForeignFile, withForeignFile } from '../../../../lib/runtime/native/foreign-file.js';
import { Unfailing } from '../../../../lib/runtime/native/no-name.js';

const MOST = 1 << 16;
const rows: [title: string, make: (path: string) => void, code: string | undefined, text?: string][] = [
  ['a file', (path) => writeFileSync(path, 'text'), undefined, 'text'],
  ['an empty file', (path) => writeFileSync(path, ''), undefined, ''],
  ['a link to a file', (path) => { writeFileSync(`${path}2`, 'text'); symlinkSync(`${path}2`, path); }, undefined, 'text'],
  ['a file of /proc, which says it has 0 bytes', (path) => symlinkSync('/proc/self/comm', path), undefined],
  ['as much as may be', (path) => writeFileSync(path, 'x'.repeat(MOST)), undefined, 'x'.repeat(MOST)],
  ['a byte more', (path) => writeFileSync(path, 'x'.repeat(MOST + 1)), 'EFBIG'],
  ['holes', (path) => { writeFileSync(path, ''); truncateSync(path, 8 * 2 ** 40); }, 'EFBIG'],
  ['a file of /proc without end', (path) => symlinkSync('/proc/kallsyms', path), 'EFBIG'],
  ['nothing', () => undefined, 'ENOENT'],
  ['a pipe', (path) => execFileSync('mkfifo', [path]), 'ERR_NO_FILE'],
  ['a folder', (path) => mkdirSync(path), 'ERR_NO_FILE'],
  ['a device', (path) => symlinkSync('/dev/zero', path), 'ERR_NO_FILE'],
  ['a link to itself', (path) => symlinkSync(path, path), 'ELOOP'],
  ['a link to nowhere', (path) => symlinkSync('/no/such/file', path), 'ENOENT'],
  ['something below a file', (path) => symlinkSync('/proc/self/comm/x', path), 'ENOTDIR'],
];
for (const [title, make, code, text] of rows) {
  t.test(title, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'file');
    make(path);
    if (code !== undefined) t.throws(() => readForeignFile(path, MOST), { code });
    else if (text !== undefined) t.equal(readForeignFile(path, MOST).toString(), text);
    else t.ok(readForeignFile(path, MOST).length > 0);
  });
}

t.test('a part of a file', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  writeFileSync(path, '0123456789');
  t.equal(withForeignFile(path, ({ read }) => `${read(2, 3)} ${read(8, 100)} ${read(100, 1)}`), '234 89 ');
  t.throws(() => withForeignFile(path, () => undefined, [process.geteuid!() + 1]), { code: 'EPERM' });
});

t.test('whatever is thrown while something is named means no name, and each kind is said once', async (t) => {
  const told: string[] = [];
  const unfailing = new Unfailing((text) => told.push(text));
  const thrown: unknown[] = [new Error('a'), new Error('b'), Object.assign(new Error('c'), { code: 'EIO' }), new RangeError('d'), 'text', undefined, null, 5n, Symbol('s'), { no: 'error' }];
  for (const one of thrown) t.equal(unfailing.or('none', () => { throw one; }), 'none');
  t.equal(unfailing.or('none', () => 'name'), 'name');
  t.strictSame(told.map((text) => text.replace('Some names cannot be found: ', '')), ['a', 'c', 'd', 'text', 'undefined', 'null', '5', 'Symbol(s)']);
});
