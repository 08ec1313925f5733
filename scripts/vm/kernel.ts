// Kernels of the rig: from a name in test/vm/kernels.json, or from an image anywhere.
//
//   in     '6.12', or the path of a bzImage whose modules lie in ../lib/modules/RELEASE or in /lib/modules/RELEASE
//   out    image, release, modules with their dependencies, configuration
//   facts  the release string in a bzImage: Documentation/arch/x86/boot.rst, field kernel_version

import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Complaint } from '../complaint.js';
import { fetchKernelPackage } from './apt.js';
import { cache, root } from './paths.js';

/** A kernel that a guest can run. */
export interface Kernel {
  /** what the rig calls it: 6.12, or the release of an image given by path */
  name: string;
  /** what `uname -r` says in it */
  release: string;
  image: string;
  /** lib/modules/RELEASE with modules.dep; undefined when everything is built in */
  modules: string | undefined;
  /** its .config, where that is known */
  config: string | undefined;
}

/** The kernels that the whole suite runs on, oldest first. */
export const knownKernels = JSON.parse(readFileSync(join(root, 'test/vm/kernels.json'), 'utf8')) as { name: string; suite: string; package: string }[];

/** Finds a kernel by name or path; downloads it when it is one of the rig's and not there yet. */
export function findKernel(nameOrPath: string): Kernel {
  const known = knownKernels.find((kernel) => kernel.name === nameOrPath);
  if (!known) {
    if (existsSync(nameOrPath)) return describe(undefined, resolve(nameOrPath));
    throw new Complaint(`'${nameOrPath}' is neither a kernel of the rig (${knownKernels.map((kernel) => kernel.name).join(', ')}) nor a file.`);
  }
  const folder = join(cache, 'kernels', known.name);
  if (!existsSync(folder)) fetchKernelPackage(known.suite, known.package, folder);
  const image = readdirSync(join(folder, 'boot')).find((name) => name.startsWith('vmlinuz-'));
  if (image === undefined) throw new Complaint(`${folder}/boot holds no vmlinuz: delete ${folder} and run again.`);
  return describe(known.name, join(folder, 'boot', image));
}

function describe(name: string | undefined, image: string): Kernel {
  const release = releaseOf(image);
  const tops = [join(dirname(image), '..'), dirname(image), '/'];
  const top = tops.find((folder) => existsSync(join(folder, 'lib/modules', release)));
  const config = [join(dirname(image), `config-${release}`), join(dirname(image), '.config')].find((file) => existsSync(file));
  const modules = top === undefined ? undefined : join(top, 'lib/modules', release);
  if (top !== undefined && top !== '/' && !existsSync(join(modules!, 'modules.dep'))) execFileSync('busybox', ['depmod', '-b', top, release]);
  return { name: name ?? release, release, image, modules, config };
}

/** The release that a bzImage says it is. */
function releaseOf(image: string): string {
  const head = Buffer.alloc(64 * 1024);
  const file = openSync(image, 'r');
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  if (head.toString('latin1', 0x202, 0x206) !== 'HdrS') throw new Complaint(`${image} is not an x86 kernel image (bzImage).`);
  const at = head.readUInt16LE(0x20e) + 0x200;
  return head.toString('latin1', at, head.indexOf(0, at)).split(' ')[0]!;
}

/** Files of the named modules and of all they need, in the order to load them. Built-in modules need none. */
export function loadOrder(kernel: Kernel, names: readonly string[]): string[] {
  if (kernel.modules === undefined) return [];
  const needs = new Map<string, string[]>();
  const pathByName = new Map<string, string>();
  for (const line of readFileSync(join(kernel.modules, 'modules.dep'), 'utf8').split('\n')) {
    const [path, ...rest] = line.split(/:? /);
    if (!path) continue;
    needs.set(path.replace(/:$/, ''), rest);
    pathByName.set(moduleName(path), path.replace(/:$/, ''));
  }
  const builtin = new Set(readFileSync(join(kernel.modules, 'modules.builtin'), 'utf8').split('\n').map(moduleName));
  const order: string[] = [];
  const visit = (path: string): void => {
    if (order.includes(path)) return;
    for (const need of needs.get(path) ?? []) visit(need);
    if (!order.includes(path)) order.push(path);
  };
  for (const name of names) {
    const path = pathByName.get(name);
    if (path !== undefined) visit(path);
    else if (!builtin.has(name)) throw new Complaint(`Kernel ${kernel.release} has no module ${name}: the guest cannot reach the host's files without it.`);
  }
  return order.map((path) => join(kernel.modules!, path));
}

const moduleName = (path: string) => path.replace(/:$/, '').replace(/^.*\//, '').replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
