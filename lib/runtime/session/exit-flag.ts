// The status of an exit() whose event found no room in the ring buffer.
//
//   facts  Manifest.exitFlag: an array of one word (model/layout/exit-flag.ts). What lies in the ring buffer when the word is seen was
//          sent before exit(), or about then

import type { Manifest } from '../../model/layout/manifest.js';
import { statusOf } from '../../model/layout/exit-flag.js';
import type { SessionKernel } from './kernel.js';

export class ExitFlag {
  constructor(
    private readonly kernel: SessionKernel,
    private readonly manifest: Manifest,
  ) {}

  /** The exit status; undefined: no exit() has missed the ring buffer. */
  read(): number | undefined {
    if (this.manifest.exitFlag === undefined) return undefined;
    const { values } = this.kernel.map(this.manifest.exitFlag).readAll();
    return statusOf(new DataView(values.buffer, values.byteOffset, values.byteLength).getUint16(0, true));
  }

  clear(): void {
    if (this.manifest.exitFlag !== undefined) this.kernel.map(this.manifest.exitFlag).zeroAll();
  }
}
