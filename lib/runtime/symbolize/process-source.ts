// What lies where in one process: its executable mappings at one moment.
//
//   facts  paths are those of the process's mount namespace: they are opened below /proc/PID/root while it lives; a file that was
//          replaced or deleted is still there as /proc/PID/map_files/START-END

import { readlinkSync, statSync } from 'node:fs';
import { parseMaps, type Mapping } from '../../model/target/process-maps.js';
import { readForeignFile } from '../native/foreign-file.js';
import { answers } from './far-file.js';

/** vm.max_map_count mappings with paths of usual length have less */
const MOST_MAPS_BYTES = 64 << 20;
const MOST_STATUS_BYTES = 1 << 20;

export class ProcessSource {
  readonly pid: number;
  /** executable ones, ascending */
  readonly mappings: readonly Mapping[];
  /** the program it ran when this was read: another one means that all has changed */
  readonly program: string;
  /** its own number in its innermost PID namespace, by which run-time compilers name their files */
  readonly innerPid: number;

  /** the user it runs as */
  readonly uid: number;
  /** its paths are ours: the same mount namespace and root folder */
  readonly sharesRoot: boolean;

  private constructor(pid: number, mappings: readonly Mapping[], program: string, innerPid: number, uid: number, sharesRoot: boolean) {
    this.pid = pid;
    this.uid = uid;
    this.sharesRoot = sharesRoot;
    this.mappings = mappings;
    this.program = program;
    this.innerPid = innerPid;
  }

  /** undefined when the process has ended, or is closed to us. */
  static read(pid: number): ProcessSource | undefined {
    const program = programOf(pid);
    if (program === undefined) return undefined;
    try {
      const mappings = parseMaps(readForeignFile(`/proc/${pid}/maps`, MOST_MAPS_BYTES).toString('utf8')).filter((mapping) => mapping.executable);
      const inner = /^NSpid:.*?(\d+)$/m.exec(readForeignFile(`/proc/${pid}/status`, MOST_STATUS_BYTES).toString('latin1'))?.[1];
      return mappings.length === 0 ? undefined : new ProcessSource(pid, mappings, program, inner === undefined ? pid : Number(inner), statSync(`/proc/${pid}`).uid, sharesRoot(pid));
    } catch {
      // it ended meanwhile, or maps more than is read
      return undefined;
    }
  }

  find(address: bigint): Mapping | undefined {
    return this.mappings.find((mapping) => address >= mapping.start && address < mapping.end);
  }

  /** Still the same program in the same process. */
  get isCurrent(): boolean {
    return programOf(this.pid) === this.program;
  }

  /** Places where the mapped file may be opened, the best first; none when its file system does not answer. What a path leads to is believed
   *  when it is the inode that is mapped: the link of the mapping always is, and all that is left when the process has ended is a path. */
  pathsOf(mapping: Mapping): string[] {
    const inside = `/proc/${this.pid}/root${mapping.path}`;
    const byRange = `/proc/${this.pid}/map_files/${mapping.start.toString(16)}-${mapping.end.toString(16)}`;
    if (!answers(this.pid, mapping.device, byRange)) return [];
    if (mapping.deleted) return [byRange];
    if (isMappedFile(inside, mapping) || isSameFile(inside, byRange)) return [inside];
    // some file systems (overlayfs, btrfs) show stat(2) another device than /proc/PID/maps has
    const sameInode = (path: string): boolean => isMappedFile(path, mapping, true);
    const outside = this.sharesRoot ? sameInode(mapping.path) : isMappedFile(mapping.path, mapping);
    return [byRange, ...(sameInode(inside) ? [inside] : []), ...(outside ? [mapping.path] : [])];
  }

  /** Its root folder, for what is looked for in there; undefined where that is ours. */
  get ownRoot(): string | undefined {
    return this.sharesRoot ? undefined : `/proc/${this.pid}/root`;
  }

  /** Where a run-time compiler in the process writes its names. */
  get perfMapPaths(): string[] {
    return [`/proc/${this.pid}/root/tmp/perf-${this.innerPid}.map`, `/tmp/perf-${this.pid}.map`];
  }
}

function sharesRoot(pid: number): boolean {
  return ['ns/mnt', 'root'].every((link) => readlinkSync(`/proc/${pid}/${link}`) === readlinkSync(`/proc/self/${link}`));
}

/** What /proc/PID/exe points to; undefined when the process has ended or is closed to us. */
function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/** Whether the path leads to the file that is mapped: in its own mount namespace a process puts what it likes there, which must not be
 *  taken for the file of the same name that others map. Everything that goes wrong on the way (links in a circle, a file system of the
 *  process's own that refuses us) means that it does not. */
export function isMappedFile(path: string, { inode, device }: Pick<Mapping, 'inode' | 'device'>, onAnyDevice = false): boolean {
  try {
    const { ino, dev } = statSync(path);
    return ino === inode && (onAnyDevice || deviceText(dev) === device);
  } catch {
    return false;
  }
}

function isSameFile(a: string, b: string): boolean {
  try {
    const [first, second] = [statSync(a), statSync(b)];
    return first.ino === second.ino && first.dev === second.dev;
  } catch {
    return false;
  }
}

/** As /proc/PID/maps writes a device number of stat(2): makedev(3). */
function deviceText(dev: number): string {
  const low = dev % 2 ** 32;
  const major = ((low >>> 8) & 0xfff) + Math.floor(dev / 2 ** 44) * 2 ** 12;
  const minor = (low & 0xff) | ((Math.floor(dev / 2 ** 12) & 0xffffff) & ~0xff);
  return `${major.toString(16).padStart(2, '0')}:${minor.toString(16).padStart(2, '0')}`;
}
