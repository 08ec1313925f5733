// Where the addon is.
//
//   in     the place of the running code: lib/ or .cache/ of a clone, dist/ of the package, or a bundle that somebody made of the package
//   out    the file to load; what to do where there is none or it cannot be loaded
//   idea   build/Release holds what was built on this machine, prebuilt/ what the package brings for x86-64 and glibc. A bundle looks in the
//          package tbpf that require() would find from its place, then beside itself
//   facts  bundlers leave `import.meta.url` empty in CommonJS, where `__filename` is

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TbpfError } from '../../model/diagnostics/errors.js';

declare const __filename: string | undefined;

const PREBUILT = 'prebuilt/linux-x64-glibc';

/** The running file. */
function ownFile(): string {
  const url: string | undefined = import.meta.url;
  return url ? fileURLToPath(url) : typeof __filename === 'string' ? __filename : process.argv[1] ?? process.execPath;
}

let root: string | undefined;

/** Folder of the package, with its package.json.
 * @throws TbpfError ERR_ADDON  the code was bundled, and runs where no package tbpf is */
export function packageRoot(): string {
  root ??= enclosingPackage(ownFile()) ?? installedPackage(ownFile());
  if (root === undefined) throw notFound(ownFile());
  return root;
}

/** The package tbpf that a file lies in. */
function enclosingPackage(file: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const description = join(folder, 'package.json');
    if (existsSync(description) && (JSON.parse(readFileSync(description, 'utf8')) as { name?: string }).name === 'tbpf') return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The package tbpf that a file can require. */
function installedPackage(file: string): string | undefined {
  try {
    return dirname(createRequire(file).resolve('tbpf/package.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return undefined;
  }
}

/** The addon's file.
 * @throws TbpfError ERR_ADDON  there is none */
export function addonFile(own = ownFile()): string {
  const folder = enclosingPackage(own) ?? installedPackage(own);
  const places = [...(folder === undefined ? [] : [join(folder, 'build/Release'), join(folder, PREBUILT)]), join(dirname(own), PREBUILT)];
  const found = places.map((place) => join(place, 'tbpf.node')).find((file) => existsSync(file));
  if (found !== undefined) return found;
  if (folder === undefined) throw notFound(own);
  throw new TbpfError(`the native addon is not built: ${places[0]!}/tbpf.node is missing`, { code: 'ERR_ADDON', advice: howToBuild(folder) });
}

function notFound(own: string): TbpfError {
  return new TbpfError(`the native addon of tbpf is not found from ${own}`, {
    code: 'ERR_ADDON',
    advice: `A bundle needs the package tbpf in a node_modules folder above it, or the package's folder ${PREBUILT} beside it.`,
  });
}

/** A clone is built by its set-up, an installed package by npm. */
function howToBuild(folder: string): string {
  return existsSync(join(folder, 'scripts/setup.sh')) ? `Run: ${join(folder, 'scripts/setup.sh')}` : `Run: npm rebuild tbpf (in ${dirname(dirname(folder))})`;
}

/** Why the addon was not loaded, for people. */
export function explainAddon(file: string, cause: unknown): TbpfError {
  const text = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!;
  const library = /(lib(?:bpf|elf|z|stdc\+\+)\.so[.\d]*): cannot open/.exec(text)?.[1];
  if (library !== undefined) {
    return new TbpfError(`the native addon needs ${library}, which is not installed`, { code: 'ERR_ADDON', cause, advice: 'On Debian: apt-get install libbpf1 libelf1 zlib1g libstdc++6' });
  }
  const folder = enclosingPackage(file);
  return new TbpfError(`the native addon cannot be loaded: ${text}`, {
    code: 'ERR_ADDON', cause, advice: `It may be built for another machine. ${folder === undefined ? 'Copy it from the package tbpf that is installed on this one.' : howToBuild(folder)}`,
  });
}
