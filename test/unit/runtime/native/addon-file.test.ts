// Where the addon is looked for: one row per arrangement of files.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { addonFile, explainAddon } from '../../../../lib/runtime/native/addon-file.js';

const BUILT = 'build/Release/tbpf.node';
const PREBUILT = 'prebuilt/linux-x64-glibc/tbpf.node';
const DESCRIPTION = '{"name": "tbpf"}';
const installed = { 'node_modules/tbpf/package.json': DESCRIPTION };

const rows: [title: string, own: string, files: Readonly<Record<string, string>>, want: string | RegExp, advice?: RegExp][] = [
  ['a clone', 'lib/runtime/native/addon-file.ts', { 'package.json': DESCRIPTION, [BUILT]: '' }, BUILT],
  ['a package with its own addon', 'node_modules/tbpf/dist/cjs/index.cjs', { ...installed, [`node_modules/tbpf/${PREBUILT}`]: '' }, `node_modules/tbpf/${PREBUILT}`],
  ['a package whose addon was built here', 'node_modules/tbpf/dist/cjs/index.cjs', { ...installed, [`node_modules/tbpf/${PREBUILT}`]: '', [`node_modules/tbpf/${BUILT}`]: '' }, `node_modules/tbpf/${BUILT}`],
  ['another package between', 'dist/cjs/index.cjs', { 'package.json': DESCRIPTION, 'dist/cjs/package.json': '{"type": "commonjs"}', [BUILT]: '' }, BUILT],
  ['a bundle beside node_modules', 'out/app.js', { ...installed, [`node_modules/tbpf/${PREBUILT}`]: '', 'package.json': '{"name": "app"}' }, `node_modules/tbpf/${PREBUILT}`],
  ['a bundle that has the addon beside it', 'out/app.js', { [`out/${PREBUILT}`]: '' }, `out/${PREBUILT}`],
  ['a bundle alone', 'out/app.js', {}, /^the native addon of tbpf is not found from .*out\/app.js$/, /node_modules folder above it, or the package's folder prebuilt\/linux-x64-glibc beside it/],
  ['a clone that is not built', 'lib/index.ts', { 'package.json': DESCRIPTION, 'scripts/setup.sh': '' }, /is not built: .*build\/Release\/tbpf.node is missing/, /^Run: .*scripts\/setup.sh$/],
  ['a package that is not built', 'node_modules/tbpf/dist/cjs/index.cjs', installed, /is not built/, /^Run: npm rebuild tbpf \(in .*\)$/],
];
for (const [title, own, files, want, advice] of rows) {
  t.test(title, async (t) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tbpf-addon-')));
    t.teardown(() => rmSync(folder, { recursive: true }));
    for (const [name, text] of Object.entries({ ...files, [own]: '' })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    if (typeof want === 'string') t.equal(addonFile(join(folder, own)), join(folder, want));
    else t.throws(() => addonFile(join(folder, own)), { name: 'TbpfError', code: 'ERR_ADDON', message: want, advice });
  });
}

const failures: [text: string, want: object][] = [
  ['libbpf.so.1: cannot open shared object file: No such file or directory', { message: 'the native addon needs libbpf.so.1, which is not installed', advice: /libbpf1/ }],
  ['/lib/libc.so.6: version `GLIBC_2.99\' not found (required by /x/tbpf.node)', { message: /cannot be loaded: .*GLIBC_2.99/, advice: /another machine/ }],
];
for (const [text, want] of failures) t.test(text, async (t) => t.match(explainAddon('/x/tbpf.node', new Error(text)), { code: 'ERR_ADDON', ...want }));
