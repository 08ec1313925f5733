// The BPF programs that another process holds, and what they cost so far.
//
//   facts  /proc/PID/fdinfo/N of a program's descriptor (kernel/bpf/syscall.c, bpf_prog_show_fdinfo); bpftool for its size

import { readFileSync, readdirSync } from 'node:fs';
import { output } from './place.js';

export interface Cost {
  readonly id: number;
  readonly runTimeNs: number;
  readonly runCount: number;
}

export function programsOf(pid: number): Cost[] {
  const folder = `/proc/${pid}/fdinfo`;
  const byId = new Map<number, Cost>();
  for (const fd of readdirSync(folder)) {
    const field = fieldsOf(`${folder}/${fd}`);
    const id = field('prog_id');
    const runCount = field('run_cnt');
    // Links show the id of their program too, without its counts.
    if (id !== undefined && runCount !== undefined) byId.set(id, { id, runCount, runTimeNs: field('run_time_ns') ?? 0 });
  }
  return [...byId.values()];
}

function fieldsOf(path: string): (name: string) => number | undefined {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // Closed between being listed and being read.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return (name) => {
    const found = new RegExp(`^${name}:\\s+(\\d+)$`, 'm').exec(text);
    return found ? Number(found[1]) : undefined;
  };
}

/** Translated instructions of a program. */
export function insnsOf(id: number): number {
  return (JSON.parse(output('bpftool', '-j', 'prog', 'show', 'id', String(id))) as { bytes_xlated: number }).bytes_xlated / 8;
}

/** Those of these programs that the kernel still has. */
export function stillLoaded(ids: readonly number[]): number[] {
  const loaded = new Set((JSON.parse(output('bpftool', '-j', 'prog', 'show')) as { id: number }[]).map(({ id }) => id));
  return ids.filter((id) => loaded.has(id));
}
