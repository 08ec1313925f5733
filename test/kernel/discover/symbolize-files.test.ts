// Names of stripped programs: separate debug files, and symbols packed into the program. Names of other languages.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { Symbolizer } from '../../../lib/runtime/symbolize/index.js';
import type { Frame } from '../../../lib/model/layout/symbols.js';
import { lacking, needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';
import { build, end, endAll, noCompiler, start } from './running.js';

const folder = mkdtempSync(join(tmpdir(), 'tbpf-test-'));
t.teardown(() => {
  endAll();
  rmSync(folder, { recursive: true });
});

const skip = onThisMachine().skip || (noCompiler ?? lacking('objcopy'));
const run = (command: string, ...args: string[]): Buffer => execFileSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
let count = 0;
const built = new Map<string, string>();

function programOf(options: readonly string[]): string {
  let path = built.get(options.join());
  if (path === undefined) {
    built.set(options.join(), path = join(folder, `built${count++}`));
    build(path, '-pie', '-fPIE', ...options);
  }
  return path;
}

/** A program, and its symbols in a file of their own. */
function strippedProgram(...options: string[]): { readonly path: string; readonly symbols: string } {
  const home = join(folder, `${count++}`);
  mkdirSync(home);
  const path = join(home, 'program');
  copyFileSync(programOf(options), path);
  const symbols = join(home, 'symbols');
  run('objcopy', '--only-keep-debug', path, symbols);
  run('strip', path);
  return { path, symbols };
}

async function frameIn(path: string, debugFolders: readonly string[] = []): Promise<Frame> {
  const running = await start(path);
  const symbols = new Symbolizer({ native: loadNative, debugFolders, warn: (text) => t.fail(text) });
  const frame = symbols.userFrame(running.plain, running.pid, 0);
  await end(running);
  return frame;
}

const buildIdOf = (path: string): string => loadNative().elfInfo(path).buildId;

t.test('a stripped program has no names', { skip }, async (t) => {
  const { path } = strippedProgram();
  t.strictSame({ ...await frameIn(path), address: 0n }, { address: 0n, module: path, unnamed: 'stripped' });
});

const byBuildId = (root: string, path: string): string => join(root, '.build-id', buildIdOf(path).slice(0, 2), `${buildIdOf(path).slice(2)}.debug`);

const places: [title: string, place: (path: string, root: string) => string][] = [
  ['by its build id below a folder of --debuginfo', (path, root) => byBuildId(root, path)],
  ['by its link, beside it', (path) => join(dirname(path), 'linked.debug')],
  ['by its link, in .debug', (path) => join(dirname(path), '.debug/linked.debug')],
  ['by its link, below a folder of --debuginfo', (path, root) => join(root, dirname(path), 'linked.debug')],
  ['by its link, in a folder of --debuginfo', (_, root) => join(root, 'linked.debug')],
];
for (const hasId of [true, false]) {
  for (const [title, place] of places.slice(hasId ? 0 : 1)) {
    t.test(`a debug file found ${title}${hasId ? '' : ', without a build id'}`, { skip }, async (t) => {
      const { path, symbols } = strippedProgram(`-Wl,--build-id=${hasId ? 'sha1' : 'none'}`);
      const root = join(folder, `root${count++}`);
      const debug = place(path, root);
      mkdirSync(dirname(debug), { recursive: true });
      renameSync(symbols, debug);
      if (debug.endsWith('linked.debug')) run('objcopy', `--add-gnu-debuglink=${debug}`, path);
      t.match(await frameIn(path, [root]), { name: 'plain', offset: 0n });
      // the file of another build
      writeFileSync(debug, readFileSync(strippedProgram('-DPAD=1', `-Wl,--build-id=${hasId ? 'sha1' : 'none'}`).symbols));
      t.equal((await frameIn(path, [root])).name, undefined);
    });
  }
}

/** As Fedora builds programs: a copy with only the symbols of functions, compressed, in a section of the program. */
function pack(path: string, symbols: string): void {
  run('objcopy', '--strip-debug', '--remove-section=.comment', symbols, `${symbols}.mini`);
  run('xz', '-f', `${symbols}.mini`);
  run('objcopy', '--add-section', `.gnu_debugdata=${symbols}.mini.xz`, path);
}

const noXz = skip ?? (existsSync('/usr/bin/xz') ? undefined : 'xz is not installed');

t.test('symbols packed into the program', { skip: noXz }, async (t) => {
  const { path, symbols } = strippedProgram();
  pack(path, symbols);
  t.match(await frameIn(path), { name: 'plain', offset: 0n });
});

t.test('packed symbols that are damaged', { skip: noXz }, async (t) => {
  const { path, symbols } = strippedProgram();
  pack(path, symbols);
  const bytes = readFileSync(path);
  const at = bytes.indexOf(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]));
  for (const [title, damage] of [
    ['the head', () => bytes.fill(0, at, at + 6)],
    ['the middle', () => bytes.fill(0xff, at + 40, at + 60)],
  ] as const) {
    damage();
    const copy = `${path}.damaged`;
    writeFileSync(copy, bytes, { mode: 0o755 });
    t.equal((await frameIn(copy)).name, undefined, title);
  }
  const bomb = join(folder, 'bomb');
  execFileSync('sh', ['-c', `head -c 300000000 /dev/zero | xz -0 > ${bomb}.xz`]);
  copyFileSync(strippedProgram().path, bomb);
  run('objcopy', '--add-section', `.gnu_debugdata=${bomb}.xz`, bomb);
  const before = process.memoryUsage().rss;
  t.equal((await frameIn(bomb)).name, undefined, 'much from little');
  t.ok(process.memoryUsage().rss - before < 300 << 20);
});

t.test('a debug file in the own root folder of a container', { skip: skip ?? lacking('root') }, async (t: Test) => {
  const { path, symbols } = strippedProgram();
  const debug = byBuildId('/mnt/usr/lib/debug', path);
  // a root folder that is ours but for /usr/lib/debug
  const shell = `mkdir -p ${folder}/lower/empty && mount -t tmpfs none /usr/lib/debug && mkdir -p ${dirname(debug).slice(4)} && cp ${symbols} ${debug.slice(4)} && exec ${path}`;
  if (!existsSync('/usr/lib/debug')) return t.plan(0, 'there is no folder /usr/lib/debug to mount on');
  const running = await start(shell, ['unshare', '-m', 'sh', '-c']);
  t.equal(new Symbolizer({ native: loadNative }).userFrame(running.plain, running.pid, 0).name, 'plain');
  await end(running);
});

t.test('names of other languages', onThisMachine(), async (t) => {
  if (!needs(t, 'gcc')) return;
  const names: [symbol: string, shown: string][] = [
    ['_ZN4core3fmt9Formatter3pad17h0123456789abcdefE', 'core::fmt::Formatter::pad'],
    ['_RINvCs6xxl1lAjzDf_1a7genericThEEB2_', 'a::generic::<(u8,)>'],
    ['_ZN3foo3barEi', 'foo::bar(int)'],
    ['main.main', 'main.main'],
    ['_D3std5stdio4File5closeMFZv', '_D3std5stdio4File5closeMFZv'],
    ['camlStdlib__List__map_123', 'camlStdlib__List__map_123'],
  ];
  const path = join(folder, 'languages');
  // one byte for each
  writeFileSync(`${path}.s`, `.text\n${names.map(([symbol], i) => `.globl "${symbol}"\n${i === 0 ? '.globl first\nfirst = .\n' : ''}.type "${symbol}", @function\n"${symbol}": ret\n.size "${symbol}", 1\n`).join('')}.section .note.GNU-stack, "", @progbits\n`);
  writeFileSync(`${path}.c`, '#include <stdio.h>\n#include <unistd.h>\nextern char first[];\nint main(void) { char c; printf("%p 0 0 0\\n", first); fflush(stdout); while (read(0, &c, 1) > 0) {} return 0; }\n');
  run('gcc', '-o', path, `${path}.c`, `${path}.s`);
  const running = await start(path);
  const symbols = new Symbolizer({ native: loadNative });
  names.forEach(([symbol, shown], i) => t.equal(symbols.userFrame(running.plain + BigInt(i), running.pid, 0).name, shown, symbol));
  await end(running);
});
