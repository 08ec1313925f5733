// What /proc says about processes: files they map, namespaces, names.

import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { parseMaps, type Mapping } from '../../model/target/process-maps.js';
import { errnoOf } from './errno.js';

/** undefined when there is no such process or it may not be looked into; [] for kernel threads. */
export function readMaps(pid: number): Mapping[] | undefined {
  return orUndefined(() => parseMaps(readFileSync(`/proc/${pid}/maps`, 'utf8')));
}

export function processExists(pid: number): boolean {
  return orUndefined(() => statSync(`/proc/${pid}`)) !== undefined;
}

/** Path of the program it runs, as seen in its own mount namespace; undefined for kernel threads and processes that ended. */
export function processExecutable(pid: number): string | undefined {
  return orUndefined(() => readlinkSync(`/proc/${pid}/exe`));
}

export function processComm(pid: number): string | undefined {
  return orUndefined(() => readFileSync(`/proc/${pid}/comm`, 'utf8').replace(/\n$/, ''));
}

/** Processes that there are now, as this process's /proc numbers them. */
export function processIds(): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Files mapped executable by the process, or by every process; sorted, without deleted ones and the kernel's own pages. */
export function mappedFiles(pid?: number): string[] {
  const files = new Set<string>();
  for (const one of pid === undefined ? processIds() : [pid]) {
    for (const mapping of readMaps(one) ?? []) {
      if (mapping.executable && mapping.path.startsWith('/') && !mapping.deleted) files.add(mapping.path);
    }
  }
  return [...files].sort();
}

/** '' when paths of the process are ours too, else the prefix that leads into its mount namespace and root folder. */
export function rootOf(pid: number): string {
  const same = orUndefined(() => readlinkSync(`/proc/${pid}/ns/mnt`) === readlinkSync('/proc/self/ns/mnt') && readlinkSync(`/proc/${pid}/root`) === readlinkSync('/proc/self/root'));
  return same === true ? '' : `/proc/${pid}/root`;
}

/** Processes end at any time, and some are closed to us: both mean that there is nothing to tell. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
