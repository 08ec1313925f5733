// A map's keys over time: what came of each between two readings, as columns.

import type { ManifestMap } from '../../../model/layout/manifest.js';
import type { MergedMap } from '../../../language/merged-map.js';
import type { Rendering } from '../rendering.js';
import { Changes, type Adding } from './changes.js';
import { keyNames } from './key-names.js';
import { TimeColumns } from './time-columns.js';

/** @template C  what is added to an element */
export class MapOverTime<C> {
  private readonly changes: Changes<C>;
  protected readonly columns: TimeColumns<C>;
  private readonly nameOf: ReturnType<typeof keyNames>;

  /** @param startMs  of the trace, ms since the epoch
   *  @param sizeOf  while there is room, the largest have cells of their own */
  constructor(
    protected readonly spec: ManifestMap,
    rendering: Rendering,
    startMs: number,
    adding: Adding<C>,
    private readonly sizeOf: (cell: C) => bigint,
  ) {
    this.changes = new Changes(adding);
    this.columns = new TimeColumns(startMs, adding.join);
    this.nameOf = keyNames(spec, rendering);
  }

  emptied(map: MergedMap): void {
    this.changes.read(map, true);
  }

  read(map: MergedMap, nowMs: number): void {
    this.changes.read(map, false);
    const came = this.changes.take();
    const largestFirst = [...came].map(([id, { cell }]) => ({ id, cell, size: this.sizeOf(cell) })).sort((a, b) => Number(b.size - a.size));
    this.columns.push(nowMs, largestFirst.map(({ id, cell }) => [id, cell] as const), (id) => this.nameOf(came.get(id)!.key));
  }
}
