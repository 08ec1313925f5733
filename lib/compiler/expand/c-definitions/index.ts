// C definitions → the script's own types and macros.
//
//   in     the `#` lines and aggregates at the head of a script; facts about the kernel
//   out    types by name (CTypes) and object-like macros; diagnostics
//   facts  language.md 1.13

import type { Report } from '../../../model/diagnostics/diagnostic.js';
import type { CDefinition } from '../../../model/syntax/nodes.js';
import type { Target } from '../../../model/target/target.js';
import { type CMacro, type ReadHeader, preprocess } from './preprocess.js';
import { type CTypes, TypeTable, noTypes } from './types.js';

export type { CMacro, CTypes, ReadHeader };

export interface CDefinitions {
  readonly types: CTypes;
  readonly macros: ReadonlyMap<string, CMacro>;
}

export function readDefinitions(
  definitions: readonly CDefinition[],
  options: { readonly target: Pick<Target, 'btf' | 'kernelRelease'>; readonly readHeader?: ReadHeader; readonly report: Report },
): CDefinitions {
  if (definitions.length === 0) return { types: noTypes, macros: new Map() };
  const { target, report, readHeader } = options;
  const { aggregates, macros } = preprocess(definitions, { hasBtf: target.btf !== undefined, kernelRelease: target.kernelRelease, readHeader, report });
  const types = new TypeTable(target, report);
  for (const tokens of aggregates) types.read(tokens);
  types.complete();
  return { types, macros };
}
