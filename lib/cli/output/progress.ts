// How far attaching has come, on a terminal's stderr.

import type { AttachProgress } from '../../runtime/session/kernel.js';
import type { Output } from './output.js';

/** Fewer are attached before anybody could read it. */
const WORTH_TELLING = 16;

export class TerminalProgress implements AttachProgress {
  private shown = false;

  constructor(
    private readonly output: Output,
    readonly cancelled: () => boolean,
  ) {}

  update(done: number, total: number): void {
    if (total < WORTH_TELLING || !this.output.showsProgress) return;
    if (done < total) {
      this.shown = true;
      this.output.say(`\rAttaching ${done}/${total}`);
    } else if (this.shown) this.output.say('\r\x1b[K');
  }
}
