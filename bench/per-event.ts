// Cost per event: ns that the kernel spends in a program each time it fires, and how many instructions it has.
//
//   in     the programs, the workload
//   out    a row per program: medians over the rounds, and tbpf's ratios to the others
//   idea   a round runs the contenders one after another, in turned order; each is loaded anew, because where maps and code come to
//          lie in memory is part of the luck of one load
//   facts  the kernel's own clock around each run (kernel.bpf_stats_enabled) is in the numbers: the row `nothing` shows how much that is

import { loadNative } from '../lib/runtime/native/index.js';
import { scriptFor, startC, startCommand, startTbpf, type Running, type Start } from './contenders.js';
import { stillLoaded, type Cost } from './loaded.js';
import { fixed, geometricMean, median, table } from './numbers.js';
import type { BenchProgram } from './programs.js';
import type { Workload } from './workload.js';

export interface PerEventOptions {
  readonly rounds: number;
  readonly bpftraceRounds: number;
  /** system calls of one run */
  readonly calls: number;
  /** path; undefined: not compared */
  readonly bpftrace: string | undefined;
  readonly progress: (text: string) => void;
}

type Contender = 'tbpf' | 'c' | 'bpftrace';

export interface PerEventRow {
  readonly program: BenchProgram;
  /** medians, ns per event */
  readonly ns: Readonly<Record<Contender, number>>;
  readonly insns: Readonly<Record<Contender, number>>;
}

const WARM_UP_CALLS = 2000;
const SLICES = 10;

export async function measurePerEvent(programs: readonly BenchProgram[], workload: Workload, options: PerEventOptions): Promise<PerEventRow[]> {
  const stats = loadNative().enableStats();
  const seen: number[] = [];
  try {
    const rows: PerEventRow[] = [];
    for (const program of programs) {
      options.progress(program.name);
      rows.push(await measureProgram(program, workload, options, seen));
    }
    const left = stillLoaded(seen);
    if (left.length > 0) throw new Error(`programs are still loaded: ${left.join(' ')}`);
    return rows;
  } finally {
    stats.close();
  }
}

async function measureProgram(program: BenchProgram, workload: Workload, options: PerEventOptions, seen: number[]): Promise<PerEventRow> {
  const starts: Partial<Record<Contender, Start>> = { tbpf: startTbpf(program, workload.pid), c: startC(program, workload.pid) };
  if (options.bpftrace !== undefined) {
    const script = scriptFor(program.bpftrace ?? program.script, workload.pid);
    starts.bpftrace = startCommand([options.bpftrace, '-e', script], () => workload.run(program.call, 100));
  }
  const ns: Record<Contender, number[]> = { tbpf: [], c: [], bpftrace: [] };
  const insns: Record<Contender, number> = { tbpf: NaN, c: NaN, bpftrace: NaN };
  for (let round = 0; round < options.rounds; round++) {
    for (const contender of round % 2 === 0 ? (['tbpf', 'c', 'bpftrace'] as const) : (['bpftrace', 'c', 'tbpf'] as const)) {
      const start = starts[contender];
      if (start === undefined || (contender === 'bpftrace' && round >= options.bpftraceRounds)) continue;
      const running = await start();
      try {
        insns[contender] = running.insns();
        seen.push(...running.costs().map(({ id }) => id));
        ns[contender].push(await nsPerEvent(running, program, workload, options.calls));
      } finally {
        await running.stop();
      }
    }
  }
  return { program, insns, ns: { tbpf: median(ns.tbpf), c: median(ns.c), bpftrace: median(ns.bpftrace) } };
}

/** Of an enter and exit pair: both together. The median of slices: what disturbs the machine for a moment spoils only one. */
async function nsPerEvent(running: Running, program: BenchProgram, workload: Workload, calls: number): Promise<number> {
  await workload.run(program.call, WARM_UP_CALLS);
  const slices: number[] = [];
  const sliceCalls = Math.ceil(calls / SLICES);
  for (let before = running.costs(); slices.length < SLICES; ) {
    await workload.run(program.call, sliceCalls);
    const costs = running.costs();
    slices.push(costs.reduce((sum, cost) => sum + nsBetween(program, before, cost, sliceCalls), 0));
    before = costs;
  }
  return median(slices);
}

function nsBetween(program: BenchProgram, before: readonly Cost[], { id, runTimeNs, runCount }: Cost, calls: number): number {
  const first = before.find((cost) => cost.id === id)!;
  const runs = runCount - first.runCount;
  if (runs < calls) throw new Error(`${program.name}: the program ran ${runs} times in ${calls} calls`);
  return (runTimeNs - first.runTimeNs) / runs;
}

export const ratio = (row: PerEventRow): number => row.ns.tbpf / row.ns.c;

export function meanRatio(rows: readonly PerEventRow[]): number {
  return geometricMean(rows.filter(({ program }) => !program.isFloor).map(ratio));
}

export function perEventTable(rows: readonly PerEventRow[]): string {
  const cells = (row: PerEventRow): string[] => [
    row.program.name,
    fixed(row.ns.tbpf, 1),
    fixed(row.ns.c, 1),
    fixed(row.ns.bpftrace, 1),
    fixed(ratio(row), 2),
    fixed(row.ns.tbpf / row.ns.bpftrace, 2),
    fixed(row.insns.tbpf, 0),
    fixed(row.insns.c, 0),
    fixed(row.insns.bpftrace, 0),
  ];
  const head = ['program', 'tbpf ns', 'C ns', 'bpftrace ns', 'tbpf/C', 'tbpf/bpftrace', 'tbpf insns', 'C insns', 'bpftrace insns'];
  return table(head, rows.map(cells));
}
