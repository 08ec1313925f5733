// perf_event_array: one perf buffer per CPU, for kernels without ring buffer.
//
//   facts  a sample's raw part is u32 size + data, padded to 8; readers see the padding as part of the data. A sample takes a header of 8
//          bytes besides; what does not fit is lost and counted (kernel/events/core.c, ring_buffer.c)

import type { MapSpec } from '../../model/bpf/object-spec.js';
import { errno } from '../errno.js';
import type { Memory, Region } from '../memory.js';
import type { SimMap } from './map.js';
import { roundUp8 } from './map.js';

export interface PerfSample {
  readonly cpu: number;
  /** as readers get it: 0–7 bytes longer than what the program gave */
  readonly bytes: Uint8Array;
}

interface CpuBuffer {
  used: number;
  lost: number;
}

export class PerfEventArray implements SimMap {
  readonly handle: Region;
  private readonly buffers: CpuBuffer[];
  private samples: PerfSample[] = [];

  constructor(
    readonly spec: MapSpec,
    memory: Memory,
    cpus: number,
    /** of each CPU's buffer; user space chooses that when it opens the events */
    public bufferBytes: number,
  ) {
    this.handle = memory.allocate('map', spec.name, new Uint8Array(0));
    const entries = spec.maxEntries === 0 ? cpus : Math.min(spec.maxEntries, cpus);
    this.buffers = Array.from({ length: entries }, () => ({ used: 0, lost: 0 }));
  }

  /** perf_event_output to the buffer of `index` from a program on `cpu`. */
  output(cpu: number, index: number, data: Uint8Array): number {
    if (index >= (this.spec.maxEntries === 0 ? this.buffers.length : this.spec.maxEntries)) return -errno.E2BIG;
    const buffer = this.buffers[index];
    if (buffer === undefined) return -errno.ENOENT;
    if (index !== cpu) return -errno.EOPNOTSUPP;
    const rawBytes = roundUp8(data.length + 4);
    const cost = rawBytes + 8;
    if (buffer.used + cost > this.bufferBytes - 1) {
      buffer.lost++;
      return -errno.ENOSPC;
    }
    buffer.used += cost;
    const bytes = new Uint8Array(rawBytes - 4);
    bytes.set(data);
    this.samples.push({ cpu, bytes });
    return 0;
  }

  /** Samples lost on a CPU since the machine was made. */
  lostOn(cpu: number): number {
    return this.buffers[cpu]?.lost ?? 0;
  }

  /** Consumes all samples of all CPUs, in the order they were written. */
  drain(): PerfSample[] {
    const drained = this.samples;
    this.samples = [];
    for (const buffer of this.buffers) buffer.used = 0;
    return drained;
  }
}
