// The addon, loaded once per thread. The only importer of build/Release/tbpf.node.
//
//   idea   the same code runs from lib/, from dist/lib/ and from one bundled file, so the package is found by walking up to its package.json
//   errors what the addon throws are already TbpfErrors: ./errors.ts makes them

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TbpfError } from '../../model/diagnostics/errors.js';
import { createNativeError } from './errors.js';
import type { NativeAddon } from './types.js';

export type * from './types.js';
export { RECORD_HEADER_BYTES } from './types.js';
export { createNativeError } from './errors.js';

const here = import.meta.url;

let loaded: NativeAddon | undefined;
let root: string | undefined;

/** Folder of the package, with its package.json. */
export function packageRoot(): string {
  if (root !== undefined) return root;
  for (let folder = dirname(fileURLToPath(here)); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'tbpf') return (root = folder);
    if (dirname(folder) === folder) {
      throw new TbpfError('the files of tbpf are not in its package any more: no package.json named tbpf above them', { code: 'ERR_ADDON' });
    }
  }
}

/** The addon. Cheap after the first call.
 * @throws TbpfError ERR_ADDON when it is not built, or a library it needs is missing */
export function loadNative(): NativeAddon {
  if (loaded !== undefined) return loaded;
  const file = join(packageRoot(), 'build', 'Release', 'tbpf.node');
  const module = { exports: {} as NativeAddon };
  try {
    process.dlopen(module, file); // what require() comes down to, without its search
  } catch (cause) {
    throw explain(file, cause);
  }
  module.exports.setErrorFactory(createNativeError);
  return (loaded = module.exports);
}

function explain(file: string, cause: unknown): TbpfError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const library = /(lib(?:bpf|elf|z|stdc\+\+)\.so[.\d]*)/.exec(text)?.[1];
  if (!existsSync(file)) {
    return new TbpfError(`the native addon is not built: ${file} is missing`, {
      code: 'ERR_ADDON',
      cause,
      advice: 'Run: npm run build:addon (scripts/setup.sh also installs what it needs)',
    });
  }
  if (library !== undefined) {
    return new TbpfError(`the native addon needs ${library}, which is not installed`, {
      code: 'ERR_ADDON',
      cause,
      advice: 'On Debian: apt-get install libbpf1 libelf1 zlib1g (scripts/setup.sh does it)',
    });
  }
  return new TbpfError(`the native addon cannot be loaded: ${text.split('\n')[0]}`, {
    code: 'ERR_ADDON',
    cause,
    advice: 'It may be built for another Node.js or machine. Run: npm run build:addon',
  });
}
