// `npm run test:vm -- [--kernel 6.1|6.12|PATH]… [--gate] [PART OF A FILE NAME…]`: the kernel tests, in a guest for each kernel.
//
//   in     test/kernel/**/*.test.ts; the kernels of test/vm/kernels.json unless others are named. --gate: of the files those that gate-plan.ts gives a guest
//   out    a line per test file as it ends, then failures and counts per kernel; .cache/vm/summary.json for the gate
//   idea   tests are translated here and run there by driver.ts; one guest at a time, since each takes two CPUs. A few files that fail are run
//          once more in a guest of their own, one at a time: what fails again is a failure, what holds then is reported as unsteady

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Complaint } from '../complaint.js';
import { bundleTests, tapOfFile } from '../bundle-tests.js';
import { addCounts, addFailure, addSummaries, AGAIN_AT_MOST, countTap, countsLine, noCounts, type TapSummary } from '../tap-counts.js';
import type { FileResult, Plan } from './driver.js';
import { isInGate } from './gate-plan.js';
import { lastLines, runGuest } from './guest.js';
import { findKernel, knownKernels, type Kernel } from './kernel.js';
import { cache, root } from './paths.js';

/** What the gate reads. */
export interface VmSummary {
  kernels: (TapSummary & { kernel: string; seconds: number; bootSeconds: number; leftOut: number })[];
}

/** A guest may take this long for all tests; a single file this long: far more than they do on a quiet machine, so that a slow day fails nothing. */
const guestTimeoutMs = 1_800_000;
const fileTimeoutSeconds = 300;

const { values, positionals } = parseArgs({ options: { kernel: { type: 'string', multiple: true }, gate: { type: 'boolean', default: false } }, allowPositionals: true });
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

interface Test {
  readonly name: string;
  readonly module: string;
}

async function runSuite(kernel: Kernel): Promise<VmSummary['kernels'][number]> {
  const taken = tests.map((name, index) => ({ name, module: modules[index]! })).filter(({ name }) => !values.gate || isInGate(name, kernel.name));
  const leftOut = tests.length - taken.length;
  console.log(`Linux ${kernel.release}: ${taken.length} files${leftOut === 0 ? '' : `, left to npm run test:vm: ${leftOut}`}`);
  if (taken.length === 0) return { kernel: kernel.release, seconds: 0, bootSeconds: 0, leftOut, ...noCounts() };
  const first = await runTests(kernel, kernel.name, taken, 2);
  let result: TapSummary = first.counted;
  let { seconds } = first;
  if (first.failed.length > 0 && first.failed.length <= AGAIN_AT_MOST) {
    console.log(`  once more, alone: ${first.failed.map(({ name }) => name).join(', ')}`);
    const second = await runTests(kernel, `${kernel.name}-again`, first.failed, 1);
    seconds += second.seconds;
    if (second.counted.failed === 0) second.counted.unsteady = result.failures;
    result = addSummaries([first.withoutFailed(), second.counted]);
  }
  for (const failure of result.unsteady) console.log(`\n  UNSTEADY, held when run again: ${failure}`);
  for (const failure of result.failures) console.log(`\n  FAILED ${failure}`);
  for (const skip of result.skips) console.log(`  skipped ${skip}`);
  console.log(`Linux ${kernel.release}: ${countsLine(result)} (up after ${first.bootSeconds.toFixed(1)} s, ${seconds.toFixed(0)} s in all)\n`);
  return { kernel: kernel.release, seconds, bootSeconds: first.bootSeconds, leftOut, ...result };
}

interface TestsEnd {
  readonly seconds: number;
  readonly bootSeconds: number;
  readonly counted: TapSummary;
  /** the files that did not hold */
  readonly failed: Test[];
  /** the counts of the files that held */
  withoutFailed(): TapSummary;
}

/** Boots a guest for the tests, `jobs` at a time; what they write is in the folder `name` of the results. */
async function runTests(kernel: Kernel, name: string, files: readonly Test[], jobs: number): Promise<TestsEnd> {
  const share = join(cache, 'results', name);
  rmSync(share, { recursive: true, force: true });
  mkdirSync(share, { recursive: true });
  const plan: Plan = { tests: [...files], runner, results: '/run/tbpf', jobs, timeoutSeconds: fileTimeoutSeconds };
  writeFileSync(join(share, 'plan.json'), JSON.stringify(plan));
  const { status, timedOut, console: said, seconds, bootSeconds } = await runGuest({
    kernel, share, cwd: root, timeoutMs: guestTimeoutMs,
    command: `exec ${process.execPath} ${driver} /run/tbpf/plan.json`,
    env: { TAP_TIMEOUT: String(guestTimeoutMs / 1000), CI: 'true' },
    onStdout: (bytes) => process.stdout.write(bytes.toString().replaceAll(/^(?=.)/gm, '  ')),
    onStderr: (bytes) => process.stderr.write(bytes),
  });

  const ends = join(share, 'files.json');
  const results = existsSync(ends) ? (JSON.parse(readFileSync(ends, 'utf8')) as FileResult[]) : [];
  const counted = collect(share);
  for (const { name: file } of files) {
    const result = results.find((each) => each.name === file);
    if (result === undefined) addFailure(counted, `${file}: did not run`);
    else if (result.lost !== undefined) addFailure(counted, `${file}: ${result.lost}`);
  }
  if (status !== 0) {
    const how = timedOut ? `was ended after ${guestTimeoutMs / 1000} s` : status === undefined ? 'died' : `ended with status ${status}`;
    addFailure(counted, `the guest ${how}; the last lines of its console:\n${lastLines(said)}`);
  }
  const failed = files.filter((file) => results.find((result) => result.name === file.name)?.passed !== true);
  return { seconds, bootSeconds, counted, failed, withoutFailed: () => collect(share, new Set(failed.map((file) => file.name))) };
}

/** Counts what the tests left on the share, but for files that are left out. */
function collect(share: string, without: ReadonlySet<string> = new Set()): TapSummary {
  const streams = readdirSync(share).filter((name) => name.endsWith('.tap')).map((name) => {
    const counted = countTap(readFileSync(join(share, name), 'utf8'), name, without);
    const said = readFileSync(join(share, name.replace(/tap$/, 'stderr')), 'utf8').trim();
    if (counted.failed > 0 && said) counted.failures.push(`${name}, on stderr:\n${lastLines(said)}`);
    return counted;
  });
  return addSummaries([noCounts(), ...streams]);
}
