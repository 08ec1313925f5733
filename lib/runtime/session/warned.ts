// Failures that the programs counted instead of sending an event for each.
//
//   facts  Manifest.warnings: a per-CPU array of counters (model/layout/warnings.ts), one for each event that is a warning

import type { Manifest } from '../../model/layout/manifest.js';
import { resultOf, warningCounter } from '../../model/layout/warnings.js';
import type { SessionKernel } from './kernel.js';

/** What one place of the script has counted since the start. */
export interface Warned {
  /** index in Manifest.events */
  readonly event: number;
  readonly count: number;
  /** of a helper that failed: what it answered last on some CPU; 0 where there is none */
  readonly result: number;
}

export interface WarningTeller {
  counted(warned: readonly Warned[]): void;
  /** The counts are 0 again. */
  startAgain(): void;
}

export class WarningCounter {
  constructor(
    private readonly kernel: SessionKernel,
    private readonly manifest: Manifest,
  ) {}

  /** Places that have failed. */
  read(): Warned[] {
    const { warnings } = this.manifest;
    if (warnings === undefined) return [];
    const { values } = this.kernel.map(warnings.map).readAll();
    const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
    const { cpuCount } = this.kernel;
    const warned: Warned[] = [];
    warnings.events.forEach((event, i) => {
      let count = 0;
      let word = 0n;
      for (let cpu = 0; cpu < cpuCount; cpu++) {
        const at = (i * cpuCount + cpu) * warningCounter.bytes;
        count += Number(view.getBigUint64(at + warningCounter.count, true));
        word ||= view.getBigUint64(at + warningCounter.last, true);
      }
      if (count > 0) warned.push({ event, count, result: resultOf(word) });
    });
    return warned;
  }

  /** Each place sends its first failure again. */
  reset(): void {
    if (this.manifest.warnings !== undefined) this.kernel.map(this.manifest.warnings.map).zeroAll();
  }
}
