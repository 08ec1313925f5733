// Process and thread ids as tbpf's own PID namespace sees them (language.md 4.1, `pid`).

import { u64 } from '../model/ir/ir.js';
import type { Value } from '../model/ir/ir.js';
import type { LowerContext } from './record.js';

/** tgid << 32 | pid of the current task. In a namespace of its own tbpf asks the kernel for that namespace's numbers. */
export function currentIds(l: LowerContext): Value {
  const namespace = l.target.pidNamespace;
  if (!namespace) return l.b.call('get_current_pid_tgid', [], u64);
  // struct bpf_pidns_info { u32 pid; u32 tgid; }
  const info = l.temporaryBytes(8, 'pidns');
  l.b.store(info, 0, 8, 0);
  l.b.call('get_ns_current_pid_tgid', [l.b.const(namespace.device), l.b.const(namespace.inode), info, l.b.const(8)]);
  const tgid = l.b.load(info, 4, 4);
  return l.b.binary('or', l.b.shl(tgid, 32), l.b.load(info, 0, 4), u64);
}
