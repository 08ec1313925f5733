// A kernel without a kind of probe refuses such programs with EPERM or EINVAL, from which no user learns the reason: it is found out here.

import type { ManifestProgram } from '../model/layout/manifest.js';
import { NotSupportedError, type TbpfError } from '../model/diagnostics/errors.js';
import { onlyCommand } from '../model/diagnostics/faces.js';
import type { RunningTarget } from '../runtime/discover/index.js';
import { missingSurroundings } from '../runtime/discover/kernel/surroundings.js';
import { lackOf } from '../runtime/session/attach/lacks.js';

/** Out of files or memory: what the kernel has cannot be asked then, and is not the reason. */
const exhausted: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM'];

/** The message about the first kind of probe that this kernel lacks, or that our privileges do not allow; undefined when there is none. May
 *  take some ms. */
export function findUnsupported(programs: readonly ManifestProgram[], target: Pick<RunningTarget, 'has'>, cause?: TbpfError): NotSupportedError | undefined {
  if (cause !== undefined && exhausted.includes(cause.code)) return undefined;
  for (const { needs } of programs) {
    if (needs === undefined || target.has(needs)) continue;
    const around = needs.startsWith('cap:') ? undefined : missingSurroundings();
    const advice = around === undefined && !needs.startsWith('cap:') ? onlyCommand('See what it supports: tbpf doctor') : undefined;
    return new NotSupportedError(around ?? lackOf(needs), { feature: needs, advice, operation: cause?.syscall, cause });
  }
  return undefined;
}
