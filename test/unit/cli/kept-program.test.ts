// What a start compiled is kept for the next start of the same command line, as long as it is what compiling would give.

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { packageRoot } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

/** A file is kept with a program when it has not changed for two seconds. */
const SETTLED_MS = 2500;

const folder = mkdtempSync(join(tmpdir(), 'tbpf-kept-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const spy = join(folder, 'spy.cjs');
const opened = join(folder, 'opened');
writeFileSync(spy, `const fs = require('node:fs'); const { openSync } = fs; const bundles = [];
fs.openSync = (path, ...rest) => { const name = /dist.(\\w+)[.]cjs$/.exec(path)?.[1]; if (name) bundles.push(name); return openSync(path, ...rest); };
process.on('exit', () => fs.writeFileSync(${JSON.stringify(opened)}, bundles.join(' ')));`);
let homes = 0;

class Home {
  readonly path = join(folder, `home${homes++}`);
  readonly programs = join(this.path, '.cache/tbpf/programs');

  constructor() {
    mkdirSync(this.path);
  }

  /** @returns what it printed, and how it came to its program */
  start(words: readonly string[], { env = {}, input = '' }: { env?: NodeJS.ProcessEnv; input?: string } = {}) {
    rmSync(opened, { force: true });
    const { status, stdout, stderr } = spawnSync(join(packageRoot, 'bin/tbpf'), words, {
      encoding: 'utf8', timeout: 60_000, cwd: this.path, input, env: { ...process.env, HOME: this.path, XDG_CACHE_HOME: '', NODE_OPTIONS: `--require=${spy}`, ...env },
    });
    const how = { run: 'kept', tbpf: 'compiled', 'run tbpf': 'kept, then compiled' }[readFileSync(opened, 'utf8')];
    return { status, stdout: stdout.trim(), stderr, how };
  }

  get files(): readonly string[] {
    return existsSync(this.programs) ? readdirSync(this.programs).map((name) => join(this.programs, name)) : [];
  }
}

const HELLO = 'begin { printf("hello\\n"); exit(); }';

function startsTwice(t: Test, home: Home, words: readonly string[], options?: Parameters<Home['start']>[1]): string {
  const first = home.start(words, options);
  const second = home.start(words, options);
  t.same([first.status, first.how], [0, 'compiled'], 'the first start compiles');
  t.same(second, { ...first, how: 'kept' }, 'the second says the same, and does not compile');
  return second.stdout;
}

t.test('the second start of a command line does not compile', (t) => {
  if (!needs(t, 'root', 'software')) return t.end();
  const home = new Home();
  t.equal(startsTwice(t, home, ['-q', '-e', HELLO]), 'hello');
  const [file] = home.files;
  t.equal(statSync(file!).mode & 0o777, 0o600);
  t.equal(statSync(home.programs).mode & 0o777, 0o700);
  const count = 'interval:ms:1 { @[1, "a"] = 1; @h = hist(3); exit(); }';
  t.match(startsTwice(t, home, ['-f', 'json', '-e', count]), /"type": "hist"/);
  t.equal(startsTwice(t, home, ['-q', '-e', 'begin { printf("%d %s\\n", $1, str($2)); exit(); }', '7', 'seven']), '7 seven');
  const named = ['-q', '-e', 'begin { printf("%d\\n", getopt("n", 5)); exit(); }', '--'];
  t.equal(startsTwice(t, home, named), '5');
  t.equal(startsTwice(t, home, [...named, '--n=6']), '6');
  const output = join(home.path, 'out');
  t.equal(startsTwice(t, home, ['-q', '-o', output, '-e', HELLO]), '');
  t.equal(readFileSync(output, 'utf8').trim(), 'hello');
  t.equal(startsTwice(t, home, ['-q', '-c', '/bin/true', '-e', 'end { printf("%d\\n", cpid > 0) }']), '1');
  t.end();
});

t.test('messages about a running script show its text', (t) => {
  if (!needs(t, 'root', 'software')) return t.end();
  const home = new Home();
  const words = ['-q', '-k', '-e', 'begin { @ = *(uint64 *)8; exit(); }'];
  const [first, second] = [home.start(words), home.start(words)];
  t.same([first.how, second.how], ['compiled', 'kept']);
  t.match(second.stdout + second.stderr, /\*\(uint64 \*\)8/);
  t.same(second, { ...first, how: 'kept' });
  t.end();
});

t.test('what is not kept', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const young = join(folder, 'young.bt');
  writeFileSync(young, HELLO);
  const imported = join(folder, 'imports.bt');
  writeFileSync(join(folder, 'part.bt'), HELLO);
  writeFileSync(imported, 'config = { unstable_import_statement = enable } import "part.bt"');
  await sleep(SETTLED_MS);
  const rows: [string, readonly string[], Parameters<Home['start']>[1]?][] = [
    ['--no-cache', ['--no-cache', '-e', HELLO]],
    ['-v', ['-v', '-e', HELLO]],
    ['-p', ['-p', String(process.pid), '-e', HELLO]],
    ['-d', ['-d', 'layout', '-e', HELLO]],
    ['a script on standard input', ['-'], { input: HELLO }],
    ['a script with a warning', ['-e', 'begin { @ = 1; exit(); @ = 2; }']],
    ['a warning about the environment', ['-e', HELLO], { env: { BPFTRACE_STRLEN: '32' } }],
    ['a wrong script', ['-e', 'begin { exot(); }']],
    ['an import', [imported]],
    ['all programs of a folder', ['-e', `${HELLO} uprobe:/bin/tru*:main {}`]],
    ['functions of BPF programs', ['-e', `config = { missing_probes = "ignore" } ${HELLO} fentry:bpf:nothing_of_this_name {}`]],
  ];
  for (const [what, words, options] of rows) {
    const home = new Home();
    for (const which of ['first', 'second']) t.equal(home.start(words, options).how, 'compiled', `${what}: the ${which} start compiles`);
    t.same(home.files, [], what);
  }
  writeFileSync(young, HELLO);
  const home = new Home();
  home.start([young]);
  t.same(home.files, [], 'a file that was just written');
});

t.test('a change makes it compile anew', async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const place = join(folder, 'changes');
  mkdirSync(join(place, 'first'), { recursive: true });
  mkdirSync(join(place, 'second'));
  const script = join(place, 'script.bt');
  const program = join(place, 'program');
  writeFileSync(script, HELLO);
  writeFileSync(join(place, 'second/value.h'), '#define VALUE 1');
  copyFileSync('/bin/true', program);
  chmodSync(program, 0o755);
  await sleep(SETTLED_MS);
  const headers = ['-q', '-I', join(place, 'first'), '-I', join(place, 'second'), '-e', '#include <value.h>\nbegin { printf("%d\\n", VALUE); exit(); }'];
  const rows: [string, readonly string[], { before: string; after: string }, (env: NodeJS.ProcessEnv) => void][] = [
    ['of the script', ['-q', script], { before: 'hello', after: 'good day' }, () => writeFileSync(script, HELLO.replace('hello', 'good day'))],
    ['of a header', headers, { before: '1', after: '2' }, () => writeFileSync(join(place, 'second/value.h'), '#define VALUE 2')],
    ['of which header is found first', headers, { before: '2', after: '3' }, () => writeFileSync(join(place, 'first/value.h'), '#define VALUE 3')],
    ['of a program with probes', ['-q', '-e', `${HELLO} uprobe:${program}:0x2000 {}`], { before: 'hello', after: 'hello' }, () => writeFileSync(program, readFileSync('/bin/false'))],
    ['of the environment', ['-q', '-e', 'begin { printf("%d\\n", sizeof(str(8))); exit(); }'], { before: '1024', after: '32' }, (env) => (env['BPFTRACE_MAX_STRLEN'] = '32')],
  ];
  for (const [what, words, { before, after }, change] of rows) {
    const home = new Home();
    const env: NodeJS.ProcessEnv = {};
    t.equal(startsTwice(t, home, words), before, what);
    change(env);
    const changed = home.start(words, { env });
    t.equal(changed.how, 'compiled', what);
    t.equal(changed.stdout, after, what);
    await sleep(SETTLED_MS);
    t.equal(home.start(words, { env }).stdout, after, what);
    t.same(home.start(words, { env }), { ...changed, how: 'kept' }, `${what}: kept again`);
    t.equal(home.files.length, 1, `${what}: in place of the other`);
  }
});

t.test('another folder is another command line', (t) => {
  if (!needs(t, 'root', 'software')) return t.end();
  const home = new Home();
  startsTwice(t, home, ['-q', '-e', HELLO]);
  const { how } = home.start(['-q', '-e', HELLO], { env: { PATH: `${process.env['PATH']}:/opt` } });
  t.equal(how, 'compiled', 'and so is another PATH');
  t.end();
});

t.test('a damaged program is compiled anew', (t) => {
  if (!needs(t, 'root', 'software')) return t.end();
  const damages: [string, (bytes: Buffer) => Buffer, string][] = [
    ['a byte', (bytes) => (bytes[bytes.length - 5]! ^= 1, bytes), 'kept, then compiled'],
    ['its end', (bytes) => bytes.subarray(0, -5), 'compiled'],
    ['all', (bytes) => bytes.fill(0), 'compiled'],
    ['empty', () => Buffer.alloc(0), 'compiled'],
    ['its first line', (bytes) => (bytes.write('{"key":'), bytes.subarray(bytes.indexOf('\n'))), 'compiled'],
  ];
  for (const [what, damage, how] of damages) {
    const home = new Home();
    startsTwice(t, home, ['-q', '-e', HELLO]);
    const [file] = home.files;
    writeFileSync(file!, damage(readFileSync(file!)));
    t.same(home.start(['-q', '-e', HELLO]), { status: 0, stdout: 'hello', stderr: '', how }, what);
    t.equal(home.start(['-q', '-e', HELLO]).how, 'kept', what);
  }
  t.end();
});

t.test('of a hundred programs the one that was not used for longest goes', (t) => {
  if (!needs(t, 'root', 'software')) return t.end();
  const home = new Home();
  home.start(['-q', '-e', HELLO]);
  for (let i = 0; i < 99; i++) {
    const path = join(home.programs, `${i}.tbpf`);
    writeFileSync(path, '');
    utimesSync(path, i + 1, i + 1);
  }
  t.equal(home.start(['-q', '-e', HELLO]).how, 'kept');
  home.start(['-q', '-e', `${HELLO} end {}`]);
  t.equal(home.files.length, 100);
  t.notOk(existsSync(join(home.programs, '0.tbpf')));
  t.ok(existsSync(join(home.programs, '1.tbpf')));
  t.equal(home.start(['-q', '-e', HELLO]).how, 'kept');
  t.end();
});
