// A map as readers see it: CPUs merged, buckets gathered under the user's key, elements in print order (language.md 5.4).
//
//   made by  runtime/collect;  read by  runtime/output and the library's users

import type { ManifestMap } from '../model/layout/manifest.js';
import type { Value } from '../model/layout/value.js';
import type { Merged } from './aggregate.js';

export interface MapEntry {
  /** undefined: the only element of a scalar map */
  readonly key: Value | undefined;
  /** maps of plain values */
  readonly value?: Value;
  /** maps of aggregates */
  readonly merged?: Merged;
}

export interface MergedMap {
  readonly spec: ManifestMap;
  readonly entries: readonly MapEntry[];
  /** scalar maps: what print(@m) shows when the element is not there */
  readonly zero?: MapEntry;
}
