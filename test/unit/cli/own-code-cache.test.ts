// A Node for which no cache of compiled code lies beside the bundle keeps one for the user.

import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../helpers/command.js';
import { needs } from '../../helpers/needs.js';

const NOBODY = 65534;
const SCRIPT = 'BEGIN { @start[tid, comm] = nsecs; @n = count(); printf("%s %d\\n", comm, pid); exit(); }';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-own-cache-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** An installation without caches. */
const installed = join(folder, 'tbpf');
mkdirSync(installed);
for (const part of ['bin', 'dist', 'build', 'prebuilt', 'package.json']) if (existsSync(join(packageRoot, part))) cpSync(join(packageRoot, part), join(installed, part), { recursive: true });
for (const file of readdirSync(join(installed, 'dist'))) if (file.endsWith('.cache')) rmSync(join(installed, 'dist', file));

let homes = 0;

class Home {
  readonly path = join(folder, `home${homes++}`);
  readonly caches = join(this.path, '.cache/tbpf');

  constructor() {
    mkdirSync(this.path);
  }

  run(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
    return spawnSync(process.execPath, [join(installed, 'bin/tbpf'), ...words], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, HOME: this.path, XDG_CACHE_HOME: '', ...env } });
  }

  /** @returns the files of the cache */
  trace(t: Test, env?: NodeJS.ProcessEnv): readonly string[] {
    const { status, stdout, stderr } = this.run(['-q', '--no-cache', '-e', SCRIPT], env);
    t.same([status, stderr], [0, ''], 'it traces');
    t.match(stdout, /^@n: 1$/m);
    return this.files;
  }

  get files(): readonly string[] {
    return existsSync(this.caches) ? readdirSync(this.caches) : [];
  }
}

const writtenAt = (path: string): bigint => statSync(path, { bigint: true }).mtimeNs;

t.test('the first trace makes it, the next one takes it', (t) => {
  if (!needs(t, 'root', 'software')) return t.end();
  const home = new Home();
  t.equal(home.run(['--help']).status, 0);
  t.same(home.files, [], 'help is no example');
  const files = home.trace(t);
  t.equal(files.length, 1);
  t.match(files[0], new RegExp(`^tbpf\\.${process.version.replaceAll('.', '\\.')}\\.`));
  const path = join(home.caches, files[0]!);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(statSync(home.caches).mode & 0o777, 0o700);
  const first = writtenAt(path);
  t.same(home.trace(t), files);
  t.equal(writtenAt(path), first, 'V8 took it: it was not written again');
  truncateSync(path, 1000);
  t.same(home.trace(t), files);
  t.not(writtenAt(path), first, 'what V8 refuses is written again');
  t.ok(statSync(path).size > 100_000);
  t.end();
});

t.test('a cache of a bundle that is there no more goes', (t) => {
  if (!needs(t, 'root', 'software')) return t.end();
  const home = new Home();
  const [first] = home.trace(t);
  const others = [first!.replace(/\d+\.cache$/, '17.cache'), first!.replace(/^tbpf\.[^-]*-/, 'tbpf.v99.0.0.1-'), 'notes.txt'];
  for (const other of others) writeFileSync(join(home.caches, other), '');
  rmSync(join(home.caches, first!));
  t.same([...home.trace(t)].sort(), [first!, ...others.slice(1)].sort(), 'only its own Node and bundle');
  t.end();
});

const untrusted: [string, (home: Home) => void][] = [
  ['a folder that all can write to', (home) => { mkdirSync(home.caches, { recursive: true }); chmodSync(home.caches, 0o777); }],
  ['a folder above it that the group can write to', (home) => { mkdirSync(home.caches, { recursive: true }); chmodSync(join(home.path, '.cache'), 0o770); }],
  ["a home of somebody else's", (home) => chownSync(home.path, NOBODY, NOBODY)],
  ["a link to a folder of somebody else's", (home) => { mkdirSync(join(home.path, 'other')); chownSync(join(home.path, 'other'), NOBODY, NOBODY); symlinkSync('other', join(home.path, '.cache')); }],
  ['a file in place of the folder', (home) => writeFileSync(join(home.path, '.cache'), '')],
];

for (const [what, make] of untrusted) {
  t.test(`${what}: no cache`, (t) => {
    if (!needs(t, 'root', 'software')) return t.end();
    const home = new Home();
    make(home);
    t.same(home.trace(t), []);
    t.end();
  });
}

const foreign: [string, (path: string) => void][] = [
  ["a file of somebody else's", (path) => chownSync(path, NOBODY, NOBODY)],
  ['a file that all can write to', (path) => chmodSync(path, 0o666)],
  ['a link', (path) => { renameSync(path, `${path}.moved`); symlinkSync(`${path}.moved`, path); }],
  ['a pipe', (path) => { rmSync(path); spawnSync('mkfifo', [path]); }],
];

t.test('what is no file of the own is not read, and replaced', (t) => {
  if (!needs(t, 'root', 'software')) return t.end();
  const home = new Home();
  const [file] = home.trace(t);
  const path = join(home.caches, file!);
  for (const [what, make] of foreign) {
    make(path);
    t.ok(home.trace(t).includes(file!), what);
    const { mode, uid } = lstatSync(path);
    t.same([mode, uid], [0o100600, 0], what);
  }
  t.end();
});

t.test('XDG_CACHE_HOME is taken, unless it is relative', (t) => {
  if (!needs(t, 'root', 'software')) return t.end();
  const home = new Home();
  const elsewhere = join(home.path, 'elsewhere');
  t.same(home.trace(t, { XDG_CACHE_HOME: elsewhere }), []);
  t.equal(readdirSync(join(elsewhere, 'tbpf')).length, 1);
  t.equal(home.trace(t, { XDG_CACHE_HOME: 'elsewhere' }).length, 1);
  t.end();
});
