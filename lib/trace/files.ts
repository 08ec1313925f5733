// The files of a script: its own text, what it imports, the C headers it includes.
//
//   in     paths as the user or the script wrote them
//   out    text; undefined or a reason where there is none
//   facts  language.md 1.11, 1.13. Bytes that are not UTF-8 are kept (model/syntax/text.ts)

import { readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ImportedFile, ReadHeader, ReadImport } from '../compiler/expand/index.js';
import { decodeText } from '../runtime/collect/strings.js';

/** @throws NodeJS.ErrnoException */
export function readText(path: string | number): string {
  const bytes = readFileSync(path);
  return decodeText(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
}

const supported = ['.bt', '.h'];
const WRITABLE_BY_ALL = 0o002;

/** Imports by scripts: relative to the directory of the importing one. */
export const readImport: ReadImport = (path, importer) => {
  const place = resolve(dirname(importer), path);
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) return { problem: 'missing', checked: [place] };
  const directory = stat.isDirectory() ? place : dirname(place);
  if ((statSync(directory).mode & WRITABLE_BY_ALL) !== 0) return { problem: 'writable', directory };
  if (!stat.isDirectory()) return { files: [importedFile(place)] };
  const names = readdirSync(place).filter((name) => supported.some((ending) => name.endsWith(ending))).sort();
  return { files: names.map((name) => importedFile(join(place, name))) };
};

function importedFile(path: string): ImportedFile {
  return { name: realpathSync(path), text: readText(path) };
}

/** Headers: `"x.h"` beside the script first, then system and kernel directories, then those of -I. */
export function headerReader(scriptName: string, directories: readonly string[]): ReadHeader {
  const kernel = ['source', 'build'].map((name) => `/lib/modules/${release()}/${name}/include`);
  const always = ['/usr/local/include', '/usr/include', `/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`, ...kernel, ...directories];
  return (name, system) => {
    for (const directory of system ? always : [dirname(scriptName), ...always]) {
      const path = resolve(directory, name);
      if (statSync(path, { throwIfNoEntry: false })?.isFile()) return { name: path, text: readText(path) };
    }
    return undefined;
  };
}
