export { debugFolders } from './user/debug-files.js';
export { RunningTarget, type RunningTargetOptions } from './running-target.js';
export { CgroupPaths } from './kernel/cgroup.js';
export { examine, renderDoctor, type DoctorRow } from './report/doctor.js';
export { renderInfo, type InfoOptions } from './report/info.js';
export { inChunks, listProbes, missingFileWarning, needsOf, probeArguments, type ListOptions } from './list/list.js';
export { readLockdown, type Lockdown } from './kernel/lockdown.js';
export { checkFollowable } from './kernel/pid-namespace.js';
export { processComm, processExecutable, processExists } from './user/processes.js';
