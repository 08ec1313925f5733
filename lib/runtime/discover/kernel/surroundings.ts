// What keeps tbpf from everything, whatever the kernel can do: folders that are not mounted, a user namespace without rights.
//
//   facts  the kernel asks for capabilities of the first user namespace (capable() in kernel/capability.c); root of another one has none of
//          them, though /proc/self/status shows them all. The map of the first one is `0 0 4294967295`

import { exists, readIfOpen } from '../files.js';

const EVERYBODY = 4294967295;

/** A sentence about what is missing around tbpf, and what to do; undefined when nothing is. */
export function missingSurroundings(): string | undefined {
  if (!exists('/proc/self')) return '/proc is not mounted here, and tbpf needs it: mount -t proc proc /proc';
  if (!exists('/sys/bus')) return '/sys is not mounted here, and tbpf needs it: mount -t sysfs sysfs /sys';
  if (isInUserNamespace()) return 'tbpf runs in a user namespace, whose root the kernel gives no rights for BPF: run it outside of it (not in a rootless container)';
  return undefined;
}

export function isInUserNamespace(): boolean {
  const ranges = readIfOpen('/proc/self/uid_map');
  return ranges !== undefined && Number(ranges.trim().split(/\s+/)[2]) !== EVERYBODY;
}
