// The package on a machine that has Node and nothing else.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { lacksDebian, runInDebian } from '../helpers/debian-root.js';
import { installAndTrace } from '../helpers/first-steps.js';
import { needs } from '../helpers/needs.js';
import { packInto } from '../helpers/packed.js';

const MOST_BYTES = 4_000_000;

t.test('a machine with Node alone', { skip: process.arch !== 'x64' && 'the package brings an addon for x64 only' }, async (t) => {
  if (!needs(t, 'root', 'software')) return;
  const lack = lacksDebian();
  if (lack !== undefined) return void t.plan(0, lack);
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-package-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { path, size, files } = packInto(folder);

  t.test('the package holds what is used', async (t) => {
    t.ok(size <= MOST_BYTES, `${size} bytes`);
    t.same(files.filter((name) => !/^(addon|bin|dist|docs|examples|node_modules|prebuilt|tools)\//.test(name)).sort(), [
      'CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'binding.gyp', 'man/tbpf-language.7', 'man/tbpf.8', 'package.json',
      'scripts/build-needs.mjs', 'scripts/code-cache.mjs', 'scripts/install.mjs', 'scripts/static-demangler.sh',
    ]);
    t.same(files.filter((name) => /\.map$|\.cache$|(^|\/)test|\/vm\/|[^d]\.ts$/.test(name) && !name.startsWith('node_modules/')), []);
    for (const name of ['prebuilt/linux-x64-glibc/licenses/libbpf1', 'prebuilt/linux-x64-glibc/licenses/LGPL-2.1', 'prebuilt/linux-x64-glibc/licenses/SOURCES', 'dist/licenses.txt']) t.ok(files.includes(name), name);
  });

  t.test('installed without a network it traces', async (t) => {
    const { found, wanted } = installAndTrace(path);
    t.same(found, wanted);
  });

  t.test('where the addon does not load, and nothing is there to build it', async (t) => {
    const { stdout, status } = runInDebian({
      tarball: path,
      script: 'mkdir /x && cd /x && npm i --offline --ignore-scripts --no-audit --no-fund /tbpf.tgz >/dev/null && cd node_modules/tbpf && echo broken >prebuilt/linux-x64-glibc/libbpf.so.1 && { node scripts/install.mjs 2>&1 && exit 7 || echo "status $?"; }',
    });
    t.equal(status, 0, stdout);
    t.match(stdout, /the addon must be built on this machine \(.*libbpf\.so\.1.*\), and the build lacks make, Python 3, a C\+\+ compiler, /);
    t.match(stdout, 'Debian:  apt-get install make python3 g++ libc6-dev linux-libc-dev libbpf-dev libelf-dev zlib1g-dev\n');
    t.match(stdout, 'Fedora:  dnf install make python3 gcc-c++ glibc-devel kernel-headers libbpf-devel elfutils-libelf-devel zlib-devel\n');
    t.match(stdout, 'Alpine:  apk add make python3 g++ musl-dev linux-headers libbpf-dev elfutils-dev zlib-dev\n');
    t.match(stdout, /status 1\n$/);
  });
});
