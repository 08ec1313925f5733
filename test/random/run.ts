// `npm run test:random`: as many random programs as one likes, other than those that run with the tests.
//
//   in     --count N programs (2000) from --seed S (1) on; --minutes M ends sooner; --what programs, or damaged: texts that compile() shall answer
//   out    a line for each batch; each fault with its seed and script; the seeds that took longest. Status 1 when there was a fault
//   usage  npm run test:random -- --count 50000 --seed 100001 [--minutes 60] [--what damaged] [--batch 500]
//   idea   the scripts of a seed are always the same, so a seed that failed is run again by --seed N --count 1
//   facts  programs run on the kernel: root. One process at a time

import { fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleTests } from '../../scripts/bundle-tests.js';
import { Complaint } from '../../scripts/complaint.js';
import type { Report, What } from './batch.js';

/** A seed that takes longer hangs. On a busy machine a program takes some tenths of a second */
const PATIENCE_MS = 60_000;
const SLOWEST = 5;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' }, batch: { type: 'string', default: '500' },
    minutes: { type: 'string', default: 'Infinity' }, what: { type: 'string', default: 'programs' },
  },
});
const [count, first, size, minutes] = [values.count, values.seed, values.batch, values.minutes].map(Number) as [number, number, number, number];
if (!(count > 0 && first > 0 && size > 0 && minutes > 0)) throw new Complaint('--count, --seed, --batch and --minutes are numbers above 0');
if (!['programs', 'damaged'].includes(values.what)) throw new Complaint('--what is programs or damaged');
const what = values.what as What;

const root = fileURLToPath(new URL('../..', import.meta.url));
const [module] = await bundleTests(['test/random/batch.ts'], join(root, '.cache/tests-random'));
const started = Date.now();
const last = first + count - 1;
let [ran, compiled, faults, cpuMs] = [0, 0, 0, 0];
let slowest: Report[] = [];

let next = first;
while (next <= last && Date.now() - started < minutes * 60_000) {
  const to = Math.min(next + size - 1, last);
  const reached = await runBatch(next, to);
  if (reached < to) fault(reached + 1, `neither ended nor took less than ${PATIENCE_MS / 1000} s`);
  next = Math.min(reached + 1, to) + 1;
  if (reached < to) ran++;
  console.log(`${new Date().toISOString().slice(11, 19)} seeds ${first} to ${next - 1}: ${ran} ran, ${compiled} compiled, ${faults} faults, ${(cpuMs / ran).toFixed(1)} ms of CPU each`);
}
for (const { seed, ms } of slowest) console.log(`seed ${seed} took ${ms.toFixed()} ms of CPU`);
if (faults > 0) process.exitCode = 1;

/** The last seed that was reported. */
async function runBatch(from: number, to: number): Promise<number> {
  const child = fork(module!, [what, String(from), String(to)], { cwd: root });
  let reached = from - 1;
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  child.on('message', (report: Report) => {
    patience.refresh();
    reached = report.seed;
    ran++;
    cpuMs += report.ms;
    if (report.compiled) compiled++;
    for (const text of report.faults) fault(report.seed, text);
    slowest = [...slowest, report].sort((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  });
  await new Promise((resolve) => child.on('exit', resolve));
  clearTimeout(patience);
  return reached;
}

function fault(seed: number, text: string): void {
  faults++;
  console.log(`FAULT seed ${seed}, ${text}\n`);
}
