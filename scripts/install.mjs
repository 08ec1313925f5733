// Runs when npm installs the package: the addon that the package brings is taken where it loads, elsewhere it is built.
//
//   in     prebuilt/, or a compiler, make, Python and the headers of libbpf, libelf and zlib
//   out    an addon that this Node can load; dist/tbpf.NODE-VERSION.cache
//   idea   whether the addon loads is tried, not guessed. What a build needs is looked for beforehand: node-gyp's own messages speak of
//          tools, not of packages
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCodeCache } from './code-cache.mjs';
import { missingForBuild, packagesFor } from './build-needs.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const addons = ['build/Release', 'prebuilt/linux-x64-glibc'].map((folder) => join(root, folder, 'tbpf.node'));

if (process.platform !== 'linux') {
  console.log('tbpf: this is not Linux: tbpf/syntax, tbpf/compiler and tbpf/simulate work, tracing does not.');
} else if (addons.some(loads) || build()) {
  if (existsSync(join(root, 'dist/tbpf.cjs'))) writeCodeCache();
} else {
  process.exitCode = 1;
}

/** In a process of its own: a library that does not fit may end it. */
function loads(file) {
  if (!existsSync(file)) return false;
  return spawnSync(process.execPath, ['-e', 'process.dlopen({ exports: {} }, process.argv[1])', file], { stdio: 'ignore' }).status === 0;
}

/** @returns false after it has said why not */
function build() {
  const missing = missingForBuild(process.env);
  if (missing.length > 0) {
    console.error(`tbpf: the addon must be built on this machine (${whyBuilt()}), and the build lacks ${missing.map(({ what }) => what).join(', ')}.\n${packagesFor(missing)}`);
    return false;
  }
  const gyp = process.env.npm_config_node_gyp;
  const [command, args] = gyp === undefined ? ['node-gyp', []] : [process.execPath, [gyp]];
  const { status, error } = spawnSync(command, [...args, 'rebuild'], { cwd: root, stdio: 'inherit' });
  if (error !== undefined) console.error(`tbpf: node-gyp cannot be run: ${error.message}`);
  return status === 0 && loads(addons[0]);
}

function whyBuilt() {
  if (!existsSync(addons[1])) return 'the package brings none';
  const { stderr } = spawnSync(process.execPath, ['-e', 'process.dlopen({ exports: {} }, process.argv[1])', addons[1]], { encoding: 'utf8' });
  return /Error: (.*)/.exec(stderr)?.[1] ?? 'the one that the package brings does not load';
}
