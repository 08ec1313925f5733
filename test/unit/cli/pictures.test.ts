// --flame, --diff and -f pprof of the command: complaints that come before anything is traced, and what is there afterwards.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { checkRows, runCommand, type Row } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-pictures-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);
writeFileSync(file('wrong.folded'), 'a;b 3\nno number here\n');
const stacks = 'begin { @[kstack] = count(); @n = count(); exit(); }';

const rows: [title: string, row: Row][] = [
  ['--flame: nothing to draw', { args: ['--flame', file('nothing.html'), '-e', 'begin { @ = count(); exit(); }'], status: 1,
    stderr: 'ERROR: No map has a stack in its key and numbers as values: --flame has nothing to draw. Count stacks, as in @[kstack] = count().\n' }],
  ['--flame into nowhere', { args: ['--flame', '/nonexistent/x.html', '-e', stacks], stderr: 'ERROR: --flame: cannot write to /nonexistent/x.html: No such file or directory\n', status: 1 }],
  ['--flame on a full disk', { args: ['-q', '--flame', '/dev/full', '-e', stacks], stdout: '\n\n@n: 1\n', stderr: /^ERROR: cannot write to \/dev\/full: No space left on device\n$/, status: 1 }],
  ['--heatmap: nothing to draw', { args: ['--heatmap', file('nothing.html'), '-e', 'begin { @ = count(); exit(); }'], status: 1, stderr: 'ERROR: No map is a histogram: --heatmap has nothing to draw. Make one, as in @us = hist($us).\n' }],
  ['--chart: nothing to draw', { args: ['--chart', file('nothing.html'), '-e', 'begin { @s = comm; exit(); }'], status: 1, stderr: 'ERROR: No map has numbers: --chart has nothing to draw. Count something, as in @[comm] = count().\n' }],
  ['--heatmap into nowhere', { args: ['--heatmap', '/nonexistent/x.html', '-e', 'begin { @ = hist(1); exit(); }'], stderr: 'ERROR: --heatmap: cannot write to /nonexistent/x.html: No such file or directory\n', status: 1 }],
  ['--chart into nowhere', { args: ['--chart', '/nonexistent/x.html', '-e', 'begin { @ = count(); exit(); }'], stderr: 'ERROR: --chart: cannot write to /nonexistent/x.html: No such file or directory\n', status: 1 }],
  ['--chart on a full disk', { args: ['-q', '--chart', '/dev/full', '-e', 'begin { @ = count(); exit(); }'], stdout: '\n\n@: 1\n', stderr: /^ERROR: cannot write to \/dev\/full: No space left on device\n$/, status: 1 }],
  ['--diff alone', { args: ['--diff', file('wrong.folded'), '-e', stacks], stderr: /^ERROR: USAGE: --diff compares a flame graph with an earlier trace: give --flame FILE\.html too\.\n/, status: 1 }],
  ['--diff: no such file', { args: ['--flame', file('x.html'), '--diff', '/nonexistent/b', '-e', stacks], stderr: 'ERROR: --diff: cannot read /nonexistent/b: No such file or directory\n', status: 1 }],
  ['--diff: not folded', { args: ['--flame', file('x.html'), '--diff', file('wrong.folded'), '-e', stacks], stderr: `ERROR: --diff: ${file('wrong.folded')}:2: no stack, a blank and a number, as -f folded writes them\n`, status: 1 }],
  ['-f pprof: no stacks', { args: ['-q', '-f', 'pprof', '-o', file('empty.pb.gz'), '-e', 'begin { @ = count(); exit(); }'],
    stderr: 'WARNING: No map has a stack in its key and numbers as values: -f pprof writes nothing. Count stacks, as in @[kstack] = count().\n@: 1\n' }],
];
t.test('rows', async (t) => {
  if (!needs(t, 'root')) return;
  await checkRows(t, rows);
  t.notOk(existsSync(file('nothing.html')), 'what is refused makes no file');
  t.notOk(existsSync(file('x.html')));
});

t.test('--flame: the page is there, and the text beside it has the other maps', async (t) => {
  if (!needs(t, 'root')) return;
  const page = file('flame.html');
  const { stdout, stderr, status } = await runCommand(['-q', '--flame', page, '-e', stacks]);
  t.equal(status, 0, stderr);
  t.equal(stdout.trim(), '@n: 1');
  t.equal(stderr, '', '-q: not a word');
  const text = readFileSync(page, 'utf8');
  t.match(text, /"maps":\[\{"name":"@","stacks":1,"root":\{"n":"all","v":1,/);
  t.notMatch(text, /(?:src|href)=|url\(|@import/, 'nothing is loaded');
  const said = await runCommand(['--flame', page, '-e', stacks]);
  t.equal(said.stderr, `Attached 1 probe\nWrote ${page}: @ 1 in 1 stack\n`);
});

t.test('-f pprof: to a pipe', async (t) => {
  if (!needs(t, 'root')) return;
  const out = file('out.pb.gz');
  const { status, stderr } = await runCommand(['-q', '-f', 'pprof', '-o', out, '-e', stacks]);
  t.equal(status, 0, stderr);
  t.equal(stderr, '@n: 1\n');
  t.ok(statSync(out).size > 0);
  t.match(gunzipSync(readFileSync(out)).toString('latin1'), /@.*count/s);
});
