// What /proc says about processes: files they map, namespaces, names.

import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import { setting } from '../../../model/diagnostics/faces.js';
import { parseMaps, type Mapping } from '../../../model/target/process-maps.js';
import { readForeignFile } from '../../native/foreign-file.js';
import { errnoOf } from '../errno.js';

/** vm.max_map_count mappings with paths of usual length have less */
const MOST_MAPS_BYTES = 64 << 20;
/** of its status, and of its name */
const MOST_TEXT_BYTES = 1 << 20;

/** undefined when there is no such process or it may not be looked into; [] for kernel threads. */
export function readMaps(pid: number): Mapping[] | undefined {
  return orUndefined(() => parseMaps(readForeignFile(`/proc/${pid}/maps`, MOST_MAPS_BYTES).toString('utf8')));
}

export function processExists(pid: number): boolean {
  return orUndefined(() => statSync(`/proc/${pid}`)) !== undefined;
}

/** Whether a process can be followed by its number. @throws TbpfError  it is a thread, or has ended already */
export function checkFollowed(pid: number): void {
  const status = orUndefined(() => readForeignFile(`/proc/${pid}/status`, MOST_TEXT_BYTES).toString('latin1'));
  // A process that is missing or hidden is refused by the kernel later.
  if (status === undefined) return;
  const process = Number(/^Tgid:\s*(\d+)/m.exec(status)?.[1] ?? pid);
  if (process !== pid) throw new TbpfError(`${pid} is a thread of process ${process}`, { code: 'ESRCH', errno: 3, operation: 'open process', advice: `Give the process: ${setting('pid', `-p ${process}`, `{ pid: ${process} }`)}; a filter /tid == ${pid}/ picks the thread.` });
  if (/^State:\s*[ZX]/m.test(status)) throw new TbpfError(`process ${pid} has ended, and waits for its parent to take note (a zombie)`, { code: 'ESRCH', errno: 3, operation: 'open process' });
}

/** Path of the program it runs, as seen in its own mount namespace; undefined for kernel threads and processes that ended. */
export function processExecutable(pid: number): string | undefined {
  return orUndefined(() => readlinkSync(`/proc/${pid}/exe`));
}

export function processComm(pid: number): string | undefined {
  return orUndefined(() => readForeignFile(`/proc/${pid}/comm`, MOST_TEXT_BYTES).toString('utf8').replace(/\n$/, ''));
}

/** Processes that there are now, as this process's /proc numbers them. */
export function processIds(): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
}

/** The process and all that descend from it, as far as their parents live. */
export function withDescendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const one of processIds()) {
    const parent = parentOf(one);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), one]);
  }
  const found = [pid];
  for (const each of found) found.push(...(children.get(each) ?? []));
  return found;
}

function parentOf(pid: number): number | undefined {
  const stat = orUndefined(() => readForeignFile(`/proc/${pid}/stat`, MOST_TEXT_BYTES).toString('latin1'));
  // PID (name) state parent …; the name may hold anything
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Files mapped executable by the process, or by every process, as we can open them; sorted, each file once. The kernel's own pages are left out;
 *  deleted files and those that never had a name (memfd) are there of one process only, by the link that the kernel has for the mapping. */
export function mappedFiles(pid?: number): string[] {
  const pathByInode = new Map<string, string>();
  for (const one of pid === undefined ? processIds() : [pid]) {
    const files = (readMaps(one) ?? []).filter((mapping) => mapping.executable && mapping.inode !== 0 && mapping.path.startsWith('/') && (pid !== undefined || !mapping.deleted));
    const root = files.length === 0 ? '' : rootOf(one);
    for (const { device, inode, path, deleted, start, end } of files) {
      const key = `${device}:${inode}`;
      // the same file through our own mount namespace reads better
      if (deleted) pathByInode.set(key, `/proc/${one}/map_files/${start.toString(16)}-${end.toString(16)}`);
      else if (!pathByInode.has(key) || (root === '' && pathByInode.get(key)!.startsWith('/proc/'))) pathByInode.set(key, root + path);
    }
  }
  return [...new Set(pathByInode.values())].sort();
}

/** '' when paths of the process are ours too, else the prefix that leads into its mount namespace and root folder. */
export function rootOf(pid: number): string {
  const same = orUndefined(() => readlinkSync(`/proc/${pid}/ns/mnt`) === readlinkSync('/proc/self/ns/mnt') && readlinkSync(`/proc/${pid}/root`) === readlinkSync('/proc/self/root'));
  return same === true ? '' : `/proc/${pid}/root`;
}

/** Undefined for a process that has ended or is closed to us, which may happen at any time. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}
