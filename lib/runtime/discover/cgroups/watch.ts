// The control groups that a filter means, while they come and go.
//
//   in     the filter; directories of cgroup v2
//   out    calls with the groups that are there now and were not before, and with those that are gone
//   idea   inotify on every directory whose content decides; what it cannot see (a name that an engine writes later, a limit of
//          watches) is found a second later
//   facts  the kernel tells of directories that are made and removed in cgroup v2 as in any file system

import { type FSWatcher, watch } from 'node:fs';
import type { Cgroup, CgroupFilter, Cgroups } from './cgroups.js';

const AGAIN_MS = 1000;

export interface CgroupChange {
  readonly come: readonly Cgroup[];
  readonly gone: readonly Cgroup[];
}

export class CgroupWatch {
  private readonly watchers = new Map<string, FSWatcher>();
  private known = new Map<bigint, Cgroup>();
  private readonly timer: NodeJS.Timeout;
  private soon: NodeJS.Immediate | undefined;
  private closed = false;

  /** @param changed  called at once with the groups that there are, if any, and whenever others are there
   *  @param failed   called once, when it can look no longer; the first look throws instead */
  constructor(
    private readonly cgroups: Cgroups,
    private readonly filter: CgroupFilter,
    private readonly changed: (change: CgroupChange) => void,
    private readonly failed: (error: Error) => void,
  ) {
    this.look();
    this.timer = setInterval(() => this.lookAgain(), AGAIN_MS).unref();
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
    clearImmediate(this.soon);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  private lookAgain(): void {
    try {
      this.look();
    } catch (error) {
      this.close();
      this.failed(error as Error);
    }
  }

  private look(): void {
    const looked = new Set<string>();
    const now = new Map(this.cgroups.wanted(this.filter, (directory) => looked.add(directory)).map((group) => [group.id, group]));
    const come = [...now.values()].filter(({ id }) => !this.known.has(id));
    const gone = [...this.known.values()].filter(({ id }) => !now.has(id));
    this.known = now;
    if (come.length + gone.length > 0) this.changed({ come, gone });
    // what came between looking and watching would be seen by nobody
    if (this.watch(looked)) this.lookSoon();
  }

  /** @returns whether there are directories that were not watched before */
  private watch(directories: ReadonlySet<string>): boolean {
    for (const [directory, watcher] of this.watchers) if (!directories.has(directory)) this.forget(directory, watcher);
    let more = false;
    for (const directory of directories) {
      if (this.watchers.has(directory)) continue;
      try {
        const watcher = watch(directory, { persistent: false }, (event) => event === 'rename' && this.lookSoon());
        watcher.on('error', () => this.forget(directory, watcher));
        this.watchers.set(directory, watcher);
        more = true;
      } catch {
        // the directory is gone, or there are too many watches: the timer looks again
      }
    }
    return more;
  }

  private forget(directory: string, watcher: FSWatcher): void {
    watcher.close();
    this.watchers.delete(directory);
  }

  private lookSoon(): void {
    if (this.closed) return;
    this.soon ??= setImmediate(() => {
      this.soon = undefined;
      this.lookAgain();
    }).unref();
  }
}
