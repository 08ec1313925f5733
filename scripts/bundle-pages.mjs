// Bundles the pages that tbpf draws: lib/pages/NAME to the one file dist/pages/NAME.html, which needs nothing else and no network.
//
//   in     lib/pages; node_modules
//   out    dist/pages/NAME.html; .cache/pages.json, esbuild's metafiles, from which bundle-library.mjs takes whose licenses they need
//   facts  where data comes, the page keeps its mark. The playground is no picture: bundle-playground.mjs
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePage } from './page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const noPictures = ['shared', 'playground'];
const metafiles = [];
await mkdir(join(root, 'dist/pages'), { recursive: true });
await mkdir(join(root, '.cache'), { recursive: true });
for (const entry of await readdir(join(root, 'lib/pages'), { withFileTypes: true })) {
  if (!entry.isDirectory() || noPictures.includes(entry.name)) continue;
  const { metafile, html } = await bundlePage(root, entry.name);
  metafiles.push(metafile);
  await writeFile(join(root, `dist/pages/${entry.name}.html`), html);
}
await writeFile(join(root, '.cache/pages.json'), JSON.stringify(metafiles));
