// A kernel that refuses a program because it lacks the kind of probe: it says EPERM or EINVAL, which helps nobody.

import type { ManifestProgram } from '../model/layout/manifest.js';
import type { RunningTarget } from '../runtime/discover/index.js';
import { missingSurroundings } from '../runtime/discover/kernel/surroundings.js';
import { needsOf } from '../runtime/session/attach/index.js';

/** A kind of probe that this kernel does not have, or does not allow us. */
export interface Unsupported {
  /** of Target.has() */
  readonly feature: string;
  /** a sentence */
  readonly text: string;
}

/** The first kind that this kernel, or who we are, does not allow; undefined when all are. Asking may take some ms. */
export function findUnsupported(programs: readonly ManifestProgram[], target: Pick<RunningTarget, 'has'>): Unsupported | undefined {
  for (const program of programs) {
    const needs = needsOf(program);
    if (needs === undefined || target.has(needs.feature)) continue;
    return { feature: needs.feature, text: needs.feature.startsWith('cap:') ? needs.lack : missingSurroundings() ?? needs.lack };
  }
  return undefined;
}
