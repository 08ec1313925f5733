// For esbuild: keeps `import.meta.url` what it was before files were bundled, the place of the source file.
//
//   idea   each source of ours gets its own place as a text; packages are left alone. The names are put together here, because
//          this file is bundled too, by itself
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

const meta = 'import.' + 'meta.';

/** @type {import('esbuild').Plugin} */
export const ownPlace = {
  name: 'own-place',
  setup({ onLoad }) {
    onLoad({ filter: /\.m?[jt]s$/ }, async ({ path }) => {
      if (path.includes('/node_modules/')) return undefined;
      const contents = (await readFile(path, 'utf8'))
        .replaceAll(`${meta}url`, JSON.stringify(pathToFileURL(path).href))
        .replaceAll(`${meta}filename`, JSON.stringify(path))
        .replaceAll(`${meta}dirname`, JSON.stringify(dirname(path)));
      return { contents, loader: path.endsWith('ts') ? 'ts' : 'js' };
    });
  },
};
