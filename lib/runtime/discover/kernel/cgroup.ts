// Ids and paths of control groups.
//
//   facts  on cgroup2 the id that bpf_get_current_cgroup_id() gives is the inode number of the folder, as name_to_handle_at tells
//          it too (64-bit kernels, since 5.5); hierarchies of cgroup v1 have ids in the same way, each its own

import { readFileSync, readdirSync, statSync, statfsSync } from 'node:fs';
import { errnoOf } from '../errno.js';
import { matcher } from '../../../model/target/pattern.js';

const CGROUP2_SUPER_MAGIC = 0x63677270;

/** Id of a cgroup v2 folder; undefined when it does not exist or is of another file system. */
export function cgroupId(path: string): bigint | undefined {
  try {
    return statfsSync(path).type === CGROUP2_SUPER_MAGIC ? statSync(path, { bigint: true }).ino : undefined;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

export interface CgroupHierarchy {
  /** `unified` for v2, else the controllers or the name: `cpu,cpuacct`, `systemd` */
  readonly name: string;
  readonly mountPoint: string;
}

const controllerNames = ['cpuset', 'cpu', 'cpuacct', 'blkio', 'memory', 'devices', 'freezer', 'net_cls', 'perf_event', 'net_prio', 'hugetlb', 'pids', 'rdma', 'misc', 'debug'];

/** Mounted hierarchies of /proc/self/mountinfo, the unified one first. */
export function parseHierarchies(mountinfo: string): CgroupHierarchy[] {
  const found: CgroupHierarchy[] = [];
  for (const line of mountinfo.split('\n')) {
    const [left, right] = line.split(' - ');
    if (right === undefined) continue;
    const [type, , superOptions = ''] = right.split(' ');
    const mountPoint = left!.split(' ')[4]!.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    if (type === 'cgroup2') found.unshift({ name: 'unified', mountPoint });
    if (type === 'cgroup') {
      const options = superOptions.split(',');
      const named = options.find((option) => option.startsWith('name='))?.slice('name='.length);
      const controllers = options.filter((option) => controllerNames.includes(option));
      found.push({ name: controllers.length > 0 ? controllers.join(',') : named ?? 'unknown', mountPoint });
    }
  }
  return found.filter((one, index) => found.findIndex((other) => other.name === one.name) === index);
}

/** What is known of a hierarchy. */
interface Walked {
  readonly pathById: Map<bigint, string>;
  /** ids that it did not have, each with the time from which on it is looked for again */
  readonly missed: Map<bigint, number>;
  /** no walk before: a tree of thousands of groups takes its time */
  notBeforeMs: number;
}

const MOST_MISSED = 4096;
/** Ids of control groups that are gone do not come back; that of one in a hierarchy mounted later may. */
const MISSED_MS = 10_000;
/** The next walk is at least so many times further away than the last one took. */
const REST = 10;

/** Paths of control groups by id, for cgroup_path(): a hierarchy's folders are walked when an id is not known yet. What a walk did not find
 *  is remembered, for groups that are gone are printed as often as others. */
export class CgroupPaths {
  readonly #hierarchies: readonly CgroupHierarchy[];
  readonly #walk: (mountPoint: string) => Map<bigint, string>;
  readonly #now: () => number;
  readonly #walkedByName = new Map<string, Walked>();

  /** @param walk  folders below a mount point by inode number
   *  @param now   ms of a clock that never goes back */
  constructor(hierarchies: readonly CgroupHierarchy[] = parseHierarchies(readFileSync('/proc/self/mountinfo', 'utf8')), walk = walkFolders, now = (): number => performance.now()) {
    this.#hierarchies = hierarchies;
    this.#walk = walk;
    this.#now = now;
  }

  /** `name:path` of every hierarchy whose name matches the filter and that has this id; '' when none has. */
  render(id: bigint, filter = '*'): string {
    const wanted = matcher(filter);
    return this.#hierarchies
      .filter(({ name }) => wanted(name))
      .map((hierarchy) => ({ hierarchy, path: this.#find(hierarchy, id) }))
      .filter(({ path }) => path !== undefined)
      .map(({ hierarchy, path }) => `${hierarchy.name}:${path}`)
      .join(',');
  }

  /** Path in cgroup v2, which begins with `/`; undefined: there is no such group, or it is gone. */
  unified(id: bigint): string | undefined {
    const hierarchy = this.#hierarchies.find(({ name }) => name === 'unified');
    return hierarchy && this.#find(hierarchy, id);
  }

  #find(hierarchy: CgroupHierarchy, id: bigint): string | undefined {
    const known = this.#walkedByName.get(hierarchy.name);
    const path = known?.pathById.get(id);
    const before = this.#now();
    if (path !== undefined || (known !== undefined && (before < known.notBeforeMs || before < (known.missed.get(id) ?? 0)))) return path;
    const pathById = this.#walk(hierarchy.mountPoint);
    const now = this.#now();
    const missed = known === undefined || known.missed.size >= MOST_MISSED ? new Map<bigint, number>() : known.missed;
    this.#walkedByName.set(hierarchy.name, { pathById, missed, notBeforeMs: now + (now - before) * REST });
    const found = pathById.get(id);
    if (found === undefined) missed.set(id, now + MISSED_MS);
    else missed.delete(id);
    return found;
  }
}

/** Folders below a mount point by inode number; `/` is the mount point. Groups that vanish meanwhile are left out. */
function walkFolders(mountPoint: string): Map<bigint, string> {
  const pathById = new Map<bigint, string>();
  const pending = [''];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    try {
      pathById.set(statSync(mountPoint + path, { bigint: true }).ino, path || '/');
      for (const entry of readdirSync(mountPoint + path, { withFileTypes: true })) if (entry.isDirectory()) pending.push(`${path}/${entry.name}`);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
  return pathById;
}
