// PID namespaces: the one tbpf runs in, whose numbers scripts see, and the one /proc was mounted for, by whose numbers processes are looked at.
//
//   facts  /proc/PID/ns/pid has device and inode of the namespace (namespaces(7)); PROC_PID_INIT_INO of include/linux/proc_ns.h is the
//          initial one. NSpid of /proc/PID/status lists the process's number in the namespace of this /proc and in each one inside it,
//          as far as its own: with one number the process is of /proc's namespace itself

import { statSync } from 'node:fs';
import { TbpfError } from '../../../model/diagnostics/errors.js';
import type { PidNamespace, Target } from '../../../model/target/target.js';
import { errnoOf } from '../errno.js';
import { readIfOpen } from '../files.js';
import { processIds } from '../user/processes.js';

const INITIAL_NAMESPACE = 0xefff_fffcn;

/** undefined: the initial one. */
export function ownPidNamespace(): PidNamespace | undefined {
  const own = readNamespace('/proc/self/ns/pid');
  return own?.inode === INITIAL_NAMESPACE ? undefined : own;
}

/** A namespace that no task is in: every process has the number 0 there, and addresses then have no names. */
const NOWHERE: PidNamespace = { device: 0n, inode: 0n };

/** undefined: the initial one. Where /proc is not of tbpf's own namespace, the namespace is read from any process in it that we may look at. */
export function procPidNamespace(): PidNamespace | undefined {
  if (isOfProcsNamespace('self')) return ownPidNamespace();
  for (const pid of processIds()) {
    const found = isOfProcsNamespace(pid) ? readNamespace(`/proc/${pid}/ns/pid`) : undefined;
    if (found !== undefined) return found.inode === INITIAL_NAMESPACE ? undefined : found;
  }
  return NOWHERE;
}

/** Every kernel that tbpf runs on has the NSpid line (Linux 4.1). Without /proc the namespace counts as tbpf's own. */
function isOfProcsNamespace(pid: number | 'self'): boolean {
  const numbers = /^NSpid:(.*)$/m.exec(readIfOpen(`/proc/${pid}/status`) ?? '')?.[1];
  return numbers === undefined ? pid === 'self' : numbers.trim().split(/\s+/).length === 1;
}

/** For -p and -c: what is read in /proc/PID must be of that process, and programs must see it under that number.
 * @throws TbpfError */
export function checkFollowable({ pidNamespace: own, procNamespace: proc }: Pick<Target, 'pidNamespace' | 'procNamespace'>, pid: number): void {
  if (own?.inode !== proc?.inode || own?.device !== proc?.device) {
    throw new TbpfError('/proc shows the processes of another PID namespace than the one tbpf runs in, under other numbers', {
      code: 'ERR_PID_NAMESPACE', operation: 'read /proc/self/status', advice: 'Give tbpf a /proc of its own: `unshare --mount-proc`, or enter the mount namespace too (`nsenter -m -p`).',
    });
  }
  const its = own === undefined ? undefined : readNamespace(`/proc/${pid}/ns/pid`);
  if (own !== undefined && its !== undefined && its.inode !== own.inode) {
    throw new TbpfError(`Process ${pid} is in a PID namespace inside the one tbpf runs in, where programs of tbpf cannot tell its number`, {
      code: 'ERR_PID_NAMESPACE', operation: `stat /proc/${pid}/ns/pid`, advice: 'Run tbpf in the PID namespace of the process, or in the initial one (on the host).',
    });
  }
}

function readNamespace(path: string): PidNamespace | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return { device: dev, inode: ino };
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'ESRCH'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}
