// `npm run test:vm -- [--kernel 6.1|6.12|PATH]… [PART OF A FILE NAME…]`: the kernel tests, in a guest for each kernel.
//
//   in     test/kernel/**/*.test.ts; the kernels of test/vm/kernels.json unless others are named
//   out    a line per test file as it ends, then failures and counts per kernel; .cache/vm/summary.json for the gate
//   idea   tests are translated here and run there by driver.ts; one guest at a time, since each takes two CPUs

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Complaint } from '../complaint.js';
import { bundleTests, tapOfFile } from '../bundle-tests.js';
import { addCounts, addFailure, countTap, countsLine, type TapSummary } from '../tap-counts.js';
import type { FileResult, Plan } from './driver.js';
import { lastLines, runGuest } from './guest.js';
import { findKernel, knownKernels, type Kernel } from './kernel.js';
import { cache, root } from './paths.js';

/** What the gate reads. */
export interface VmSummary {
  kernels: (TapSummary & { kernel: string; seconds: number; bootSeconds: number })[];
}

/** A guest may take this long for all tests; a single file this long: far more than they do on a quiet machine, so that a slow day fails nothing. */
const guestTimeoutMs = 1_800_000;
const fileTimeoutSeconds = 300;

const { values, positionals } = parseArgs({ options: { kernel: { type: 'string', multiple: true } }, allowPositionals: true });
const tests = kernelTests().filter((test) => positionals.length === 0 || positionals.some((part) => test.includes(part)));
if (tests.length === 0) throw new Complaint('test/kernel holds no test file that fits.');

mkdirSync(cache, { recursive: true });
rmSync(join(cache, 'summary.json'), { force: true });
const kernels = (values.kernel ?? knownKernels.map((kernel) => kernel.name)).map(findKernel);
const [driver, runner, ...modules] = (await bundleTests(['scripts/vm/driver.ts', 'scripts/vm/runner.ts', ...tests], join(cache, 'tests'), [tapOfFile])) as [string, string, ...string[]];

const summary: VmSummary = { kernels: [] };
for (const kernel of kernels) summary.kernels.push(await runSuite(kernel));
writeFileSync(join(cache, 'summary.json'), JSON.stringify(summary));
if (summary.kernels.length > 1) console.log(`All kernels: ${countsLine(addCounts(summary.kernels))}`);
if (summary.kernels.some((result) => result.failed > 0)) process.exitCode = 1;

/** The test files, relative to the repository, in the order of their names. */
function kernelTests(): string[] {
  const folder = join(root, 'test/kernel');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts')).sort().map((name) => `test/kernel/${name}`);
}

async function runSuite(kernel: Kernel): Promise<VmSummary['kernels'][number]> {
  const share = join(cache, 'results', kernel.name);
  rmSync(share, { recursive: true, force: true });
  mkdirSync(share, { recursive: true });
  const plan: Plan = {
    tests: tests.map((name, index) => ({ name, module: modules[index]! })),
    runner,
    results: '/run/tbpf',
    jobs: 2,
    timeoutSeconds: fileTimeoutSeconds,
  };
  writeFileSync(join(share, 'plan.json'), JSON.stringify(plan));
  console.log(`Linux ${kernel.release}:`);
  const end = await runGuest({
    kernel, share, cwd: root, timeoutMs: guestTimeoutMs,
    command: `exec ${process.execPath} ${driver} /run/tbpf/plan.json`,
    env: { TAP_TIMEOUT: String(guestTimeoutMs / 1000), CI: 'true' },
    onStdout: (bytes) => process.stdout.write(bytes.toString().replaceAll(/^(?=.)/gm, '  ')),
    onStderr: (bytes) => process.stderr.write(bytes),
  });

  const result = { kernel: kernel.release, seconds: end.seconds, bootSeconds: end.bootSeconds, ...collect(share) };
  if (end.status !== 0) {
    const how = end.timedOut ? `was ended after ${guestTimeoutMs / 1000} s` : end.status === undefined ? 'died' : `ended with status ${end.status}`;
    addFailure(result, `the guest ${how}; the last lines of its console:\n${lastLines(end.console)}`);
  }
  for (const failure of result.failures) console.log(`\n  FAILED ${failure}`);
  for (const skip of result.skips) console.log(`  skipped ${skip}`);
  console.log(`Linux ${kernel.release}: ${countsLine(result)} (up after ${end.bootSeconds.toFixed(1)} s, ${end.seconds.toFixed(0)} s in all)\n`);
  return result;
}

/** Counts what the tests left on the share. */
function collect(share: string): TapSummary {
  const streams = readdirSync(share).filter((name) => name.endsWith('.tap')).map((name) => {
    const counted = countTap(readFileSync(join(share, name), 'utf8'), name);
    const said = readFileSync(join(share, name.replace(/tap$/, 'stderr')), 'utf8').trim();
    if (counted.failed > 0 && said) counted.failures.push(`${name}, on stderr:\n${lastLines(said)}`);
    return counted;
  });
  const ends = join(share, 'files.json');
  const files = existsSync(ends) ? (JSON.parse(readFileSync(ends, 'utf8')) as FileResult[]) : [];
  const result = { ...addCounts(streams), failures: streams.flatMap((each) => each.failures), skips: streams.flatMap((each) => each.skips) };
  for (const test of tests) {
    const file = files.find(({ name }) => name === test);
    if (file === undefined) addFailure(result, `${test}: did not run`);
    else if (file.lost !== undefined) addFailure(result, `${test}: ${file.lost}`);
  }
  return result;
}
