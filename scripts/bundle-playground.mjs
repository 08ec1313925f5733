// `npm run playground`: the page in which scripts can be tried, to dist/playground/index.html. It needs nothing else and no network.
//
//   in     lib/pages/playground, and the entry points of the library that it stands on; facts.json beside it and the recorded kernel types of the tests; the code
//          blocks of docs/language.md; the grammar that editors have
//   out    dist/playground/index.html; dist/playground/licenses.txt, the licenses of the packages in it
//   facts  tbpf/simulate is of one piece with the runtime, which can open files and start programs. A simulation does neither: in the page those modules of Node
//          are functions that throw. Buffer is that of the package of this name
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkedLexers } from './checked-lexers.mjs';
import { examplesOf } from './language-examples.mjs';
import { licensesOf } from './licenses.mjs';
import { bundlePage, withData } from './page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = (path) => readFile(join(root, path), 'utf8');

const withoutNode = {
  name: 'without-node',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'absent', sideEffects: false }));
    onLoad({ filter: /./, namespace: 'absent' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => () => { throw new Error(\`\${String(name)} of ${path} was called, which no browser has\`); } });`, loader: 'js',
    }));
  },
};

const withBuffer = {
  name: 'with-buffer',
  setup({ initialOptions }) {
    initialOptions.inject = [join(root, 'lib/pages/playground/buffer.ts')];
  },
};

const { metafile, html } = await bundlePage(root, 'playground', [withoutNode, withBuffer, checkedLexers]);
const types = await readFile(join(root, 'test/fixtures/btf/linux-6.18-x86_64.btf'));
const page = withData(html, {
  facts: { ...JSON.parse(await text('lib/pages/playground/facts.json')), btf: types.toString('base64') },
  grammar: JSON.parse(await text('editors/vscode/syntaxes/bpftrace.tmLanguage.json')),
  examples: examplesOf(await text('docs/language.md')),
});
await mkdir(join(root, 'dist/playground'), { recursive: true });
await writeFile(join(root, 'dist/playground/index.html'), page);
await writeFile(join(root, 'dist/playground/licenses.txt'), await licensesOf([metafile], root));
