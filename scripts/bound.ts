// A child that ends with the process that started it, however that ends.
//
//   why    a gate that was stopped left its tests running, and its guest, which takes two CPUs until somebody finds it
//   facts  PR_SET_PDEATHSIG of prctl(2): the kernel sends the signal, also when the parent was killed; setpriv(1) sets it, and becomes the program

import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

/** As spawn(). @param signal  what the kernel sends the child when this process has ended */
export function spawnBound(signal: 'KILL' | 'TERM', program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', signal, program, ...args], options);
}
