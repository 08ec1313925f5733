// The order in which probes are attached (language.md 3.5): so that several blocks on one event fire in source order.
//
//   facts  how the kernel orders programs on one event differs between kinds of events: each attach provider says it

import type { ManifestProgram } from '../../model/layout/manifest.js';
import { orderOf } from './attach/index.js';

/** Programs that have a place to be attached to, in attach order. */
export function attachOrder(programs: readonly ManifestProgram[]): ManifestProgram[] {
  return [...programs.filter((program) => orderOf(program) === 'forward'), ...programs.filter((program) => orderOf(program) === 'reverse').reverse()];
}
