// The files of a script: its own text, what it imports, the C headers it includes.
//
//   in     paths as the user or the script wrote them
//   out    text; undefined or a reason where there is none
//   idea   a script may name anything: of what it names only regular files are read, none is waited for, and none without end. Its own text
//          may come through a pipe
//   facts  language.md 1.11, 1.13. Bytes that are not UTF-8 are kept (model/syntax/text.ts)

import { closeSync, constants, fstatSync, openSync, readSync, readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { release } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ImportedFile, ImportResult, ReadHeader, ReadImport } from '../compiler/expand/index.js';
import { strerror } from '../language/strerror.js';
import { textOfMemory } from '../model/syntax/decode-text.js';
import type { Link } from '../compile.js';
import { compileBpf, linkObjects } from './bpf-objects.js';

/** far more than the compiler takes */
const MOST_BYTES = 64 << 20;
const CHUNK_BYTES = 1 << 16;

/** The text of the script: of a file, a pipe or a terminal.
 *  @throws Error  it cannot be read (then with errno), or it is too long */
export function readText(path: string | number): string {
  const file = typeof path === 'number' ? path : openSync(path, 'r');
  try {
    const bytes = readBytes(file);
    if (bytes === undefined) throw new Error(`it has more than ${MOST_BYTES >> 20} MB`);
    return textOfMemory(bytes);
  } finally {
    if (file !== path) closeSync(file);
  }
}

/** undefined: there is more than MOST_BYTES of it. */
function readBytes(file: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let total = 0; total <= MOST_BYTES;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const size = readSync(file, chunk, 0, CHUNK_BYTES, null);
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, size));
    total += size;
  }
  return undefined;
}

const tooMuch = (path: string): string => `${path} has more than ${MOST_BYTES >> 20} MB`;

type Contents = { readonly text: string; readonly bytes: Uint8Array; readonly mode: number } | { readonly unusable: string };

/** Reads a file that the script names. Opening a pipe does not wait for a writer. */
function readNamed(path: string): Contents {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(file);
    if (!stat.isFile()) return { unusable: `${path} is not a regular file` };
    const bytes = readBytes(file);
    return bytes === undefined ? { unusable: tooMuch(path) } : { text: textOfMemory(bytes), bytes, mode: stat.mode };
  } catch (error) {
    return { unusable: whyNot(path, error) };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What the system says of a file: a loop of links, a file of /proc that cannot be read.
 *  @throws whatever it does not say */
function whyNot(path: string, error: unknown): string {
  const { errno } = error as NodeJS.ErrnoException;
  if (errno === undefined) throw error;
  return `${path}: ${strerror(Math.abs(errno))}`;
}

const supported = ['.bt', '.h', '.bpf.c', '.bpf.o'];
const WRITABLE_BY_ALL = 0o002;
const isWritableByAll = (stat: Pick<Stats, 'mode'>): boolean => (stat.mode & WRITABLE_BY_ALL) !== 0;

/** Imports of a script and of what it imports: relative to the directory of the importing one. The script itself is there already. */
export function importReader(script: string): ReadImport {
  return (path, importer) => {
    const place = resolve(dirname(importer), path);
    try {
      return findImport(path, place, script);
    } catch (error) {
      return { problem: 'unusable', text: whyNot(place, error) };
    }
  };
}

function findImport(path: string, place: string, script: string): ImportResult {
  if (path === '') return { problem: 'missing', checked: [] };
  const stat = path.includes('\0') ? undefined : statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) return { problem: 'missing', checked: [place] };
  if (!stat.isDirectory()) return importFiles([place], script);
  const open = [place, realpathSync(place)].find((directory) => isWritableByAll(statSync(directory)));
  if (open !== undefined) return { problem: 'writable', directory: open };
  return importFiles(readdirSync(place).filter((name) => supported.some((ending) => name.endsWith(ending))).sort().map((name) => join(place, name)), script);
}

/** Whether others may change the file, or what its path leads to, and so change a program that runs as root. The folders of a link and of its
 *  target count. */
function importFiles(paths: readonly string[], script: string): ImportResult {
  const own = statSync(script, { throwIfNoEntry: false });
  const files: ImportedFile[] = [];
  for (const path of paths) {
    const name = realpathSync(path);
    const directory = [dirname(path), dirname(name)].find((each) => isWritableByAll(statSync(each)));
    if (directory !== undefined) return { problem: 'writable', directory };
    const stat = statSync(name);
    if (own && own.ino === stat.ino && own.dev === stat.dev) continue;
    const contents = readNamed(name);
    if ('unusable' in contents) return { problem: 'unusable', text: contents.unusable };
    if (isWritableByAll(contents)) return { problem: 'unusable', text: `${name} has global write permissions` };
    const compiled = name.endsWith('.bpf.c') ? compileBpf(name) : undefined;
    if (compiled && 'problem' in compiled) return compiled;
    const object = compiled ?? (name.endsWith('.bpf.o') ? contents.bytes : undefined);
    files.push({ name, text: contents.text, ...(object && { object }) });
  }
  return { files };
}

/** Told of each file whose being there or whose content was asked for. */
export type OnFile = (path: string, kind: 'header' | 'import') => void;

/** What a script names is looked for beside it and in the usual places. includeFiles: headers that are read before those of the script, as they were given. */
export function filesOf(scriptName: string, includeDirectories: readonly string[] = [], includeFiles: readonly string[] = [], onFile: OnFile = () => undefined): { readonly readImport: ReadImport; readonly readHeader: ReadHeader; readonly includes: readonly string[]; readonly link: Link } {
  const readImport = importReader(scriptName);
  return {
    includes: includeFiles.map((name) => includedAs(name, onFile)), readHeader: headerReader(scriptName, includeDirectories, onFile), link: linkObjects,
    readImport: (path, importer) => {
      onFile(path, 'import');
      return readImport(path, importer);
    },
  };
}

/** A folder that is closed to us, or a loop of links, has no headers. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What stands behind `#include` for such a header: a file as seen from where the command was started; else, as `linux/fs.h`, one of the
 *  system or the kernel; else one that is looked for beside the script and in the directories of -I. */
function includedAs(name: string, onFile: OnFile): string {
  const path = resolve(name);
  onFile(path, 'header');
  if (isFile(path)) return `"${path}"`;
  return /^[^./][^/]*\//.test(name) ? `<${name}>` : `"${name}"`;
}

/** Headers: `"x.h"` beside the script first, then the directories of -I, then those of the system and the kernel. */
export function headerReader(scriptName: string, directories: readonly string[], onFile: OnFile = () => undefined): ReadHeader {
  const kernel = ['source', 'build'].map((name) => `/lib/modules/${release()}/${name}/include`);
  const always = [...directories, '/usr/local/include', '/usr/include', `/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`, ...kernel];
  return (name, system) => {
    for (const directory of system ? always : [dirname(scriptName), ...always]) {
      const path = resolve(directory, name);
      if (path.includes('\0')) continue;
      onFile(path, 'header');
      if (!isFile(path)) continue;
      const contents = readNamed(path);
      if ('text' in contents) return { name: path, text: contents.text };
    }
    return undefined;
  };
}
