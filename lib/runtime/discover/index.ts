export { RunningTarget, type RunningTargetOptions } from './running-target.js';
export { CgroupPaths } from './cgroup.js';
