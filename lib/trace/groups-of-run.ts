// The control groups of a run (--cgroup, --container, --pod) in the kernel's set, from the first probe to the end.

import { cgroupSet } from '../model/layout/cgroup-set.js';
import { type CgroupChange, type CgroupFilter, Cgroups, CgroupWatch } from '../runtime/discover/index.js';
import type { NativeKernel } from '../runtime/session/native-kernel.js';

export class GroupsOfRun {
  private watch: CgroupWatch | undefined;

  /** @param warn  called with what keeps a group from being traced */
  constructor(
    private readonly kernel: Pick<NativeKernel, 'changeCgroups'>,
    private readonly filter: CgroupFilter,
    private readonly warn: (text: string) => void,
  ) {}

  /** Puts in the groups that there are, and from now on those that come. */
  begin(): void {
    let isThere = false;
    this.watch = new CgroupWatch(new Cgroups(), this.filter, (change) => {
      isThere = true;
      this.change(change);
    }, (error) => this.warn(`Control groups that come from now on are not traced: ${error.message}`));
    if (!isThere) this.warn(`No control group fits ${Object.values(this.filter).join(', ')} yet: it is traced when there is one.`);
  }

  close(): void {
    this.watch?.close();
  }

  private change({ come, gone }: CgroupChange): void {
    const deep = come.filter(({ path }) => path.split('/').length >= cgroupSet.levels);
    for (const { path } of deep) this.warn(`Control group ${path} lies ${cgroupSet.levels} levels deep or more: it is not traced.`);
    this.kernel.changeCgroups(come.filter((group) => !deep.includes(group)).map(({ id }) => id), gone.map(({ id }) => id));
  }
}
