// Bundles the pages that tbpf draws: lib/pages/NAME to the one file dist/pages/NAME.html, which needs nothing else and no network.
//
//   in     lib/pages/NAME/page.html, page.css, page.ts; node_modules
//   out    dist/pages/NAME.html; .cache/pages.json, esbuild's metafiles, from which bundle-library.mjs takes whose licenses they need
//   facts  a style or script in a page ends at its end tag, wherever that stands: esbuild writes `<\/script` for it. Where data comes, the page keeps its mark
import { build } from 'esbuild';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = join(root, 'lib/pages');
const metafiles = [];
await mkdir(join(root, 'dist/pages'), { recursive: true });
await mkdir(join(root, '.cache'), { recursive: true });
for (const entry of await readdir(pages, { withFileTypes: true })) {
  if (entry.isDirectory() && entry.name !== 'shared') await bundle(entry.name);
}
await writeFile(join(root, '.cache/pages.json'), JSON.stringify(metafiles));

async function bundle(name) {
  const { metafile, outputFiles, warnings } = await build({
    absWorkingDir: root,
    entryPoints: { script: `lib/pages/${name}/page.ts`, style: `lib/pages/${name}/page.css` },
    outdir: 'dist/pages', bundle: true, platform: 'browser', format: 'iife', target: 'es2022', minify: true, legalComments: 'none', logLevel: 'warning', metafile: true, write: false,
    // packages bring styles for their own pages
    plugins: [{ name: 'own-style', setup: ({ onLoad }) => onLoad({ filter: /node_modules.*\.css$/ }, () => ({ contents: '', loader: 'empty' })) }],
  });
  if (warnings.length > 0) process.exitCode = 1;
  metafiles.push(metafile);
  const textOf = (file) => outputFiles.find(({ path }) => path.endsWith(file)).text.trim();
  const html = await readFile(join(pages, name, 'page.html'), 'utf8');
  await writeFile(join(root, `dist/pages/${name}.html`), html.replace('/* style */', () => textOf('style.css')).replace('/* script */', () => textOf('script.js')));
}
