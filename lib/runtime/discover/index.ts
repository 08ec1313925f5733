export { RunningTarget, type RunningTargetOptions } from './running-target.js';
export { CgroupPaths } from './cgroup.js';
export { examine, renderDoctor, type DoctorRow } from './doctor.js';
export { renderInfo, type InfoOptions } from './info.js';
export { inChunks, listProbes, missingFileWarning, probeArguments, type ListOptions } from './list/list.js';
export { readLockdown, type Lockdown } from './lockdown.js';
export { checkFollowable } from './pid-namespace.js';
export { processComm, processExecutable, processExists } from './processes.js';
