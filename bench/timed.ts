// Runs a command by itself and says what it cost; ./timed.c measures.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTool, builtFolder, measuredCpu, output } from './place.js';

export interface TimedRun {
  readonly wallMs: number;
  /** of the process and those that it has waited for: user and system */
  readonly cpuMs: number;
  readonly residentMiB: number;
  readonly status: number;
  /** what it said on both outputs */
  readonly text: string;
}

let tool: string | undefined;

/** On the CPU of the measured processes. */
export function runTimed(argv: readonly string[]): TimedRun {
  tool ??= buildTool('timed.c', 'timed');
  const file = join(builtFolder, 'output');
  process.env['OUTPUT'] = file;
  const [wallNs, residentKiB, status, cpuUs] = output('taskset', '-c', String(measuredCpu), tool, ...argv).trim().split(' ').map(Number);
  return { wallMs: wallNs! / 1e6, cpuMs: cpuUs! / 1e3, residentMiB: residentKiB! / 1024, status: status!, text: readFileSync(file, 'utf8') };
}
