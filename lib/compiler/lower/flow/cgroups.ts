// Probes that fire for tasks of some control groups only: those in Manifest.cgroups and all below them.
//
//   idea   the groups above the task's own are asked one after the other, from the root down: one that is made below a group of the set is in it from
//          its first process on, and nobody has to be told
//   facts  bpf_get_current_ancestor_cgroup_id() gives the id of the group at a level (0: the root) on the way to the task's own group of cgroup v2, and 0 below that
//          one. Ids are given once (kernel: kernfs_new_node counts generations), so that what is left of a removed group fits nobody

import { pointer, u64 } from '../../../model/ir/ir.js';
import { cgroupSet } from '../../../model/layout/cgroup-set.js';
import { countedLoop } from '../../../language/counted-loop.js';
import { newBlocks } from '../../../language/branches.js';
import type { Lowering } from '../lowering.js';
import { CGROUPS } from '../module-state.js';

/** Goes on where the task is in one of the groups; elsewhere `leave` runs, which ends in a return. */
export function onlyInCgroups({ b, f }: Lowering, leave: () => void): void {
  f.state.usesCgroups = true;
  const key = f.slot('cgroup.key', cgroupSet.keyBytes, 8);
  const [inside, outside] = newBlocks(b, 'inside', 'outside');
  countedLoop(b, cgroupSet.levels, outside, (level, next) => {
    const [there] = newBlocks(b, 'group');
    const id = b.call('get_current_ancestor_cgroup_id', [level], u64);
    b.branch('ne', id, b.const(0), there, outside);
    b.enter(there);
    b.store(key, 0, cgroupSet.keyBytes, id);
    const found = b.call('map_lookup_elem', [b.map(CGROUPS), key], pointer('map_value', true));
    b.branch('ne', found, b.const(0), inside, next);
  });
  b.enter(outside);
  leave();
  b.enter(inside);
}
