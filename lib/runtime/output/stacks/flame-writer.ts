// --flame (language.md 7.3): a page with a flame graph of each map that is keyed by stacks.
//
//   out    the page, when the trace has ended; everything else goes to the writer of the format
//   idea   in text, maps that are in the picture are not printed as well: thousands of stacks would hide what the script says. Other formats are for
//          programs, and stay whole

import type { OutputEvent } from '../../../language/output-event.js';
import type { Manifest } from '../../../model/layout/manifest.js';
import type { Rendering } from '../rendering.js';
import type { Writer } from '../writer.js';
import { flameData, type Before, type FlameData } from './flame-data.js';
import { LastMaps } from './last-maps.js';
import { isStackMap } from './stack-samples.js';

export interface FlameOptions {
  readonly title: string;
  /** stacks of another trace, to compare with */
  readonly before?: Before;
  /** what is in the picture is printed as well */
  readonly printsMaps: boolean;
  /** called at the end */
  readonly write: (data: FlameData) => void;
}

export class FlameWriter implements Writer {
  private readonly maps: LastMaps;

  constructor(private readonly writer: Writer, rendering: Rendering, manifest: Manifest, private readonly options: FlameOptions) {
    this.maps = new LastMaps(rendering, manifest);
  }

  emit(event: OutputEvent): void {
    const { title, before, printsMaps, write } = this.options;
    if (event.type === 'map' && isStackMap(event.map.spec)) {
      this.maps.add(event);
      if (!printsMaps) return;
    }
    this.writer.emit(event);
    if (event.type === 'ended') write(flameData(title, this.maps.samples, before));
  }

  flush(): void {
    this.writer.flush();
  }
}
