// Flood: one process reads as fast as it can, every read() is printed.
//
//   in     the workload; tbpf and bpftrace as commands, their output to a file
//   out    lines printed, events that the tracer says it lost, and how much slower the reading process became
//   idea   the reader has one CPU, the tracer the other; the tracer is stopped once nothing more comes out of it

import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programsOf } from './loaded.js';
import { fixed, median, table } from './numbers.js';
import { builtFolder, command } from './place.js';
import { hasEnded, interrupt, startTracer } from './tracer.js';
import type { Workload } from './workload.js';

export interface FloodRow {
  readonly what: string;
  readonly calls: number;
  /** lines for these calls; median */
  readonly printed: number;
  /** as the tracer says; median */
  readonly lost: number;
  /** of the reading process; median */
  readonly nsPerCall: number;
}

interface Tracer {
  readonly what: string;
  readonly argv: readonly string[];
}

interface FloodRun {
  readonly nsPerCall: number;
  readonly printed: number;
  readonly lost: number;
}

const WARM_UP_CALLS = 50_000;

export async function measureFlood(workload: Workload, bpftrace: string | undefined, calls: number, rounds: number): Promise<FloodRow[]> {
  const script = `tracepoint:syscalls:sys_enter_read /pid == ${workload.pid}/ { printf("%d %s %d\\n", pid, comm, args->count); }`;
  const tracers: (Tracer | undefined)[] = [undefined, { what: 'tbpf', argv: [command, '-e', script] }];
  if (bpftrace !== undefined) tracers.push({ what: 'bpftrace', argv: [bpftrace, '-e', script] });
  const runs: FloodRun[][] = tracers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, tracer] of tracers.entries()) runs[i]!.push(tracer === undefined ? await untraced(workload, calls) : await traced(tracer, workload, calls));
  }
  return tracers.map((tracer, i) => ({
    what: tracer?.what ?? 'not traced',
    calls,
    printed: median(runs[i]!.map((run) => run.printed)),
    lost: median(runs[i]!.map((run) => run.lost)),
    nsPerCall: median(runs[i]!.map((run) => run.nsPerCall)),
  }));
}

async function untraced(workload: Workload, calls: number): Promise<FloodRun> {
  await workload.run('read', WARM_UP_CALLS);
  return { nsPerCall: (await workload.run('read', calls)) / calls, printed: 0, lost: 0 };
}

async function traced({ what, argv }: Tracer, workload: Workload, calls: number): Promise<FloodRun> {
  const outFile = join(builtFolder, `flood.${what}.out`);
  const errFile = join(builtFolder, `flood.${what}.err`);
  const [out, err] = [openSync(outFile, 'w'), openSync(errFile, 'w')];
  const child = await startTracer(argv, ['ignore', out, err]);
  closeSync(out);
  closeSync(err);
  try {
    // The script prints only what the workload does: its first lines say that it is attached.
    for (let waitedMs = 0; countLines(outFile) < 10; waitedMs += 50) {
      if (hasEnded(child) || waitedMs > 20_000) throw new Error(`${what} printed nothing: ${readFileSync(errFile, 'utf8')}`);
      if (programsOf(child.pid).length > 0) await workload.run('read', 100);
      await sleep(50);
    }
    await workload.run('read', WARM_UP_CALLS);
    await settled(outFile);
    const before = { lines: countLines(outFile), lost: sumOfLost(outFile, errFile) };
    const nsPerCall = (await workload.run('read', calls)) / calls;
    await settled(outFile);
    return { nsPerCall, printed: countLines(outFile) - before.lines, lost: sumOfLost(outFile, errFile) - before.lost };
  } finally {
    await interrupt(child);
    rmSync(outFile);
    rmSync(errFile);
  }
}

/** Waits until the file stops growing. */
async function settled(path: string): Promise<void> {
  for (let before = -1; before !== statSync(path).size; await sleep(1200)) before = statSync(path).size;
}

/** Lines of the workload; every line of another kind is about losses. */
function countLines(path: string): number {
  return readFileSync(path, 'latin1').split(' reads 64\n').length - 1;
}

/** Both tools say `Lost N events`: tbpf on stderr, bpftrace among its output. */
function sumOfLost(...paths: readonly string[]): number {
  let sum = 0;
  for (const path of paths) for (const [, count] of readFileSync(path, 'latin1').matchAll(/lost (\d+) events/gi)) sum += Number(count);
  return sum;
}

export function floodTable(rows: readonly FloodRow[]): string {
  const untracedNs = rows[0]!.nsPerCall;
  const lines = rows.map(({ what, calls, printed, lost, nsPerCall }, i) => [
    what,
    fixed(nsPerCall, 0),
    fixed(nsPerCall / untracedNs, 2),
    String(calls),
    i === 0 ? '–' : String(printed),
    i === 0 ? '–' : String(lost),
  ]);
  return table(['tracer', 'ns per read()', '× not traced', 'reads', 'printed', 'said lost'], lines);
}
