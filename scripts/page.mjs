// One page of lib/pages as one file, which needs nothing else and no network.
//
//   in     lib/pages/NAME/page.html, page.css, page.ts; node_modules
//   out    HTML with the style and the script in it, and esbuild's metafile
//   facts  a style or script in a page ends at its end tag, wherever that stands: esbuild writes `<\/script` for it
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @param {string} root  the repository
 *  @param {readonly import('esbuild').Plugin[]} plugins  more of esbuild's */
export async function bundlePage(root, name, plugins = []) {
  const { metafile, outputFiles, warnings } = await build({
    absWorkingDir: root,
    entryPoints: { script: `lib/pages/${name}/page.ts`, style: `lib/pages/${name}/page.css` },
    outdir: 'dist/pages', bundle: true, platform: 'browser', format: 'iife', target: 'es2022', minify: true, legalComments: 'none', logLevel: 'warning', metafile: true, write: false,
    // packages bring styles for their own pages
    plugins: [{ name: 'own-style', setup: ({ onLoad }) => onLoad({ filter: /node_modules.*\.css$/ }, () => ({ contents: '', loader: 'empty' })) }, ...plugins],
  });
  if (warnings.length > 0) process.exitCode = 1;
  const textOf = (file) => outputFiles.find(({ path }) => path.endsWith(file)).text.trim();
  const template = await readFile(join(root, `lib/pages/${name}/page.html`), 'utf8');
  return { metafile, html: template.replace('/* style */', () => textOf('style.css')).replace('/* script */', () => textOf('script.js')) };
}

/** Puts data into the element that a page has for it. */
export function withData(html, data) {
  return html.replace('/* data */', () => JSON.stringify(data).replaceAll('<', '\\u003c'));
}
