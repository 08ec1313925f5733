// Makes prebuilt/: the addon with the libraries that it needs, as the package brings them.
//
//   in     build/Release/tbpf.node; the libraries of this Debian, and their copyright files
//   out    prebuilt/linux-x64-glibc/: tbpf.node, libbpf.so.1, libelf.so.1, libz.so.1; licenses/ with a file per Debian package, the texts
//          that these files refer to, and SOURCES with the source packages and their versions
//   facts  the addon finds the libraries through its rpath $ORIGIN, which also holds for those that libbpf needs (DT_RPATH, not
//          DT_RUNPATH: ld.so(8)). glibc, libstdc++ and libgcc are not brought: Node itself needs them
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'prebuilt/linux-x64-glibc');
const licenses = join(folder, 'licenses');
/** what Node's own executable is linked with */
const ofNode = /^(libc|libm|libdl|libpthread|libstdc\+\+|libgcc_s|ld-linux-x86-64|linux-vdso)\.so/;

const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' });

if (process.arch !== 'x64') throw new Error(`the addon is built beforehand for x64 only, and this is ${process.arch}`);
rmSync(join(root, 'prebuilt'), { recursive: true, force: true });
mkdirSync(licenses, { recursive: true });

const addon = join(root, 'build/Release/tbpf.node');
run('strip', '--strip-unneeded', '-o', join(folder, 'tbpf.node'), addon);
const libraries = neededBy(addon);
for (const [name, path] of libraries) copyFileSync(path, join(folder, name));
describeLicenses([...libraries.values()]);
for (const [name, path] of neededBy(join(folder, 'tbpf.node'))) {
  if (path !== join(folder, name)) throw new Error(`${name} is taken from ${path}, not from beside the addon`);
}

/** Libraries that come with the addon: their names and files. */
function neededBy(file) {
  const found = [...run('ldd', file).matchAll(/^\s*(\S+) => (\S+) \(/gm)].map(([, name, path]) => [name, path]);
  return new Map(found.filter(([name]) => !ofNode.test(name)));
}

/** The copyright files of the Debian packages of these libraries. */
function describeLicenses(paths) {
  const texts = new Set();
  const sources = [];
  for (const path of paths) {
    const [name] = run('dpkg', '-S', `*/${basename(realpathSync(path))}`).split(':');
    const copyright = readFileSync(`/usr/share/doc/${name}/copyright`, 'utf8');
    writeFileSync(join(licenses, name), copyright);
    for (const [text] of copyright.matchAll(/\/usr\/share\/common-licenses\/[\w.-]*\w/g)) texts.add(realpathSync(text));
    const [source, version] = run('dpkg-query', '-W', '-f', '${source:Package} ${source:Version}', name).split(' ');
    sources.push(`${basename(path)}  Debian's package ${name}, source package ${source} ${version}\n`);
  }
  for (const text of texts) copyFileSync(text, join(licenses, basename(text)));
  writeFileSync(join(licenses, 'SOURCES'), `These libraries are unchanged copies of Debian's. https://snapshot.debian.org keeps the source packages.\n\n${sources.join('')}`);
}
