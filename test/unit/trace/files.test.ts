// What a script may name as an import or header: regular files that nobody else can write to; nothing is waited for.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { headerReader, importReader, readText } from '../../../lib/trace/files.js';

const folder = t.testdir({ 'main.bt': 'begin { }', 'a.bt': '// a', 'open.bt': '// open', lib: { 'b.bt': '// b' }, open: { 'c.bt': '// c' }, pipes: {} });
const place = (...names: string[]): string => join(folder, ...names);
chmodSync(place('open.bt'), 0o666);
chmodSync(place('open'), 0o777);
symlinkSync(place('open', 'c.bt'), place('link.bt'));
symlinkSync(place('open'), place('linked'));
symlinkSync('/dev/zero', place('zero.bt'));
symlinkSync('loop.bt', place('loop.bt'));
symlinkSync('/proc/self/mem', place('memory.bt'));
execFileSync('mkfifo', [place('fifo.bt'), place('fifo.h')]);
mkdirSync(place('own'));
writeFileSync(place('own', 'main.bt'), 'begin { }');

const read = importReader(place('main.bt'));
const from = place('main.bt');

t.test('what may be imported', async (t) => {
  t.same(read('a.bt', from), { files: [{ name: place('a.bt'), text: '// a' }] });
  t.same(read('lib', from), { files: [{ name: place('lib/b.bt'), text: '// b' }] });
});

t.test('the script itself is there already', async (t) => {
  t.same(read('main.bt', from), { files: [] });
  t.same(read('../main.bt', place('lib/b.bt')), { files: [] });
  t.same(importReader(place('own/main.bt'))('.', place('own/main.bt')), { files: [] });
  t.same(read('', from), { problem: 'missing', checked: [] });
});

const refused: readonly [path: string, problem: string, said: RegExp][] = [
  ['open.bt', 'unusable', /global write permissions/],
  ['link.bt', 'writable', /open$/],
  ['linked', 'writable', /(open|linked)$/],
  ['open', 'writable', /open$/],
  ['open/c.bt', 'writable', /open$/],
  ['fifo.bt', 'unusable', /not a regular file/],
  ['loop.bt', 'unusable', /loop\.bt: Too many levels of symbolic links$/],
  ['memory.bt', 'unusable', /mem: Input\/output error$/],
  ['nul\0.bt', 'missing', /^$/],
  [`${'a'.repeat(300)}.bt`, 'unusable', /: File name too long$/],
];
for (const [path, problem, said] of refused) {
  t.test(`${path} is refused`, async (t) => {
    const result = read(path, from);
    t.match(result, { problem });
    t.match('directory' in result ? result.directory : 'text' in result ? result.text : '', said);
  });
}

t.test('a device is refused', async (t) => {
  const result = read('zero.bt', from);
  t.ok('problem' in result && (result.problem === 'unusable' || result.problem === 'writable'));
});

t.test('headers are files that can be read', async (t) => {
  t.equal(headerReader(from, [])('fifo.h', false), undefined);
  for (const name of ['/dev/zero', 'loop.bt', '/proc/self/mem', 'nul\0.h', `${'a'.repeat(300)}.h`]) t.equal(headerReader(from, [])(name, false), undefined, name);
});

t.test('a script without end is none', async (t) => t.throws(() => readText('/dev/zero'), /more than 64 MB/));
