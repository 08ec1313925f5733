// --watch on a terminal (language.md 8.10): keys are pressed, the screen is read, and what it says is held against a load that is known.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { checkRows, type Row } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';
import { Pane, type PaneOptions } from '../../helpers/tmux.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-watch-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);

/** A command that asks for its parent's number again and again: so often, then, when the file is there, so often once more; then it sleeps. */
function load(name: string, first: number, second: number, seconds = 100): string {
  const path = file(`${name}.pl`);
  writeFileSync(path, `$| = 1; syscall(110) for 1..${first}; print "first done\\n"; select(undef, undef, undef, 0.02) until -e '${file(name)}'; syscall(110) for 1..${second}; print "second done\\n"; sleep ${seconds};`);
  return `perl ${path}`;
}

const calls = 'tracepoint:syscalls:sys_enter_getppid /pid == cpid/';
const goOn = (name: string) => (): Promise<void> => Promise.resolve(writeFileSync(file(name), ''));

async function watching(t: Test, args: readonly string[], options?: PaneOptions): Promise<Pane | undefined> {
  return needs(t, 'root', 'tracepoint', 'tmux') ? Pane.open(t, args, options) : undefined;
}

t.test('values are the map\'s; z loses nothing; q prints the maps and leaves a clean terminal', onThisMachine(), async (t) => {
  const pane = await watching(t, ['--watch=0.2', '-c', load('z', 1234, 66), '-e', `${calls} { @n = count(); @by[comm, cpu] = count(); @h = lhist(1, 0, 10, 1); @last = pid; }`]);
  if (!pane) return;
  const shown = await pane.until(/@n {2}count\(\)\n[^\n]*\n +1234 +[\d.]+ +\+?\d+\n/);
  t.match(shown, /^\d\d:\d\d:\d\d {2}every 0\.2 s {2}tracepoint:/);
  t.match(shown, /\n@by {2}count\(\) {2}\d elements? {2}total 1234/);
  t.match(shown, /\n@h {2}lhist\(\)\n {2}count 1234 [^\n]* {2}p50 1 {2}p90 1 {2}p99 1\n {2}\[1\] +1234 █+\n/);
  t.match(shown, /── output ─+\n[^]*first done\n/, 'the command\'s output stands below');
  await pane.press('z');
  t.match(await pane.until(/@n {2}count\(\)\n {2}\(empty\)/), /Zeroed, no addition was lost\. @last stays: it is the script's memory\./);
  await goOn('z')();
  await pane.until(/@n {2}count\(\)\n[^\n]*\n +66 /);
  await pane.press('q');
  const { status, text } = await pane.ended(t);
  t.equal(status, 0);
  t.match(text, /Attached 1 probe\nfirst done\nsecond done\n\n\n@by\[perl, \d\]: \d+\n[^]*@last: \d+\n@n: 66\n/, 'what came meanwhile, then the maps');
});

t.test('p holds the picture, not the trace', onThisMachine(), async (t) => {
  const pane = await watching(t, ['--watch=0.2', '-c', load('p', 10, 5), '-e', `${calls} { @n = count(); }`]);
  if (!pane) return;
  await pane.until(/\n +10 +[\d.]+ /);
  await pane.press('p');
  await pane.until(/^\d\d:\d\d:\d\d {2}PAUSED, tracing goes on/);
  await goOn('p')();
  await new Promise((resolve) => setTimeout(resolve, 600));
  t.match(await pane.screen(), /\n +10 +[\d.]+ /);
  await pane.press('p');
  await pane.until(/\n +15 +[\d.]+ /);
});

const many = 'begin { $i = 0; while ($i < 40) { @n[$i] = $i * $i % 41; $i++; } @m["a"] = 1; @m["b"] = 2; } interval:s:100 { }';
t.test('s sorts, Tab chooses a map, arrows scroll, the size is the terminal\'s', onThisMachine(), async (t) => {
  const pane = await watching(t, ['--watch', '-e', many], { rows: 20 });
  if (!pane) return;
  t.match(await pane.until(/@n .*rows 1-/), /@m {2}2 elements\n {2}VALUE▾ +\/s {2}CHANGE {2}KEY\n +2 .* b\n +1 .* a\n\n@n {2}40 elements {2}rows 1-11 of 40\n[^\n]*\n +40 [^\n]* 9\n +40 [^\n]* 32\n/);
  await pane.press('s', 's', 's');
  t.match(await pane.until(/KEY▾[^]*sort: key/), /@n[^\n]*\n[^\n]*KEY▾\n +0 [^\n]* 0\n +1 [^\n]* 1\n +4 [^\n]* 2\n/, 'numbers in keys by their size');
  await pane.press('Tab', 'Down', 'Down');
  t.match(await pane.until(/rows 3-13 of 40/), /KEY▾\n +4 [^\n]* 2\n/);
  await pane.press('NPage');
  await pane.until(/rows 13-23 of 40/);
  await pane.press('End');
  await pane.until(/rows 30-40 of 40/);
  await pane.press('Home', 'Up');
  await pane.until(/rows 1-11 of 40/);
  await pane.resize(40, 12);
  const small = await pane.until(/rows 1-3 of 40/);
  t.ok(small.split('\n').every((line) => line.length <= 40));
  t.equal(small.trimEnd().split('\n').length, 12, 'every row is used');
  await pane.resize(100, 50);
  await pane.until(/@n {2}40 elements\n/);
});

t.test('what the script prints stands below, and is printed when the screen is left', onThisMachine(), async (t) => {
  const pane = await watching(t, ['--watch', '-e', 'begin { @ = 1; $i = 0; while ($i < 50) { printf("\\x1b[31mline %d\\x1b[0m\\n", $i); $i++; } printf("no end"); } interval:s:100 { }'], { rows: 20 });
  if (!pane) return;
  t.match(await pane.until(/no end/), /── output ─+\nline 47\nline 48\nline 49\nno end\nq quit/);
  await pane.press('q');
  const { text } = await pane.ended(t);
  for (const i of [0, 25, 49]) t.match(text, `line ${i}\n`);
});

t.test('a flood of lines: how many are not kept is said', onThisMachine(), async (t) => {
  const pane = await watching(t, ['--watch', '-e', 'begin { @ = 1; $i = 0; while ($i < 9000) { printf("%060d\\n", $i); $i++; } } interval:s:100 { }']);
  if (!pane) return;
  await pane.until(/0008999\n/);
  await pane.press('q');
  const { text } = await pane.ended(t);
  const [, dropped] = /(\d+) earlier lines are not kept; -o FILE would have all of them\n/.exec(text) ?? [];
  t.ok(Number(dropped) > 4000 && Number(dropped) < 9000, dropped);
});

t.test('names of processes cannot command the terminal', onThisMachine(), async (t) => {
  writeFileSync(file('evil.pl'), '$0 = "\\e[2Jx\\n\\x9by"; getppid() for 1..3; syscall(110); sleep 100;');
  const pane = await watching(t, ['--watch', '-c', `perl ${file('evil.pl')}`, '-e', `${calls} { @[comm] = count(); @s[1] = comm; }`]);
  if (!pane) return;
  const shown = await pane.until(/x1b/);
  t.match(shown, /\n +\d+ .* {2}\\x1b\[2Jx < \\x9by\n/);
});

t.test('stacks are keys of one line, which the arrows move', onThisMachine(), async (t) => {
  const pane = await watching(t, ['--watch', '-c', load('stack', 5, 1), '-e', `${calls} { @[kstack, comm] = count(); }`], { columns: 60 });
  if (!pane) return;
  t.match(await pane.until(/total 5 /), /\n +5 +[\d.]+ +\+?\d+ {2}\w+\+\d+ < /);
  await pane.press(...new Array<string>(40).fill('Right'));
  await pane.until(/ {2}KEY\n +5 +[\d.]+ +\+?\d+( {2}.*perl)?\n/);
});

const endless = 'begin { @ = count(); printf("a line\\n"); } interval:s:100 { } end { printf("the end\\n"); }';
const ways: readonly [title: string, end: (pane: Pane) => Promise<unknown>, status: number, text: RegExp, args?: readonly string[]][] = [
  ['q', (pane) => pane.press('q'), 0, /a line\nthe end\n\n\n@: 1\n/],
  ['^C', (pane) => pane.press('C-c'), 0, /a line\nthe end\n\n\n@: 1\n/],
  ['SIGTERM', async (pane) => process.kill(await pane.pid(), 'SIGTERM'), 0, /a line\nthe end\n\n\n@: 1\n/],
  ['SIGHUP', async (pane) => process.kill(await pane.pid(), 'SIGHUP'), 129, /a line\nHangup\n/],
  ['SIGQUIT', async (pane) => process.kill(await pane.pid(), 'SIGQUIT'), 131, /a line\nQuit/],
  ['exit()', goOn('exit'), 3, /a line\n\n\n@: 1\n/, ['-c', load('exit', 0, 1), '-e', `begin { @ = count(); } ${calls} { printf("a line\\n"); exit(3); }`]],
  ['the end of the command', goOn('gone'), 0, /\n\n\n@: 1\n/, ['-c', load('gone', 0, 1, 0), '-e', 'begin { @ = count(); } interval:s:100 { }']],
  ['an error', goOn('full'), 1, /ERROR: cannot write to \/dev\/full: No space left on device\n/, ['-c', load('full', 0, 1), '-o', '/dev/full', '-e', `begin { @ = count(); } ${calls} { printf("a line\\n"); }`]],
];
for (const [title, end, status, wanted, args = ['-e', endless]] of ways) {
  t.test(`a way out: ${title}`, onThisMachine(), async (t) => {
    const pane = await watching(t, ['--watch', ...args]);
    if (!pane) return;
    await pane.until(args[1] === endless ? /@ {2}count\(\)[^]*a line/ : /@ {2}count\(\)/);
    t.equal(await pane.state(), '1 0 0');
    await end(pane);
    const ended = await pane.ended(t);
    t.equal(ended.status, status);
    t.match(ended.text, wanted);
    t.notMatch(ended.text, /q quit|count\(\)/, 'nothing of the live view stays');
  });
}

t.test('^Z gives the terminal back, and fg takes it again', onThisMachine(), async (t) => {
  if (!needs(t, 'root', 'tmux')) return;
  const pane = await Pane.open(t, ['--watch', '-e', endless], { before: 'set -m;', after: '; echo "stopped $?"; read line; fg' });
  await pane.until(/@ {2}count\(\)/);
  await pane.press('C-z');
  await pane.until(/stopped 148/);
  t.equal(await pane.state(), '0 1 1');
  await pane.press('Enter');
  await pane.until(/@ {2}count\(\)/);
  t.equal(await pane.state(), '1 0 0');
  await pane.press('q');
  t.match((await pane.ended(t)).text, /@: 1\n/);
});

t.test('a script on standard input: keys come from the terminal', onThisMachine(), async (t) => {
  writeFileSync(file('piped.bt'), endless);
  const pane = await watching(t, ['--watch', '-'], { before: `cat ${file('piped.bt')} |` });
  if (!pane) return;
  await pane.until(/@ {2}count\(\)/);
  await pane.press('q');
  t.equal((await pane.ended(t)).status, 0);
});

t.test('-o FILE has the output, also as JSON; the screen has the maps', onThisMachine(), async (t) => {
  const pane = await watching(t, ['--watch', '-f', 'json', '-o', file('out.json'), '-e', endless]);
  if (!pane) return;
  t.notMatch(await pane.until(/@ {2}count\(\)\n[^\n]*\n +1 /), /output ─/);
  await pane.press('q');
  await pane.ended(t);
  t.match(readFileSync(file('out.json'), 'utf8'), /"data": "the end\\n"[^]*\{"type": "map", "data": \{"@": 1\}\}\n$/);
});

const refused: readonly [title: string, args: readonly string[], options: PaneOptions, text: string][] = [
  ['TERM=dumb', ['-e', endless], { before: 'TERM=dumb' }, 'ERROR: --watch draws on a terminal that can move its cursor, and TERM says that this one is dumb.\nstatus 1'],
  ['JSON on the terminal', ['-f', 'json', '-e', endless], {}, '{"type": "error", "msg": "--watch draws on the terminal, where -f json would write too: name a file for that with -o FILE."}\nstatus 1'],
  ['no maps', ['-e', 'interval:s:1 { printf("x\\n"); }'], {}, 'ERROR: --watch shows maps, and the script has none. Count something, as in @[comm] = count().\nstatus 1'],
];
for (const [title, args, options, text] of refused) {
  t.test(`refused: ${title}`, onThisMachine(), async (t) => {
    const pane = await watching(t, ['--watch', ...args], { columns: 200, ...options });
    if (!pane) return;
    t.match((await pane.ended(t)).text, text);
  });
}

const rows: [title: string, row: Row][] = [
  ['no terminal', { args: ['--watch', '-e', endless], status: 1, stderr: 'ERROR: --watch draws on a terminal, and standard output is none. Without --watch maps are printed when the trace ends.\n' }],
  ['no number', { args: ['--watch=x', '-e', endless], status: 1, stderr: /^ERROR: USAGE: --watch takes seconds, from 0\.1 to 3600, and was given 'x'\.\n/ }],
  ['no time', { args: ['--watch', '0', '-e', endless], status: 1, stderr: /^ERROR: USAGE: --watch takes seconds, from 0\.1 to 3600, and was given '0'\.\n/ }],
  ['too long a time', { args: ['--watch=4000', '-e', endless], status: 1, stderr: /from 0\.1 to 3600, and was given '4000'/ }],
  ['two dots', { args: ['--watch', '1.2.3', '-e', endless], status: 1, stderr: /and was given '1\.2\.3'/ }],
  ['with --dry-run nothing is drawn', { args: ['--watch', '--dry-run', '-e', endless], stderr: 'Attached 3 probes\n' }],
];
t.test('refusals without a terminal', onThisMachine(), async (t) => {
  if (needs(t, 'root')) await checkRows(t, rows);
});
