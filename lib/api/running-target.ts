// What was read of the running machine, by the Machine that a program holds (as an object: machine.ts leads here).

import { RunningTarget, debugFolders } from '../runtime/discover/index.js';
import { loadNative } from '../runtime/native/index.js';

const targets = new WeakMap<object, RunningTarget>();

export function runningTarget(machine: object): RunningTarget {
  let target = targets.get(machine);
  if (!target) targets.set(machine, target = new RunningTarget({ native: loadNative, btfPath: process.env['BPFTRACE_BTF'], debugFolders: debugFolders([process.env['DEBUGINFO_PATH']]) }));
  return target;
}
