// What recordings of a machine hold for scripts with some probes (ProbeRecord.facts).

import type { Target } from '../../model/target/target.js';
import type { ProbeFacts } from '../record.js';

/** `function` or `module:function`, with an offset or without. */
export function functionFacts(parts: readonly string[], target: Target): ProbeFacts {
  const [module, name] = moduleAndEvent(parts);
  return { functions: target.matchKernelFunctions(module, name.replace(/\+.*/, '')) };
}

/** The parts in two: without a module, all of them. */
export function moduleAndEvent([first = '*', second]: readonly string[]): readonly [module: string, name: string] {
  return second === undefined ? ['*', first] : [first, second];
}
