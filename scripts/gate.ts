// The gate, after set-up: what `npm test` runs. What must hold before a change goes in, but for the files that guests leave out (vm/gate-plan.ts).
//
//   in     the sources; root for the kernel tests, QEMU for the guests
//   out    what each part says, then one line for each failure (logs that are cut keep their last lines), then the counts of tap and of the
//          guests together; .cache/gate.json for .ci/run
//   idea   every part runs, also after one has failed; the counts are tap's own, a part that counts nothing (lint) only has a verdict

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnBound } from './bound.js';
import { addCounts, countsLine, type Counts, type TapSummary } from './tap-counts.js';
import type { VmSummary } from './vm/test.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');
const testsFile = join(cache, 'tests.json');
const vmFile = join(cache, 'vm/summary.json');
const gateFile = join(cache, 'gate.json');

/** What `.ci/run` reads. */
export interface GateResult extends Counts {
  /** parts that did not hold */
  failedParts: string[];
}

mkdirSync(cache, { recursive: true });
for (const file of [testsFile, vmFile, gateFile]) rmSync(file, { force: true });

const failedParts: string[] = [];
const counts: (TapSummary & { kernel?: string; leftOut?: number })[] = [];

await part('lint', process.execPath, ['scripts/run.mjs', 'scripts/lint.ts']);

await part('tests', process.execPath, ['scripts/run.mjs', 'scripts/test.ts']);
if (existsSync(testsFile)) counts.push(JSON.parse(readFileSync(testsFile, 'utf8')) as TapSummary);

await part('guests', process.execPath, ['scripts/run.mjs', 'scripts/vm/test.ts', '--gate']);
if (existsSync(vmFile)) counts.push(...(JSON.parse(readFileSync(vmFile, 'utf8')) as VmSummary).kernels);

const result: GateResult = { ...addCounts(counts), failedParts };
writeFileSync(gateFile, JSON.stringify(result));
if (failedParts.length > 0) console.log(`\nThese parts failed: ${failedParts.join(', ')}`);
for (const { failures, unsteady, kernel } of counts) {
  const where = kernel === undefined ? '' : `in ${kernel}: `;
  for (const failure of unsteady) console.log(`UNSTEADY, held when run again ${where}${inOneLine(failure)}`);
  for (const failure of failures) console.log(`FAILED ${where}${inOneLine(failure)}`);
}
for (const { kernel, leftOut } of counts) if (leftOut) console.log(`left to npm run test:vm: ${leftOut} files in ${kernel}`);
console.log(countsLine(result));
if (failedParts.length > 0 || result.failed > 0 || result.passed === 0) process.exitCode = 1;

/** Runs a part; its output goes on as it comes. */
async function part(name: string, command: string, args: string[]): Promise<void> {
  console.log(`\n== ${name}`);
  const started = Date.now();
  const status = await new Promise<number | null>((resolve, reject) => {
    const child = spawnBound('TERM', command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', resolve);
  });
  console.log(`== ${name}: ${status === 0 ? 'ok' : 'FAILED'}, ${Math.round((Date.now() - started) / 1000)} s`);
  if (status !== 0) failedParts.push(name);
}

/** Enough of a failure to know what it is; all of it stands where its part ended. */
function inOneLine(failure: string): string {
  const [title, ...details] = failure.split('\n');
  // what the test found, without where in its code
  const found = details.filter((line) => !/^\s*("(stack|at|source|tapCaught|fileName|lineNumber|columnNumber|isToplevel|functionName|typeName|methodName|type|compare)"|[{}\]],?$|at .*:\d+)/.test(line)).map((line) => line.trim()).join(' ');
  return `${title} ${found}`.trim().slice(0, 400);
}
