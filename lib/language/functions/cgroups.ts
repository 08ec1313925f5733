// Control groups: cgroupid, cgroup_path.
//
//   facts  the id of a control group is the inode number of its folder; cgroup_path_t in memory: model/layout/value.ts

import { uint64 } from '../../model/types/types.js';
import * as say from '../diagnostics.js';
import { argumentOf, defineFunction } from './define.js';

export const cgroupid = defineFunction({
  name: 'cgroupid', mode: 'C', doc: 'Id of a control group (cgroup v2), to compare with cgroup.',
  params: [{ name: 'path', accepts: 'literal string', doc: 'its folder, for example /sys/fs/cgroup/system.slice' }],
  check(call, c) {
    const path = String(c.literal(call.args[0]!));
    if (!c.portable && c.target.cgroupId(path) === undefined) c.report(say.noControlGroup.at(call.args[0]!.span, { path }));
    return uint64;
  },
  lower(call, l) {
    const path = String(l.literal(call.args[0]!));
    return l.portable ? l.startValue(`cgroup ${path}`, 8) : l.b.const(l.target.cgroupId(path)!);
  },
});

export const cgroupPath = defineFunction({
  name: 'cgroup_path', mode: 'R', doc: 'Paths of a control group: unified:/system.slice.',
  params: [
    { name: 'id', accepts: 'integer', doc: 'id of the group, as cgroup has it' },
    { name: 'filter', accepts: 'literal string', optional: true, doc: 'names of hierarchies that count, with `*`; unified is that of cgroup v2' },
  ],
  check: (call, c) => ({ kind: 'cgroup_path', filter: call.args[1] ? String(c.literal(call.args[1])) : '' }),
  lowerInto(call, l, to) {
    l.b.store(to.base, to.offset, 8, l.value(argumentOf(call, 0), uint64));
    l.b.store(to.base, to.offset + 8, 8, 0);
  },
});
