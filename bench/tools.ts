// Tools: from the start of execsnoop and opensnoop to their first line, and how much memory they have by then.
//
//   in     tbpf's tools, bpftrace's scripts of the same names, bcc's (Debian: bpfcc-tools) where they are installed
//   out    medians of wall time, greatest resident set; of a tool that does not run here, what it says
//   idea   the tools take turns. The first line is the heading, which each prints when it traces, bpftrace's scripts just before; nothing else of
//          their output is read
//   facts  Python keeps what it prints for a pipe unless PYTHONUNBUFFERED is set; without kprobes or the headers of the kernel bcc's tools end at once

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fixed, median, table } from './numbers.js';
import { command, measuredCpu } from './place.js';
import { hasEnded, interrupt, startTracer } from './tracer.js';

export interface ToolRow {
  readonly what: string;
  readonly tool: string;
  readonly wallMs: number;
  readonly residentMiB: number;
  /** why there are no numbers */
  readonly refusal?: string;
}

interface FirstLine { readonly wallMs: number; readonly residentMiB: number }

const PATIENCE_MS = 20_000;
const heading = /\bPID\b.*\n/;

export async function measureTools(bpftrace: string | undefined, rounds: number): Promise<readonly ToolRow[]> {
  const contenders = ['execsnoop', 'opensnoop'].flatMap((tool) => [
    { tool, what: `tbpf ${tool}`, argv: [command, tool] },
    ...(bpftrace === undefined ? [] : [{ tool, what: `bpftrace ${tool}.bt`, argv: [bpftrace, `/usr/sbin/${tool}.bt`] }]),
    { tool, what: `bcc ${tool}`, argv: [`/usr/sbin/${tool}-bpfcc`] },
  ]);
  const refusals = contenders.map(({ argv }): string | undefined => (existsSync(argv.at(-1)!) || argv[0] === command ? undefined : 'is not installed'));
  const runs = contenders.map(() => [] as FirstLine[]);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { argv }] of contenders.entries()) {
      if (refusals[i] !== undefined) continue;
      const run = await firstLine(argv);
      if (typeof run === 'string') refusals[i] = run;
      // the first round reads files into the page cache and does not count
      else if (round > 0) runs[i]!.push(run);
    }
  }
  return contenders.map(({ tool, what }, i) => ({
    tool, what, refusal: refusals[i], wallMs: median(runs[i]!.map(({ wallMs }) => wallMs)), residentMiB: Math.max(...runs[i]!.map(({ residentMiB }) => residentMiB)),
  }));
}

/** Runs a tool until it has printed its heading. @returns what it says when it ends without one */
async function firstLine(argv: readonly string[]): Promise<FirstLine | string> {
  process.env['PYTHONUNBUFFERED'] = '1';
  const startedMs = performance.now();
  const child = await startTracer(['taskset', '-c', String(measuredCpu), ...argv], ['ignore', 'pipe', 'pipe']);
  const exited = once(child, 'exit');
  let said = '';
  let complaint = '';
  child.stderr!.on('data', (data: Buffer) => (complaint += data.toString()));
  const printed = new Promise<number>((resolve) => {
    child.stdout!.on('data', (data: Buffer) => {
      if (!heading.test(said) && heading.test((said += data.toString()))) resolve(performance.now() - startedMs);
    });
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  try {
    const wallMs = await Promise.race([printed, exited.then(() => undefined)]);
    if (wallMs === undefined) return `does not run here: ${reasonOf(`${said}\n${complaint}`)}`;
    const residentMiB = Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024;
    return { wallMs, residentMiB };
  } finally {
    clearTimeout(timer);
    if (!hasEnded(child)) await interrupt(child);
  }
}

/** The first line that names a cause: what follows from it comes later. */
function reasonOf(text: string): string {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return lines.find((line) => /error|exception|failed|cannot|unable/i.test(line)) ?? lines.at(-1) ?? 'it says nothing';
}

export function toolsTable(rows: readonly ToolRow[]): string {
  const refused = rows.filter(({ refusal }) => refusal !== undefined);
  const lines = rows.map(({ what, wallMs, residentMiB, refusal }) => [what, fixed(wallMs, 1), refusal === undefined ? fixed(residentMiB, 1) : '–']);
  return [table(['tool', 'ms to the first line', 'resident MiB'], lines), ...(refused.length === 0 ? [] : ['', ...refused.map(({ what, refusal }) => `${what} ${refusal}.`)])].join('\n');
}
