// What a build of the addon needs from the system, and which packages have it.
//
//   in     the environment: PATH, CC, CXX
//   out    what is missing; the lines that tell how to install it on Debian, Fedora and Alpine
//   facts  names of packages: packages.debian.org, packages.fedoraproject.org, pkgs.alpinelinux.org
import { spawnSync } from 'node:child_process';

/**
 * @typedef {object} Need
 * @property {string} what  as a message names it
 * @property {string} debian
 * @property {string} fedora
 * @property {string} alpine
 */

/** @type {(Need & { readonly command: string })[]} */
const commands = [
  { what: 'make', command: 'make', debian: 'make', fedora: 'make', alpine: 'make' },
  { what: 'bash', command: 'bash', debian: 'bash', fedora: 'bash', alpine: 'bash' },
  { what: 'Python 3', command: 'python3', debian: 'python3', fedora: 'python3', alpine: 'python3' },
];

/** @type {Need} */
const compiler = { what: 'a C++ compiler', debian: 'g++', fedora: 'gcc-c++', alpine: 'g++' };

/** @type {(Need & { readonly header: string })[]} */
const headers = [
  { what: "the C library's headers", header: 'stdlib.h', debian: 'libc6-dev', fedora: 'glibc-devel', alpine: 'musl-dev' },
  { what: "the kernel's headers for programs", header: 'linux/perf_event.h', debian: 'linux-libc-dev', fedora: 'kernel-headers', alpine: 'linux-headers' },
  { what: 'the headers of libbpf', header: 'bpf/libbpf.h', debian: 'libbpf-dev', fedora: 'libbpf-devel', alpine: 'libbpf-dev' },
  { what: 'the headers of libelf', header: 'gelf.h', debian: 'libelf-dev', fedora: 'elfutils-libelf-devel', alpine: 'elfutils-dev' },
  { what: 'the headers of zlib', header: 'zlib.h', debian: 'zlib1g-dev', fedora: 'zlib-devel', alpine: 'zlib-dev' },
];

/** @param {NodeJS.ProcessEnv} env
 *  @returns {Need[]} */
export function missingForBuild(env) {
  const works = (/** @type {string} */ command, /** @type {string[]} */ args, input = '') => spawnSync(command, args, { env, input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
  const cxx = env.CXX ?? 'g++';
  const missing = commands.filter(({ command }) => !works(command, ['--version']));
  // Without a compiler there is no telling which headers it would find.
  if (!works(cxx, ['--version'])) return [...missing, compiler, ...headers];
  return [...missing, ...headers.filter(({ header }) => !works(cxx, ['-E', '-x', 'c++', '-'], `#include <${header}>\n`))];
}

/** @param {readonly Need[]} missing */
export function packagesFor(missing) {
  const names = (/** @type {'debian' | 'fedora' | 'alpine'} */ system) => missing.map((need) => need[system]).join(' ');
  return `  Debian:  apt-get install ${names('debian')}\n  Fedora:  dnf install ${names('fedora')}\n  Alpine:  apk add ${names('alpine')}`;
}
