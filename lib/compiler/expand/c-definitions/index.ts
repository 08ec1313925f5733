// C definitions → the script's own types and macros.
//
//   in     the `#` lines and aggregates at the head of a script; facts about the kernel
//   out    types by name (a TypeSource) and object-like macros; diagnostics
//   facts  language.md 1.13

import type { Report } from '../../../model/diagnostics/diagnostic.js';
import type { CDefinition } from '../../../model/syntax/nodes.js';
import { type TypeSource, noTypes } from '../../../language/type-source.js';
import type { Target } from '../../../model/target/target.js';
import type { CMacro } from './macros.js';
import { type ReadHeader, preprocess } from './preprocess.js';
import { TypeTable } from './types.js';

export type { CMacro, ReadHeader };

export interface CDefinitions {
  readonly types: TypeSource;
  readonly macros: ReadonlyMap<string, CMacro>;
}

export function readDefinitions(
  definitions: readonly CDefinition[],
  options: { readonly target: Pick<Target, 'btf' | 'kernelRelease'> & Partial<Pick<Target, 'arch'>>; readonly kernelTypes: TypeSource; readonly readHeader?: ReadHeader; readonly onMissingHeader?: (name: string) => void; readonly report: Report },
): CDefinitions {
  if (definitions.length === 0) return { types: noTypes, macros: new Map() };
  const { target, kernelTypes, report, readHeader, onMissingHeader } = options;
  const { aggregates, macros } = preprocess(definitions, { hasBtf: target.btf !== undefined, kernelRelease: target.kernelRelease, arch: target.arch, readHeader, onMissingHeader, report });
  const types = new TypeTable(kernelTypes, report);
  for (const each of aggregates) types.read(each);
  types.complete();
  return { types, macros: new Map([...macros].filter(([name, macro]) => !namesEnumerator(name, macro, types))) };
}

/** `#define IPPROTO_IP IPPROTO_IP` beside the enumerator: headers do so for the sake of #ifdef. */
function namesEnumerator(name: string, { value }: CMacro, types: TypeSource): boolean {
  return value?.length === 1 && value[0]!.text === name && types.constant(name) !== undefined;
}
