// What was added to a map between two readings of it, also when the script emptied it meanwhile.
//
//   in     readings, and what the map held when it was emptied
//   out    by key: what came
//   facts  what a probe deletes between two readings is not seen: an element that holds less than before has begun anew

import type { MergedMap } from '../../../language/merged-map.js';
import type { Value } from '../../../model/layout/value.js';
import { identityOf } from './element-numbers.js';

export interface Change<C> {
  readonly key: Value | undefined;
  readonly cell: C;
}

/** @template C  what an element holds, and what is added to it */
export interface Adding<C> {
  /** of an element; undefined: nothing that could be drawn */
  readonly held: (entry: MergedMap['entries'][number]) => C | undefined;
  /** what makes `now` of `before`; undefined: nothing */
  readonly since: (now: C, before: C | undefined) => C | undefined;
  readonly join: (a: C, b: C) => C;
}

export class Changes<C> {
  private before = new Map<string, C>();
  private pending = new Map<string, Change<C>>();

  constructor(private readonly adding: Adding<C>) {}

  /** The map as it is, or as it was right before it was emptied. */
  read(map: MergedMap, isEmptied: boolean): void {
    const now = new Map<string, C>();
    for (const entry of map.entries) {
      const held = this.adding.held(entry);
      if (held === undefined) continue;
      const id = identityOf(entry.key);
      now.set(id, held);
      const cell = this.adding.since(held, this.before.get(id));
      if (cell === undefined) continue;
      const there = this.pending.get(id);
      this.pending.set(id, { key: entry.key, cell: there === undefined ? cell : this.adding.join(there.cell, cell) });
    }
    this.before = isEmptied ? new Map() : now;
  }

  /** What came since this was last asked, by the key's id. */
  take(): ReadonlyMap<string, Change<C>> {
    const taken = this.pending;
    this.pending = new Map();
    return taken;
  }
}
