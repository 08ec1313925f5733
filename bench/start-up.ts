// Start-up: how long a script that says hello takes from exec to exit, and how much memory.
//
//   in     commands; ./timed.c runs them
//   out    medians of wall time, greatest resident set; the time it takes to read and index what the kernel knows of itself
//   idea   the commands take turns, so that a machine that becomes slower does so for all of them

import { join } from 'node:path';
import { fixed, median, table } from './numbers.js';
import { command, keptPrograms, output, rootFolder } from './place.js';
import { runTimed } from './timed.js';

export interface StartUpRow {
  readonly what: string;
  readonly wallMs: number;
  readonly residentMiB: number;
}

export interface IndexTimes {
  /** median of fresh processes, ms */
  readonly btfMs: number;
  readonly kallsymsMs: number;
  /** of these, what the kernel alone takes to print it */
  readonly kallsymsKernelMs: number;
  /** the longest pause of a script whose kallsyms are read by a thread while it starts and runs */
  readonly kallsymsAheadMs: number;
  /** Node's own program (100 MB), and the same file under another path */
  readonly nodeMs: number;
  readonly nodeAgainMs: number;
  /** 10,000 different user stacks of 20 frames of it as text, in a process that has not read its symbols */
  readonly stacksMs: number;
  readonly stacksMiB: number;
}

export interface StartUp {
  readonly rows: readonly StartUpRow[];
  readonly indexes: IndexTimes;
}

const HELLO = 'BEGIN { printf("hello\\n"); exit(); }';

export function measureStartUp(bpftrace: string | undefined, rounds: number): StartUp {
  const commands: { what: string; argv: string[]; isHello: boolean }[] = [
    { what: 'node -e 0', argv: [process.execPath, '-e', '0'], isHello: false },
    { what: 'tbpf, hello', argv: [command, '--no-cache', '-e', HELLO], isHello: true },
    { what: 'tbpf, hello, second start', argv: [command, '-e', HELLO], isHello: true },
  ];
  if (bpftrace !== undefined) commands.push({ what: 'bpftrace, hello', argv: [bpftrace, '-e', HELLO], isHello: true });
  const runs = commands.map(() => [] as { wallMs: number; residentMiB: number }[]);
  // The first round reads files into the page cache and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { argv, isHello, what }] of commands.entries()) {
      const run = runTimed(argv);
      if (run.status !== 0 || (isHello && !run.text.includes('hello'))) throw new Error(`${what} ended with ${run.status} and said: ${run.text}`);
      if (round > 0) runs[i]!.push(run);
    }
  }
  if (keptPrograms() === 0) throw new Error('no program was kept: what is called a second start was a first one');
  const rows = commands.map(({ what }, i) => ({ what, wallMs: median(runs[i]!.map((run) => run.wallMs)), residentMiB: Math.max(...runs[i]!.map((run) => run.residentMiB)) }));
  return { rows, indexes: measureIndexes(Math.min(rounds, 5)) };
}

function measureIndexes(rounds: number): IndexTimes {
  const runs: IndexTimes[] = [];
  for (let round = 0; round < rounds; round++) {
    runs.push(JSON.parse(output(process.execPath, join(rootFolder, 'scripts/run.mjs'), 'bench/indexes.ts')) as IndexTimes);
  }
  const medianOf = (time: keyof IndexTimes): number => median(runs.map((run) => run[time]));
  return { btfMs: medianOf('btfMs'), kallsymsMs: medianOf('kallsymsMs'), kallsymsKernelMs: medianOf('kallsymsKernelMs'), kallsymsAheadMs: medianOf('kallsymsAheadMs'), nodeMs: medianOf('nodeMs'), nodeAgainMs: medianOf('nodeAgainMs'), stacksMs: medianOf('stacksMs'), stacksMiB: medianOf('stacksMiB') };
}

export function startUpTable({ rows, indexes }: StartUp): string {
  const node = rows[0]!.wallMs;
  const lines = rows.map(({ what, wallMs, residentMiB }) => [what, fixed(wallMs, 1), fixed(wallMs / node, 2), fixed(residentMiB, 1)]);
  return [
    table(['command', 'wall ms', '× node', 'resident MiB'], lines),
    '',
    `In a fresh process, when they are needed: vmlinux BTF is read and indexed in ${fixed(indexes.btfMs, 1)} ms,`,
    `kallsyms in ${fixed(indexes.kallsymsMs, 1)} ms, of which the kernel takes ${fixed(indexes.kallsymsKernelMs, 1)} ms to print it.`,
    `A script that shows kernel symbols has them read by a thread while it starts and runs; that holds it up for ${fixed(indexes.kallsymsAheadMs, 1)} ms.`,
    `The symbols of Node's own program are read and indexed in ${fixed(indexes.nodeMs, 1)} ms, for another process of the same build id in ${fixed(indexes.nodeAgainMs, 1)} ms.`,
    `10,000 different user stacks of 20 frames of it are text in ${fixed(indexes.stacksMs, 0)} ms, its symbols included, and take ${fixed(indexes.stacksMiB, 0)} MiB.`,
  ].join('\n');
}
