// The maps of a script by their names.

import { OptionError } from '../model/diagnostics/errors.js';
import { nearest } from '../model/diagnostics/nearest.js';
import type { Rendering } from '../runtime/output/index.js';
import type { ScriptMap } from '../trace/script-map.js';
import { MapHandle } from './map-handle.js';
import type { AnyTypes, MapName, ScriptTypes } from './script-types.js';

/** While the trace runs, maps are read when asked for; afterwards they are as they were at its end. */
export class Maps<S extends ScriptTypes = AnyTypes> {
  readonly #handles = new Map<string, MapHandle<S>>();

  /** @internal */
  constructor(maps: readonly ScriptMap[], rendering: Rendering) {
    for (const map of maps) this.#handles.set(map.spec.scriptName!, new MapHandle(map, rendering));
  }

  /** In the order in which bpftrace prints them at the end. */
  get names(): readonly MapName<S>[] {
    return [...this.#handles.keys()] as unknown as MapName<S>[];
  }

  /** @param name  with its `@`
   *  @throws OptionError  the script has no such map */
  get<N extends MapName<S>>(name: N): MapHandle<S, N> {
    const found = this.#handles.get(name as string);
    if (found) return found as unknown as MapHandle<S, N>;
    const names = [...this.#handles.keys()];
    const wanted = String(name);
    const near = names.find((known) => known === `@${wanted}`) ?? nearest(wanted, names);
    const advice = near !== undefined ? `did you mean '${near}'?` : names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
    throw new OptionError('name', `the script has no map '${wanted}': ${advice}`, 'ERR_OPTION_VALUE');
  }

  /** @internal  reads all of them for the last time */
  async keep(): Promise<void> {
    for (const handle of this.#handles.values()) await handle.keep();
  }
}
