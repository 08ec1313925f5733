// What a picture shows of each map: its elements as they were printed last.
//
//   facts  a script may print a map now and then, and clear it before it ends: what was last printed with something in it counts

import type { EventOf } from '../../../language/output-event.js';
import type { Manifest } from '../../../model/layout/manifest.js';
import type { Rendering } from '../rendering.js';
import { isStackMap, stackSamples, type StackSample } from './stack-samples.js';

export class LastMaps {
  private readonly samplesByName: Map<string, readonly StackSample[]>;

  constructor(private readonly rendering: Rendering, { maps }: Manifest) {
    this.samplesByName = new Map(maps.filter(isStackMap).map(({ scriptName }) => [scriptName!, []]));
  }

  /** Names are looked up now: later the process may be gone. */
  add({ map, options }: EventOf<'map'>): void {
    const samples = stackSamples(map, options, this.rendering);
    if (samples.length > 0) this.samplesByName.set(map.spec.scriptName!, samples);
  }

  /** By the map's name with its `@`; none of a map that was always empty. */
  get samples(): ReadonlyMap<string, readonly StackSample[]> {
    return this.samplesByName;
  }
}
