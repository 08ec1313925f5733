// Every builtin value by name.

import type { Node } from '../../model/syntax/nodes.js';
import type { BuiltinRecord } from '../record.js';
import { arch, config, elfInode, elfIsExe, safeMode } from './compiler.js';
import { cpid, cpu, elapsed, hasCpid, jiffies, ncpus, nsecs, numaid, rand, usermode } from './machine.js';
import { args, argument, ctx, func, probe, probetype, retval, stackArgument } from './probe.js';
import { dwUstack, kstack, ustack } from './stack.js';
import { cgroup, comm, container, curtask, gid, leaderComm, leaderId, parentComm, parentId, pid, pod, tid, uid, username } from './task.js';

export const builtins: ReadonlyMap<string, BuiltinRecord> = new Map(
  [
    pid, tid, uid, gid, username, comm, cgroup, container, pod, curtask, parentId.value, parentComm.value, leaderId.value, leaderComm.value,
    nsecs, elapsed, cpu, numaid, jiffies, rand, ncpus, cpid, hasCpid, usermode,
    probe, probetype, args, retval, func, ctx, kstack, ustack, dwUstack,
    config, arch, safeMode, elfIsExe, elfInode,
  ].map((record) => [record.name, record]),
);

const argumentRecords = new Map<string, BuiltinRecord>();

const INTERNAL = '__builtin_';

/** Whether only bpftrace's own macros, and ours, are meant to use the name. */
export const isInternal = (name: string): boolean => name.startsWith(INTERNAL);

/** The name without what bpftrace's own macros write before it. */
export const plainName = (name: string): string => (isInternal(name) && !builtins.has(name) ? name.slice(INTERNAL.length) : name);

/** Whether the node is the builtin `args`, however the script spells it. */
export function isArgs(node: Node): boolean {
  return (node.kind === 'identifier' || (node.kind === 'call' && node.args.length === 0)) && plainName(node.name) === 'args';
}

/** The builtin a name stands for, `argN` and `sargN` included. */
export function findBuiltin(name: string): BuiltinRecord | undefined {
  const known = builtins.get(name) ?? argumentRecords.get(name);
  if (known) return known;
  if (isInternal(name)) return builtins.get(plainName(name));
  const match = /^(s?)arg(\d{1,3})$/.exec(name);
  if (!match) return undefined;
  const record = (match[1] === 's' ? stackArgument : argument)(Number(match[2]));
  argumentRecords.set(name, record);
  return record;
}
