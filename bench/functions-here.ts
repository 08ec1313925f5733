// funccount on hundreds of kernel functions: how long until it counts, and until the prompt is back after ^C. For a machine with kprobes; the
// bench runs it in a guest (functions.ts).
//
//   in     number of functions
//   out    JSON on stdout: FunctionsRow, or { refusal }
//   idea   alternatives of exactly so many names, taken in order from those that the kernel lists, so that each run attaches the same

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { listProbes } from '../lib/index.js';
import { command } from './place.js';

export interface FunctionsRow {
  readonly functions: number;
  readonly attachMs: number;
  readonly stopMs: number;
}

const wanted = Number(process.argv[2] ?? 500);
/** functions that are called seldom: a flood of events would be measured, too */
const pattern = 'kprobe:ext4_*';

const found: string[] = [];
for (const each of [pattern, 'kprobe:xfrm_*', 'kprobe:nf_*', 'kprobe:ip6_*', 'kprobe:blk_*']) {
  for await (const { name } of listProbes(each)) found.push(name.slice('kprobe:'.length));
}
const names = found.slice(0, wanted);
console.log(JSON.stringify(names.length < wanted ? { refusal: `the kernel has ${names.length} functions of those that are counted, not ${wanted}` } : await measure(names)));

async function measure(functions: readonly string[]): Promise<FunctionsRow> {
  const startedMs = performance.now();
  const child = spawn(command, ['funccount', `{${functions.join(',')}}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      if ((said += data.toString()).includes('Hit Ctrl-C')) resolve();
    });
    void exited.then(() => reject(new Error(`funccount ended without counting: ${said}`)));
  });
  const attachMs = performance.now() - startedMs;
  const stoppedMs = performance.now();
  child.kill('SIGINT');
  await exited;
  return { functions: functions.length, attachMs, stopMs: performance.now() - stoppedMs };
}
