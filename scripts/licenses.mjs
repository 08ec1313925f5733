// The licenses of the packages that a bundle holds, as one text.
//
//   in     esbuild's metafiles, which name every file that a bundle is made of
//   out    for each package: its name, version and license, and the text of its license file
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** @param {readonly import('esbuild').Metafile[]} metafiles
 *  @param {string} root  folder that the metafiles' paths are relative to
 *  @throws Error  a package has no license file */
export async function licensesOf(metafiles, root) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const packages = new Set(inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  const parts = [];
  for (const folder of [...packages].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const file = (await readdir(join(root, folder))).find((each) => /^licen[cs]e/i.test(each));
    if (file === undefined) throw new Error(`${folder} has no license file`);
    const text = (await readFile(join(root, folder, file), 'utf8')).trim();
    parts.push(`${name} ${version}, ${license}\n\n${text}\n`);
  }
  return `The bundles of tbpf hold these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
