// tbpf fmt and tbpf explain, as a user runs them.

import { chmodSync, lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { checkRows, runCommand, type Row } from '../../helpers/command.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-fmt-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const ugly = 'begin{@x=1;/*c*/ print(@x);} // e\n';
const pretty = 'begin {\n  @x = 1; /*c*/\n  print(@x); // e\n}\n';
const wrong = 'begin { @x = ; }\n';
const complaint = (name: string): string => `${name}:1:14-15: ERROR: syntax: expected expression\n${wrong}             ~\n`;

t.test('files in place', async (t) => {
  const [first, second, third] = [file('first.bt', ugly), file('second.bt', wrong), file('third.bt', ugly)];
  chmodSync(third, 0o750);
  symlinkSync('third.bt', join(folder, 'link.bt'));
  const { stdout, stderr, status } = await runCommand(['fmt', first, second, 'nothing.bt', join(folder, 'link.bt')], { cwd: folder });
  t.equal(stdout, '');
  t.equal(stderr, `${complaint(second)}ERROR: failed to open file 'nothing.bt': No such file or directory\n`);
  t.equal(status, 1);
  t.equal(readFileSync(first, 'utf8'), pretty);
  t.equal(readFileSync(second, 'utf8'), wrong, 'what does not parse stays as it is');
  t.equal(readFileSync(third, 'utf8'), pretty, 'the file behind a link');
  t.ok(lstatSync(join(folder, 'link.bt')).isSymbolicLink());
  t.equal(statSync(third).mode & 0o777, 0o750);
  t.strictSame(readdirSync(folder).sort(), ['first.bt', 'link.bt', 'second.bt', 'third.bt'], 'nothing is left beside them');
  const again = statSync(first).mtimeMs;
  t.equal((await runCommand(['fmt', first])).status, 0);
  t.equal(statSync(first).mtimeMs, again, 'what is formatted is not written');
});

t.test('--check', async (t) => {
  const [one, two, three] = [file('one.bt', ugly), file('two.bt', pretty), file('three.bt', wrong)];
  const { stdout, stderr, status } = await runCommand(['fmt', '--check', one, two, three]);
  t.equal(stdout, `${one}\n`);
  t.equal(stderr, complaint(three));
  t.equal(status, 1);
  t.equal(readFileSync(one, 'utf8'), ugly);
  t.strictSame(await runCommand(['fmt', two, '--check']), { stdout: '', stderr: '', status: 0, signal: null });
});

const rows: [title: string, row: Row][] = [
  ['fmt: standard input', { args: ['fmt'], input: ugly, stdout: pretty }],
  ['fmt -', { args: ['fmt', '-'], input: ugly, stdout: pretty }],
  ['fmt --check -: what would change', { args: ['fmt', '--check', '-'], input: ugly, stdout: 'stdin\n', status: 1 }],
  ['fmt --check -', { args: ['fmt', '--check', '-'], input: pretty }],
  ['--fmt --check', { args: ['--fmt', '--check', '-e', 'begin { }'], stdout: 'stdin\n', status: 1 }],
  ['fmt -o', { args: ['fmt', '-o', 'x', 'a.bt'], stderr: 'ERROR: tbpf fmt writes each file in place: -o is an option of tbpf --fmt FILE\n', status: 1 }],
  ['--check of a run', { args: ['--check', 'a.bt'], stderr: 'ERROR: USAGE: --check is an option of tbpf fmt: tbpf fmt --check FILE…\n', status: 1 }],
  ['explain', { args: ['explain', 'T0104'], stdout: /^T0104 \(error\): Undefined or undeclared variable: \$‹name›\n\nA variable lives in [^]*\nFor example:\n\n {4}kprobe[^]*\nCured:\n\n {4}kprobe[^]*\}\n$/ }],
  ['explain: several, in small letters', { args: ['explain', 't0104', 'x0001'], stdout: /^T0104 \(error\): [^]*\nX0001 \(warning\): / }],
  ['explain: by words', { args: ['explain', 'undefined', 'map'], stdout: /^T0103 \(error\): / }],
  ['explain: words of several', { args: ['explain', 'wildcards'], stdout: /^A0111 {2}Cannot use wildcards with an offset\nA0150 / }],
  ['explain: all', { args: ['explain'], stdout: /^A0102 {2}[^]*\nV0001 {2}[^]*\nX\d{4} {2}.*\n$/ }],
  ['explain: no such code', { args: ['explain', 'T9999'], stderr: /^ERROR: No message has the code T9999\.\nHINT: / , status: 1 }],
  ['explain: no such words', { args: ['explain', 'no', 'such', 'thing'], stderr: /^ERROR: No message has the words no such thing\.\nHINT: /, status: 1 }],
  ['-v names the codes', { args: ['-v', '--mode', 'codegen', '-e', 'begin { print($x); }'], stderr: /ERROR: Undefined or undeclared variable: \$x\n[^]*\nMore about this: tbpf explain T0104\n$/, status: 1 }],
];

t.test('rows', async (t) => checkRows(t, rows));
