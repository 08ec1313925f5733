// What attach points of kernel functions say without being resolved: what recordings of a machine hold for them (ProbeRecord.facts), and the modules
// that they are in (ProbeRecord.modules).

import type { Target } from '../../model/target/target.js';
import { moduleAndName } from '../listing.js';
import type { ProbeFacts } from '../record.js';

/** `function` or `module:function`, with an offset or without. */
export function functionFacts(parts: readonly string[], target: Target): ProbeFacts {
  const pattern = moduleAndName(parts);
  return pattern ? { functions: target.matchKernelFunctions(pattern[0], withoutOffset(pattern[1])) } : {};
}

/** The module that is named, or those of the function. */
export function functionModules([first = '', name]: readonly string[], target: Target): readonly string[] {
  return name === undefined ? target.matchKernelFunctions('*', withoutOffset(first)).map(({ module }) => module) : [first];
}

/** `function` of `function+8`. */
export const withoutOffset = (name: string): string => name.replace(/\+.*/, '');
