// Whose events are shown: conditions of the script for cgroups, containers and namespaces, and bcc's pinned maps.
//
//   in     what ownerOptions were given
//   out    conditions for the script's probes; fields that the records need; the test of the pinned maps
//   facts  a cgroup counts with all below it, also those made later: the kernel keeps for each cgroup the list of its ancestors, one for
//          each level (struct cgroup, `ancestors`, since 6.1). The maps of --cgroupmap and --mntnsmap belong to somebody else and
//          change while the tool runs: they are asked for each event. Key u64: id of a cgroup, inode of a mount namespace; values are ignored.

import { statSync } from 'node:fs';
import { openPinnedMap, type PinnedMap, type Value } from '../../lib/index.js';
import { Cgroups, type Cgroup } from './cgroups.js';
import type { ownerOptions } from './common.js';
import type { Given } from './options.js';
import type { Fields } from './session.js';
import { ToolFailure } from './failure.js';

/** Levels that are tried where the hierarchy's root is not the machine's: in a cgroup namespace nobody says how deep it lies. */
const LEVELS_BELOW = 16;

export interface Owners {
  /** all must hold */
  readonly conditions: readonly string[];
  /** for the script's records: `, owner_cgroup = …`; empty when nothing is tested later */
  readonly fields: string;
  keeps(fields: Fields): boolean;
  close(): void;
}

/** @throws ToolFailure  there is no such cgroup, container, process or map */
export function ownersOf(given: Given<typeof ownerOptions>, cgroups = new Cgroups()): Owners {
  const wanted = [
    ...(given.cgroup === undefined ? [] : [cgroups.matching(given.cgroup)]),
    ...(given.container === undefined ? [] : [cgroups.ofContainer(given.container)]),
    ...(given.pod === undefined ? [] : [cgroups.ofPod(given.pod)]),
  ];
  const maps = [
    ...(given.cgroupmap === undefined ? [] : [{ field: 'owner_cgroup', map: openKeyed(given.cgroupmap) }]),
    ...(given.mntnsmap === undefined ? [] : [{ field: 'owner_mntns', map: openKeyed(given.mntnsmap) }]),
  ];
  const conditions = [
    ...wanted.map((list) => underCgroup(list, cgroups.whole)),
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

function underCgroup(list: readonly Cgroup[], whole: boolean): string {
  const tests = list.flatMap(({ id, depth }) => (whole ? [depth] : Array.from({ length: LEVELS_BELOW }, (_, i) => depth + i)).map((level) => {
    const own = 'curtask.cgroups.dfl_cgrp';
    return `(${own}.level >= ${level} && ${own}.ancestors[${level}].kn.id == ${id})`;
  }));
  return `(${tests.join(' || ')})`;
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
