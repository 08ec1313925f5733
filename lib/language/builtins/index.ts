// Every builtin value by name.

import type { BuiltinRecord } from '../record.js';
import { cpid, cpu, elapsed, hasCpid, jiffies, ncpus, nsecs, numaid, rand, usermode } from './machine.js';
import { args, argument, ctx, func, probe, probetype, retval } from './probe.js';
import { kstack, ustack } from './stack.js';
import { cgroup, comm, curtask, gid, leaderComm, leaderTid, pcomm, pid, ppid, tid, uid, username } from './task.js';

export const builtins: ReadonlyMap<string, BuiltinRecord> = new Map(
  [
    pid, tid, uid, gid, username, comm, cgroup, curtask, ppid, pcomm, leaderTid, leaderComm,
    nsecs, elapsed, cpu, numaid, jiffies, rand, ncpus, cpid, hasCpid, usermode,
    probe, probetype, args, retval, func, ctx, kstack, ustack,
  ].map((record) => [record.name, record]),
);

const argumentRecords = new Map<string, BuiltinRecord>();

/** The builtin a name stands for, `argN` included. */
export function findBuiltin(name: string): BuiltinRecord | undefined {
  const known = builtins.get(name) ?? argumentRecords.get(name);
  if (known) return known;
  const match = /^arg(\d{1,3})$/.exec(name);
  if (!match) return undefined;
  const record = argument(Number(match[1]));
  argumentRecords.set(name, record);
  return record;
}
