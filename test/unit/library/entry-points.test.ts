// What package.json exports: the same objects by import and by require(), quick to import, and without Node and Linux where that is said.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import t from 'tap';
import { packageRoot } from '../../helpers/command.js';

const require = createRequire(join(packageRoot, 'package.json'));
type Conditions = Readonly<Record<'types' | 'module' | 'default', string>>;
const { exports, files } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { exports: Record<string, Record<'import' | 'require', Conditions>>; files: readonly string[] };
const entries = Object.keys(exports).filter((name) => name !== './package.json');
const specifier = (entry: string): string => entry.replace(/^\./, 'tbpf');

/** stdout of a program in a process without the test runner's modules. */
function runNode(...args: string[]): string {
  return execFileSync('env', ['-u', 'NODE_OPTIONS', process.execPath, ...args], { encoding: 'utf8', cwd: packageRoot });
}

for (const entry of entries) {
  t.test(specifier(entry), async (t) => {
    t.test('import and require() give the same', async (t) => {
      const program = `import * as imported from '${specifier(entry)}';
        import { createRequire } from 'node:module';
        const required = createRequire(process.cwd() + '/')('${specifier(entry)}');
        const names = Object.keys(required).filter((name) => name !== '__esModule').sort();
        console.log(names.length > 0 && String(names) === String(Object.keys(imported).sort()) && names.every((name) => required[name] === imported[name]));`;
      t.equal(runNode('--input-type=module', '-e', program), 'true\n');
    });
    t.test('the files that are named exist and are in the package', async (t) => {
      for (const [, { module, default: file }] of Object.entries(exports[entry]!)) {
        for (const path of [module, file]) {
          t.ok(existsSync(join(packageRoot, path)), path);
          t.ok(files.some((folder) => path.startsWith(`./${folder}/`)), path);
        }
      }
    });
  });
}

t.test('tbpf/package.json', async (t) => t.equal((require('tbpf/package.json') as { name: string }).name, 'tbpf'));

/** Runs an entry point where there is nothing but the language JavaScript and what browsers have besides. */
function runAlone(entry: string, expression: string): unknown {
  const context = createContext({ TextDecoder, TextEncoder, structuredClone });
  const modules = new Map<string, object>();
  const load = (path: string): object => {
    const known = modules.get(path);
    if (known) return known;
    const module = { exports: {} };
    modules.set(path, module.exports);
    const run = runInContext(`(function (exports, require, module) {${readFileSync(path, 'utf8')}\n})`, context, { filename: path }) as (exports: object, require: (name: string) => object, module: object) => void;
    run(module.exports, (name) => load(join(dirname(path), name)), module);
    modules.set(path, module.exports);
    return module.exports;
  };
  return runInContext(`(entry) => ${expression}`, context)(load(join(packageRoot, `dist/cjs/${entry}.cjs`)));
}

t.test('tbpf/syntax needs neither Node nor Linux', async (t) => {
  t.equal(runAlone('syntax', "entry.format('begin{exit()}')"), 'begin {\n  exit()\n}\n');
  t.equal(runAlone('syntax', "entry.parse('begin { ( }').diagnostics.length"), 1);
});

// trace() is the first call that needs the addon; what it says of the rights of whoever runs the tests does not matter
const app = `
import { trace } from 'tbpf';
console.log('imported');
trace('begin { exit(); }').then((session) => session.done).then(() => console.log('loaded'), (error) => console.log(error.code === 'ERR_ADDON' ? 'ERR_ADDON ' + error.message : 'loaded'));
`;

t.test('tbpf/compiler needs neither Node nor Linux', async (t) => {
  t.equal(runAlone('compiler', "String.fromCharCode(...entry.compile('begin { @x = count(); } interval:s:1 { print(nsecs); }').elf.subarray(1, 4))"), 'ELF');
  t.equal(runAlone('compiler', "entry.check('begin { @x = y; }')[0].message"), "Unknown identifier: 'y'");
});

t.test('a program that is bundled with esbuild finds the addon by the first call that needs it', async (t) => {
  for (const format of ['esm', 'cjs'] as const) {
    t.test(format, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'tbpf-bundle-'));
      t.teardown(() => rmSync(folder, { recursive: true }));
      const outfile = join(folder, `out/app.${format === 'esm' ? 'mjs' : 'cjs'}`);
      const { warnings } = await build({ stdin: { contents: app, resolveDir: packageRoot }, bundle: true, platform: 'node', format, outfile, logLevel: 'silent' });
      t.same(warnings.filter(({ id }) => id !== 'empty-import-meta'), []);
      t.match(runNode(outfile), /^imported\nERR_ADDON the native addon of tbpf is not found from .*out\/app/, 'where there is no package the import works');
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(packageRoot, join(folder, 'node_modules/tbpf'));
      t.equal(runNode(outfile), 'imported\nloaded\n');
    });
  }
});

t.test('tbpf is imported within 60 ms', async (t) => {
  // the processor's time, which other processes disturb least; the least of several
  const spent = (program: string): number => Math.min(...Array.from({ length: 5 }, () => Number(runNode('--input-type=module', '-e', `${program}; const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)`))));
  const nothing = spent('0');
  const took = spent("await import('tbpf')") - nothing;
  // on a busy machine everything takes longer: Node alone takes 40 ms on a quiet one
  const most = 60 * Math.max(1, nothing / 40);
  t.ok(took <= most, `${took.toFixed(1)} ms, where Node alone takes ${nothing.toFixed(1)}`);
});
