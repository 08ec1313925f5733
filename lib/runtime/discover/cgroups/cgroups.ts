// Control groups by path, by container and by pod.
//
//   in     a path or pattern, a container's name or id, a pod's name
//   out    directories of cgroup v2 with the ids that the kernel gives them
//   facts  the id of a group is the inode number of its directory. Names of directories: container-names.ts

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import { shellPattern } from '../../../model/target/shell-pattern.js';
import { ContainerNames } from './container-names.js';
import { errnoOf } from '../errno.js';

/** Whose processes count; what is given must all hold. A group counts with all below it. */
export interface CgroupFilter {
  /** a path of cgroup v2, from the root of the file system or of the hierarchy, or a shell pattern of one */
  readonly cgroup?: string;
  /** a container's name, or its id from the start, 6 digits at least */
  readonly container?: string;
  /** `NAMESPACE/NAME` of a pod */
  readonly pod?: string;
}

export interface Cgroup {
  /** path below the root of the hierarchy, without `/` at its start; the root itself is empty */
  readonly path: string;
  readonly id: bigint;
}

export class Cgroups {
  private readonly names: ContainerNames;

  /** @param root  where the machine's files are found; other than `/` in tests */
  constructor(private readonly root = '/') {
    this.names = new ContainerNames(root);
  }

  /** Where cgroup v2 is mounted.
   * @throws TbpfError  ERR_NO_CGROUP: nowhere */
  get mount(): string {
    const line = readFileSync(join(this.root, 'proc/self/mounts'), 'utf8').split('\n').find((each) => each.split(' ')[2] === 'cgroup2');
    if (line === undefined) throw missing('Control groups of version 2 are not mounted here', 'Mount them: mount -t cgroup2 none /sys/fs/cgroup');
    return join(this.root, line.split(' ')[1]!);
  }

  /** The groups that fit now, perhaps none. Of groups within each other the outer one is enough.
   * @param look  called with each directory whose content decided about it
   * @throws OptionError  no pattern, no name of a pod;  TbpfError  cgroup v2 is not mounted */
  wanted({ cgroup, container, pod }: CgroupFilter, look: (directory: string) => void = () => undefined): readonly Cgroup[] {
    const walk = new Walk(this.mount, look);
    const lists = [
      ...(cgroup === undefined ? [] : [this.matching(cgroup, walk)]),
      ...(container === undefined ? [] : [walk.search(this.names.groupOfContainer(container))]),
      ...(pod === undefined ? [] : [walk.search(this.names.groupOfPod(pod))]),
    ];
    const paths = lists.reduce(within);
    return paths.flatMap((path) => walk.cgroup(path) ?? []);
  }

  /** The same, where at least one has to be there: patterns may wait for the first, names may not.
   * @throws TbpfError  ERR_NO_CGROUP: there is no such group, container or pod;  OptionError */
  named(filter: CgroupFilter): readonly Cgroup[] {
    const { cgroup, container, pod } = filter;
    if (cgroup !== undefined && !isPattern(cgroup) && this.wanted({ cgroup }).length === 0) throw missing(`There is no control group ${cgroup} below ${this.mount}`, 'systemd-cgls shows those that there are; a pattern, as in web*, waits for one.');
    if (container !== undefined && this.wanted({ container }).length === 0) throw missing(`There is no running container ${container}: neither Docker, podman, containerd, CRI-O, systemd-nspawn nor LXC has it`, 'Start it first.');
    if (pod !== undefined && this.wanted({ pod }).length === 0) throw missing(`There is no pod ${pod} on this machine`, 'kubectl get pods -A -o wide says where it runs.');
    return this.wanted(filter);
  }

  private matching(pattern: string, walk: Walk): string[] {
    const absolute = join(this.root, pattern);
    const below = absolute === walk.mount || absolute.startsWith(`${walk.mount}/`) ? absolute.slice(walk.mount.length) : pattern;
    let found = [''];
    for (const part of below.split('/').filter((each) => each)) {
      const regex = shellPattern(part);
      found = found.flatMap((path) => walk.children(path).filter((name) => regex.test(name)).map((name) => join(path, name)));
    }
    return found;
  }
}

/** Directories of the hierarchy; one may go while it is looked at. */
class Walk {
  constructor(
    readonly mount: string,
    private readonly look: (directory: string) => void,
  ) {}

  cgroup(path: string): Cgroup | undefined {
    const id = orGone(() => statSync(join(this.mount, path), { bigint: true }).ino);
    return id === undefined ? undefined : { path, id };
  }

  /** Paths by the name of their directory; what lies below one that fits belongs to it. */
  search(fits: (name: string) => boolean, from = ''): string[] {
    return this.children(from).flatMap((name) => {
      const path = join(from, name);
      return fits(name) ? [path] : this.search(fits, path);
    });
  }

  children(path: string): string[] {
    const directory = join(this.mount, path);
    this.look(directory);
    return orGone(() => readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name)) ?? [];
  }
}

/** Groups of both lists: of two within each other the inner one. */
function within(list: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...list.filter((path) => others.some((other) => isWithin(path, other))), ...others.filter((path) => list.some((other) => isWithin(path, other)))])];
}

function isWithin(path: string, outer: string): boolean {
  return outer === '' || path === outer || path.startsWith(`${outer}/`);
}

function isPattern(path: string): boolean {
  return /[*?[{]/.test(path);
}

function missing(message: string, advice: string): TbpfError {
  return new TbpfError(message, { code: 'ERR_NO_CGROUP', advice });
}

function orGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // ENODEV: a group that is being removed
    if (['ENOENT', 'ENOTDIR', 'ENODEV'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}
