// C headers of the command line: -I and --include (language.md 1.13, 8.2).

import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkRows, type Row } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const folder = t.testdir({
  'own.h': '#pragma once\n#define OWN 42\nstruct own { int a; char b[7]; };\n',
  'second.h': '#ifdef OWN\n#define SECOND (OWN + 1)\n#endif\n',
  'wrong.h': 'struct own { nosuch_t x; };\n',
  first: { 'shared.h': '#define SHARED 1\n', linux: { 'limits.h': '#define NAME_MAX 7\n' } },
  later: { 'shared.h': '#define SHARED 2\n', 'own.h': '#define OWN 7\n' },
  scripts: { 'beside.h': '#define BESIDE 5\n', 'own.h': '#define OWN 6\n', 'script.bt': 'begin { print(OWN); }\n', 'beside.bt': 'begin { print(BESIDE); }\n', 'first.bt': '#ifndef OWN\n#error OWN comes too late\n#endif\nbegin { print(OWN); }\n' },
});
chmodSync(folder, 0o755);
const place = (...names: string[]): string => join(folder, ...names);
const cwd = folder;
const print = (expression: string): string[] => ['-q', '-e', `begin { print(${expression}); }`];

const rows: [title: string, row: Row][] = [
  ['--include', { args: ['--include', 'own.h', ...print('(OWN, sizeof(struct own))')], cwd, stdout: '(42, 12)\n\n\n' }],
  ['--include=', { args: [`--include=${place('own.h')}`, ...print('OWN')], stdout: '42\n\n\n' }],
  ['several, in order', { args: ['--include', 'own.h', '--include', 'second.h', ...print('SECOND')], cwd, stdout: '43\n\n\n' }],
  ['before the lines of the script', { args: ['-q', '--include', 'own.h', place('scripts', 'first.bt')], cwd, stdout: '42\n\n\n' }],
  ['the current directory before the script\'s', { args: ['-q', '--include', 'own.h', place('scripts', 'script.bt')], cwd, stdout: '42\n\n\n' }],
  ['else beside the script', { args: ['-q', '--include', 'beside.h', place('scripts', 'beside.bt')], cwd, stdout: '5\n\n\n' }],
  ['else in a directory of -I', { args: ['-I', 'later', '--include', 'shared.h', ...print('SHARED')], cwd, stdout: '2\n\n\n' }],
  ['-I in order', { args: ['-I', 'first', '-Ilater', '-q', '-e', '#include <shared.h>\nbegin { print(SHARED); }'], cwd, stdout: '1\n\n\n' }],
  ['-I before the system', { args: ['-I', 'first', '-q', '-e', '#include <linux/limits.h>\nbegin { print(NAME_MAX); }'], cwd, stdout: '7\n\n\n' }],
  ['a header that is not there', { args: ['--include', 'nothing.h', ...print('1')], cwd, status: 1, stderr: /^--include:1:1-21: ERROR: 'nothing\.h' file not found\n/ }],
  ['a path that is not there', { args: ['--include', './no_such/fs.h', ...print('1')], cwd, status: 1, stderr: /'\.\/no_such\/fs\.h' file not found\n/ }],
  ['a mistake in a header', { args: ['--include', 'wrong.h', ...print('1')], cwd, status: 1, stderr: /wrong\.h:1:\d+-\d+: ERROR: C definition: / }],
  ['a listing knows it, too', { args: ['-l', '--include', 'own.h', '-e', 'software:cpu:100 /OWN/ { }'], cwd, stdout: 'software:cpu:100\n' }],
];
const withBtf: [title: string, row: Row][] = [
  ['a kernel header that is not there', { args: ['--include', 'net/tbpf_no_such.h', ...print('sizeof(struct list_head)')], stdout: '16\n\n\n' }],
  ['and in the script', { args: ['-q', '-e', '#include <net/tbpf_no_such.h>\nbegin { print(sizeof(struct list_head)); }'], stdout: '16\n\n\n' }],
  ['-v names it', { args: ['-v', '-q', '--dry-run', '-e', '#include <net/tbpf_no_such.h>\nbegin { }'], stdout: '', stderr: /^There is no header net\/tbpf_no_such\.h: its types come from the kernel \(BTF\)\n/m }],
];

t.test('rows', async (t) => {
  if (!needs(t, 'root')) return;
  await checkRows(t, rows);
});

t.test('types from BTF', async (t) => {
  if (!needs(t, 'root', 'btf')) return;
  await checkRows(t, withBtf);
});
