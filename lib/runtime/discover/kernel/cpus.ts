// CPU lists of sysfs: `0-3,5`.

import { readFileSync } from 'node:fs';

/** Numbers of a list as /sys/devices/system/cpu/* writes it, ascending; '' is the empty list. */
export function parseCpuList(text: string): number[] {
  const cpus: number[] = [];
  for (const range of text.trim().split(',')) {
    if (range === '') continue;
    const [first, last = first] = range.split('-').map(Number) as [number, number?];
    for (let cpu = first; cpu <= last!; cpu++) cpus.push(cpu);
  }
  return cpus;
}

/** CPUs that can ever be there: per-CPU map values have one slot for each number up to the last. */
export function readPossibleCpus(): number[] {
  return parseCpuList(readFileSync('/sys/devices/system/cpu/possible', 'latin1'));
}

export function readOnlineCpus(): number[] {
  return parseCpuList(readFileSync('/sys/devices/system/cpu/online', 'latin1'));
}
