// A kernel without a kind of probe refuses such programs with EPERM or EINVAL, from which no user learns the reason: it is found out here.

import type { ManifestProgram } from '../model/layout/manifest.js';
import { NotSupportedError, type TbpfError } from '../model/diagnostics/errors.js';
import { onlyCommand } from '../model/diagnostics/faces.js';
import type { RunningTarget } from '../runtime/discover/index.js';
import { missingSurroundings } from '../runtime/discover/kernel/surroundings.js';
import { needsOf } from '../runtime/session/attach/index.js';

/** The message about the first kind of probe that this kernel lacks, or that our privileges do not allow; undefined when there is none. May
 *  take some ms. */
export function findUnsupported(programs: readonly ManifestProgram[], target: Pick<RunningTarget, 'has'>, cause?: TbpfError): NotSupportedError | undefined {
  for (const program of programs) {
    const needs = needsOf(program);
    if (needs === undefined || target.has(needs.feature)) continue;
    const around = needs.feature.startsWith('cap:') ? undefined : missingSurroundings();
    const advice = around === undefined && !needs.feature.startsWith('cap:') ? onlyCommand('See what it supports: tbpf doctor') : undefined;
    return new NotSupportedError(around ?? needs.lack, { feature: needs.feature, advice, operation: cause?.syscall, cause });
  }
  return undefined;
}
