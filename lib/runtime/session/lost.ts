// Lost events: programs count those that they could not deliver; the session reports the counts once a second.
//
//   facts  `Manifest.lostEvents` is a per-CPU array with a u64 for each program, in the order in which programs first appear in the manifest

import type { Manifest } from '../../model/layout/manifest.js';
import type { SessionKernel } from './kernel.js';

export interface LostEvents {
  readonly probe: string;
  readonly count: number;
}

export class LostCounter {
  private readonly probes: readonly string[];
  private told: number[] = [];

  constructor(
    private readonly kernel: SessionKernel,
    private readonly manifest: Manifest,
  ) {
    const probeByProgram = new Map<string, string>();
    for (const { name, probe } of manifest.programs) if (!probeByProgram.has(name)) probeByProgram.set(name, probe);
    this.probes = [...probeByProgram.values()];
  }

  /** Lost since the last call, by probe. */
  read(): LostEvents[] {
    if (this.manifest.lostEvents === undefined) return [];
    const counts = this.counts();
    const before = this.told;
    this.told = counts;
    return this.named(counts.map((count, i) => count - (before[i] ?? 0)));
  }

  /** All that were lost up to the last read(). */
  get total(): number {
    return this.told.reduce((sum, count) => sum + count, 0);
  }

  /** The same by probe. */
  get byProbe(): LostEvents[] {
    return this.named(this.told);
  }

  private named(counts: readonly number[]): LostEvents[] {
    return counts.flatMap((count, i) => (count > 0 ? [{ probe: this.probes[i] ?? 'unknown', count }] : []));
  }

  private counts(): number[] {
    const { values } = this.kernel.map(this.manifest.lostEvents!).readAll();
    const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
    const { cpuCount } = this.kernel;
    return this.probes.map((_, program) => {
      let count = 0;
      for (let cpu = 0; cpu < cpuCount; cpu++) count += Number(view.getBigUint64((program * cpuCount + cpu) * 8, true));
      return count;
    });
  }
}
