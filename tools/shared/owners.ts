// Whose events are shown: processes, namespaces, and bcc's pinned maps. Cgroups, containers and pods are options of the library's trace().
//
//   in     what ownerOptions were given
//   out    conditions for the script's probes; fields that the records need; the test of the pinned maps; options of the trace
//   facts  the maps of --cgroupmap and --mntnsmap belong to somebody else and change while the tool runs: they are asked for each event.
//          Key u64: id of a cgroup, inode of a mount namespace; values are ignored.

import { statSync } from 'node:fs';
import { openPinnedMap, type PinnedMap, type TraceOptions, type Value } from '../../lib/index.js';
import type { ownerOptions } from './common.js';
import type { Given } from './options.js';
import type { Fields } from './session.js';
import { ToolFailure } from './failure.js';

export interface Owners {
  /** all must hold */
  readonly conditions: readonly string[];
  /** for the script's records: `, owner_cgroup = …`; empty when nothing is tested later */
  readonly fields: string;
  keeps(fields: Fields): boolean;
  close(): void;
}

/** @throws ToolFailure  there is no such process or map */
export function ownersOf(given: Given<typeof ownerOptions>): Owners {
  const maps = [
    ...(given.cgroupmap === undefined ? [] : [{ field: 'owner_cgroup', map: openKeyed(given.cgroupmap) }]),
    ...(given.mntnsmap === undefined ? [] : [{ field: 'owner_mntns', map: openKeyed(given.mntnsmap) }]),
  ];
  const conditions = [
    ...namespaces.flatMap(({ name, link, inode }) => (given[name] === undefined ? [] : [`${inode} == ${namespaceOf(given[name], link)}`])),
  ];
  return {
    conditions,
    fields: maps.map(({ field }) => `, ${field} = ${field === 'owner_cgroup' ? 'cgroup' : inodeOf('mnt_ns')}`).join(''),
    keeps: (fields) => maps.every(({ field, map }) => map.has(keyOf(fields[field]!))),
    close: () => maps.forEach(({ map }) => map.close()),
  };
}

/** The same for tools that count in the kernel.
 * @throws ToolFailure  also for pinned maps, which can only be asked for each event */
export function conditionsInKernel(tool: string, given: Given<typeof ownerOptions>): readonly string[] {
  if (given.cgroupmap !== undefined || given.mntnsmap !== undefined) {
    throw new ToolFailure(`${tool} counts in the kernel: --cgroupmap and --mntnsmap, which are asked for each event, cannot be used. There are --cgroup, --container, --pod and --mntns`);
  }
  return ownersOf(given).conditions;
}

/** Whose events the trace is about: what a tool is given that the library does. */
export function scopeOf({ cgroup, container, pod }: Partial<Pick<Given<typeof ownerOptions>, 'cgroup' | 'container' | 'pod'>>): Pick<TraceOptions, 'cgroup' | 'container' | 'pod'> {
  return { ...(cgroup !== undefined && { cgroup }), ...(container !== undefined && { container }), ...(pod !== undefined && { pod }) };
}

export interface TracedProcesses {
  /** the process that the script's conditions ask for; undefined: they ask for none */
  readonly asked: number | undefined;
  /** of the trace */
  readonly options: Pick<TraceOptions, 'pid' | 'follow'>;
}

/** What -p and --follow mean: a process that conditions ask for, or the kernel's set of it and its descendants.
 * @param hasCommand  a command is traced
 * @throws ToolFailure  nobody to follow */
export function processesOf({ pid, follow }: { readonly pid: number | undefined; readonly follow: boolean }, hasCommand = false): TracedProcesses {
  if (!follow) return { asked: pid, options: {} };
  if (pid === undefined && !hasCommand) throw new ToolFailure(`--follow needs a process to begin with: give -p PID`);
  return { asked: undefined, options: { ...(pid !== undefined && { pid }), follow: true } };
}

function inodeOf(namespace: string): string {
  return `(uint64)curtask.nsproxy.${namespace}.ns.inum`;
}

const namespaces = [
  // what /proc/PID/ns/pid shows: the innermost namespace that gave the task a number
  { name: 'pidns', link: 'pid', inode: '(uint64)curtask.thread_pid.numbers[curtask.thread_pid.level].ns.ns.inum' },
  { name: 'netns', link: 'net', inode: inodeOf('net_ns') },
  { name: 'mntns', link: 'mnt', inode: inodeOf('mnt_ns') },
] as const;

function namespaceOf(pid: number, link: string): bigint {
  try {
    return statSync(`/proc/${pid}/ns/${link}`, { bigint: true }).ino;
  } catch (error) {
    throw new ToolFailure(`cannot look up the ${link} namespace of process ${pid}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such process' : (error as Error).message}`);
  }
}

function openKeyed(path: string): PinnedMap {
  const map = openPinnedMap(path);
  if (map.keyBytes === 8) return map;
  map.close();
  throw new ToolFailure(`the keys of the map ${path} have ${map.keyBytes} bytes; ids of cgroups and namespaces have 8`);
}

function keyOf(value: Value): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigUint64(0, BigInt(value as number | bigint), true);
  return key;
}
