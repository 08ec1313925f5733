// The emulator: the machine's own when it is new enough, else a newer one from a package that is unpacked beside the kernels.
//
//   facts  until 8.1 QEMU could translate a kernel's code while another CPU changed it, and keep the half-made change: tests that switch
//          tracepoints on and off end such a guest now and then, with "Oops: int3" (accel/tcg: Always lock pages before translation).
//          Libraries are those of the machine's own package, of which the newer one needs no more

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Complaint } from '../complaint.js';
import { fetchPackages } from './apt.js';
import { cache } from './paths.js';

const NEEDED = [8, 1] as const;
const SUITE = 'bookworm-backports';
/** the program, the firmware it loads by itself, the BIOS */
const PACKAGES = ['qemu-system-x86', 'qemu-system-data', 'seabios'];
const PROGRAM = 'qemu-system-x86_64';

export interface Qemu {
  readonly program: string;
  /** where it finds what it loads */
  readonly options: readonly string[];
}

let found: Qemu | undefined;

/** @throws Error  there is none, and none can be had */
export function findQemu(): Qemu {
  return (found ??= find());
}

function find(): Qemu {
  if (isNewEnough(PROGRAM)) return { program: PROGRAM, options: [] };
  const folder = join(cache, 'qemu');
  const program = join(folder, 'usr/bin', PROGRAM);
  if (!existsSync(folder)) fetchPackages(SUITE, PACKAGES, folder);
  if (!isNewEnough(program)) throw new Complaint(`${program} is older than ${NEEDED.join('.')}: delete ${folder} and run again.`);
  return { program, options: ['qemu', 'seabios'].flatMap((name) => ['-L', join(folder, 'usr/share', name)]) };
}

/** @throws Error  the program is not there or does not start */
function isNewEnough(program: string): boolean {
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))!;
  return Number(major) > NEEDED[0] || (Number(major) === NEEDED[0] && Number(minor) >= NEEDED[1]);
}
