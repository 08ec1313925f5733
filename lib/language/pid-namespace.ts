// Process and thread ids as a PID namespace sees them (language.md 4.1, `pid`).
//
//   facts  bpf_get_ns_current_pid_tgid (Linux 5.7) fails for a task outside the namespace and clears its result: such a task has the
//          number 0

import { u64 } from '../model/ir/ir.js';
import type { Value } from '../model/ir/ir.js';
import type { PidNamespace } from '../model/target/target.js';
import type { LowerContext } from './record.js';

/** tgid << 32 | pid of the current task, as tbpf's own namespace numbers it: what scripts see and -p filters by. */
export function currentIds(l: LowerContext): Value {
  return l.portable ? idsAtStart('pid', l) : idsIn(l.target.pidNamespace, l);
}

/** Process id of the current task as /proc numbers it. User addresses are recorded with it, and symbolized by it later. */
export function procPid(l: LowerContext): Value {
  return l.b.shr(l.portable ? idsAtStart('proc', l) : idsIn(l.target.procNamespace, l), 32);
}

/** In the initial namespace the kernel's own numbers do, which a cheaper helper gives. */
function idsIn(namespace: PidNamespace | undefined, l: LowerContext): Value {
  if (!namespace) return l.b.call('get_current_pid_tgid', [], u64);
  return namespaceIds(l, l.b.const(namespace.device), l.b.const(namespace.inode));
}

/** Which namespace it is, is known when the program is loaded: the kernel drops the other way. */
function idsAtStart(which: 'pid' | 'proc', l: LowerContext): Value {
  const inode = l.startValue(`${which}_ns_inode`, 8);
  return l.select('eq', inode, 0, () => idsIn(undefined, l), () => namespaceIds(l, l.startValue(`${which}_ns_device`, 8), inode));
}

function namespaceIds(l: LowerContext, device: Value, inode: Value): Value {
  // struct bpf_pidns_info { u32 pid; u32 tgid; }
  const info = l.temporaryBytes(8, 'pidns');
  l.b.store(info, 0, 8, 0);
  l.b.call('get_ns_current_pid_tgid', [device, inode, info, l.b.const(8)]);
  const tgid = l.b.load(info, 4, 4);
  return l.b.binary('or', l.b.shl(tgid, 32), l.b.load(info, 0, 4), u64);
}
